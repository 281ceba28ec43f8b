#pragma once

#include <waybill/store/xml.hpp>

#include <boost/property_tree/xml_parser.hpp>

#include <algorithm>
#include <sstream>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline error xml_error(std::string_view text, std::size_t at, std::string why) {
  auto const line = 1 + std::ranges::count(text.substr(0, at), '\n');
  return make_error(errc::permanent, "the answer is not the XML that was expected: " + std::move(why),
                    "line " + std::to_string(line));
}

/// Position behind the tag that begins at `at`, or npos; a `>` within quotes does not end it.
inline std::size_t end_of_tag(std::string_view text, std::size_t at) noexcept {
  for (char quote = 0; at < text.size(); ++at) {
    char const c = text[at];
    if (quote != 0) quote = c == quote ? char{0} : quote;
    else if (c == '"' || c == '\'') quote = c;
    else if (c == '>') return at + 1;
  }
  return std::string_view::npos;
}

/// The parser goes one call deeper for each level, and takes any end tag for the right one: both is looked at before it
/// begins.
inline result<void> check_xml_shape(std::string_view text, unsigned max_depth) {
  if (auto const nul = text.find('\0'); nul != std::string_view::npos) return xml_error(text, nul, "a NUL byte");
  std::vector<std::string_view> open;
  for (auto at = text.find('<'); at != std::string_view::npos; at = text.find('<', at)) {
    auto const next = text.substr(at + 1, 1);
    if (next == "!") return xml_error(text, at, "a declaration, comment or CDATA section");
    auto const end = end_of_tag(text, at);
    if (end == std::string_view::npos) return xml_error(text, at, "a tag that does not end");
    auto const inside = text.substr(at + 1, end - at - 2);
    auto const name = inside.substr(next == "/" ? 1 : 0);
    auto const length = std::min(name.find_first_of(" \t\r\n/"), name.size());
    if (next == "/") {
      if (open.empty() || open.back() != name.substr(0, length))
        return xml_error(text, at, "an end tag without its begin");
      open.pop_back();
    } else if (next != "?" && !inside.ends_with('/')) {
      open.push_back(name.substr(0, length));
    }
    if (open.size() > max_depth)
      return make_error(errc::too_deep, "elements within each other beyond " + std::to_string(max_depth) + " levels");
    at = end;
  }
  return open.empty() ? result<void>{} : xml_error(text, text.size(), "an element that does not end");
}

/// @pre not deeper than check_xml_shape allows
inline xml_element element_of(std::string name, boost::property_tree::ptree const& tree) {
  if (auto const colon = name.rfind(':'); colon != std::string::npos) name.erase(0, colon + 1);
  xml_element out{std::move(name), tree.data(), {}};
  out.children.reserve(tree.size());
  for (auto const& [child, below] : tree)
    if (child != "<xmlattr>") out.children.push_back(element_of(child, below));
  return out;
}

}  // namespace detail

WAYBILL_DECL xml_element const* xml_element::child(std::string_view wanted) const noexcept {
  auto const at = std::ranges::find(children, wanted, &xml_element::name);
  return at == children.end() ? nullptr : &*at;
}

WAYBILL_DECL std::string_view xml_element::text_of(std::string_view wanted) const noexcept {
  auto const* found = child(wanted);
  return found ? std::string_view{found->text} : std::string_view{};
}

WAYBILL_DECL result<xml_element> parse_xml(std::string_view text, xml_limits const& limits) {
  if (text.size() > limits.max_bytes)
    return make_error(errc::too_large, "the answer has more than " + std::to_string(limits.max_bytes) + " bytes");
  // S3 keeps a connection alive with white space while it works.
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  if (auto const ok = detail::check_xml_shape(text, limits.max_depth); !ok) return ok.error();
  boost::property_tree::ptree tree;
  try {
    std::istringstream in{std::string{text}};
    boost::property_tree::read_xml(in, tree);
  } catch (boost::property_tree::xml_parser_error const& e) {
    return make_error(errc::permanent, "the answer is not the XML that was expected: " + e.message(),
                      "line " + std::to_string(e.line()));
  }
  if (tree.size() != 1) return detail::xml_error(text, 0, "a document has one root element");
  return detail::element_of(tree.front().first, tree.front().second);
}

WAYBILL_DECL std::string xml_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char const c : text)
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else out += c;
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI

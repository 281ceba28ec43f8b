#pragma once

#include <waybill/core/logical_key.hpp>

#include <waybill/core/utf8.hpp>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// The rule a text breaks as a logical key, or an empty text.
inline std::string_view broken_key_rule(std::string_view text) noexcept {
  if (text.empty()) return "is empty";
  if (text.front() == '/') return "starts with '/'; keys are relative to the package";
  if (text.back() == '/') return "ends with '/'; only files have keys";
  while (true) {
    auto const slash = text.find('/');
    auto const segment = text.substr(0, slash);
    if (segment.empty()) return "has an empty segment ('//')";
    if (segment == ".") return "has a segment '.'";
    if (segment == "..") return "has a segment '..'";
    if (slash == std::string_view::npos) return {};
    text.remove_prefix(slash + 1);
  }
}

}  // namespace detail

WAYBILL_DECL result<logical_key> logical_key::parse(std::string_view text) {
  auto rule = detail::broken_key_rule(text);
  if (rule.empty() && find_invalid_utf8(text) != std::string_view::npos)
    rule = "is not UTF-8; rename the file, a manifest cannot hold its name";
  if (rule.empty()) return logical_key{std::string{text}};
  return make_error(errc::malformed_key, "logical key " + std::string{rule}, printable(text));
}

}  // namespace waybill::inline WAYBILL_ABI

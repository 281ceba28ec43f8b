#pragma once

#include <waybill/manifest/quilt_record.hpp>

#include <waybill/json/record.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI::detail {

/// What a member's name says. @param raw  the string with its quotes, well formed
inline std::string member_name(std::string_view raw) {
  if (raw.find('\\') == std::string_view::npos) return std::string{raw.substr(1, raw.size() - 2)};
  auto const parsed = json::parse(raw, quilt_json);
  return parsed && parsed->as_string() ? *parsed->as_string() : std::string{};
}

/// Names of the members of a record's own, and of its `hash`'s own, as they stand in the text, quotes included.
struct member_names {
  std::vector<std::string_view> record;
  std::vector<std::string_view> hash;
};

/// @pre `text` is well-formed JSON
inline member_names find_member_names(std::string_view text) {
  member_names out;
  std::string_view last;
  int depth = 0;
  bool in_hash = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char const c = text[i];
    if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == '"') {
      auto const start = i++;
      for (; text[i] != '"'; ++i) i += text[i] == '\\' ? 1 : 0;
      last = text.substr(start, i + 1 - start);
    } else if (c == ':' && depth == 1) {
      out.record.push_back(last);
      in_hash = member_name(last) == "hash";
    } else if (c == ':' && depth == 2 && in_hash) {
      out.hash.push_back(last);
    }
  }
  return out;
}

/// The parser keeps one of several members of a name, so more names in the text than members mean a repetition.
inline result<void> refuse_repeated(std::vector<std::string_view> const& names, json::value const& parsed,
                                    std::string const& pointer) {
  auto const* const members = parsed.as_object();
  if (members == nullptr || members->size() == names.size()) return {};
  std::vector<std::string> seen;
  for (auto const raw : names) {
    auto name = member_name(raw);
    if (std::ranges::find(seen, name) != seen.end())
      return make_error(errc::duplicate_member, "the member stands twice; which one counts is unclear",
                        pointer + "/" + json::pointer_token(name));
    seen.push_back(std::move(name));
  }
  return {};
}

WAYBILL_DECL result<json::value> parse_record(std::string_view text) {
  auto parsed = json::parse(text, quilt_json);
  if (!parsed) return parsed.error();
  if (parsed->as_object() == nullptr)
    return make_error(errc::malformed_manifest, "a line of a manifest must be a JSON object");
  auto const names = find_member_names(text);
  if (auto const unique = refuse_repeated(names.record, *parsed, ""); !unique) return unique.error();
  if (auto const* const hash = parsed->find("hash"))
    if (auto const unique = refuse_repeated(names.hash, *hash, "/hash"); !unique) return unique.error();
  return parsed;
}

}  // namespace waybill::inline WAYBILL_ABI::detail

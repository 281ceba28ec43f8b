#pragma once

#include <waybill/protocol/clowder/names.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/utf8.hpp>

#include <algorithm>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

namespace detail {

inline bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

/// Blanks that version 1 cuts off a folder's name; beyond ASCII those that people cannot tell from one.
inline bool has_outer_blank(std::string_view name) noexcept {
  for (std::string_view const blank : {" ", "\t", "\n", "\v", "\f", "\r", "\xC2\xA0", "\xE3\x80\x80", "\xE2\x80\xAF"})
    if (name.starts_with(blank) || name.ends_with(blank)) return true;
  return name.empty() || (is_control(name.front()) || is_control(name.back()));
}

/// What would become of a file's name; empty where it stays.
inline std::string_view loss_of_name(api_version api, std::string_view name) noexcept {
  if (std::ranges::any_of(name, is_control)) return "a control character cannot stand in the request";
  auto const backslash = name.find('\\');
  if (backslash == std::string_view::npos) return {};
  if (api == api_version::v1) return "Clowder 1 would keep only what stands behind its last backslash";
  if (name.ends_with('\\')) return "Clowder 2 cannot read a name that ends in a backslash";
  if (name.starts_with("\\\\") || (backslash == 2 && name[1] == ':'))
    return "Clowder 2 takes it for a path as Windows has it, and would keep only its end";
  return {};
}

}  // namespace detail

WAYBILL_DECL result<void> check_path(api_version api, std::string_view path) {
  auto const refused = [&](std::string_view what, std::string_view why) {
    return make_error(errc::malformed_key,
                      "the name of the " + std::string{what} + " would not arrive: " + std::string{why} + "; rename it",
                      printable(path));
  };
  for (auto rest = path;;) {
    auto const slash = rest.find('/');
    if (slash == std::string_view::npos) {
      auto const loss = detail::loss_of_name(api, rest);
      if (!loss.empty()) return refused("file", loss);
      return {};
    }
    if (api == api_version::v1 && detail::has_outer_blank(rest.substr(0, slash)))
      return refused("directory", "Clowder 1 cuts blanks off the ends of folder names");
    rest.remove_prefix(slash + 1);
  }
}

WAYBILL_DECL std::string quoted_name(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  for (char const c : name) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

WAYBILL_DECL std::string literal_pattern(std::string_view text) {
  std::string out;
  for (char const c : text) {
    if (std::string_view{"\\^$.|?*+()[]{}"}.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

WAYBILL_DECL bool is_id(std::string_view text) noexcept {
  return text.size() == 24 &&
         std::ranges::all_of(text, [](char c) { return waybill::detail::ascii_hex_value(c) >= 0; });
}

WAYBILL_DECL bool is_latin(std::string_view utf8) noexcept {
  while (!utf8.empty()) {
    auto const one = decode_utf8(utf8);
    if (one.size == 0 || one.value < 0x20 || one.value > 0xFF || (one.value >= 0x7F && one.value < 0xA0)) return false;
    utf8.remove_prefix(one.size);
  }
  return true;
}

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

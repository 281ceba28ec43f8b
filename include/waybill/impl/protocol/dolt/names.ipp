#pragma once

#include <waybill/protocol/dolt/names.hpp>

#include <waybill/core/ascii.hpp>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {
namespace detail {

inline void append_escaped(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  auto const byte = static_cast<unsigned char>(c);
  out.append("%").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
}

/// A dot between letters and digits harms no name, unless it makes an end of `.lock`.
inline bool is_harmless_dot(std::string_view text, std::size_t at) noexcept {
  using waybill::detail::is_ascii_alphanumeric;
  return at != 0 && at + 1 < text.size() && is_ascii_alphanumeric(text[at - 1]) &&
         is_ascii_alphanumeric(text[at + 1]) && !text.substr(at).starts_with(".lock");
}

/// A slash between two names that are not empty.
inline bool is_harmless_slash(std::string_view text, std::size_t at) noexcept {
  return at != 0 && at + 1 < text.size() && text[at + 1] != '/';
}

}  // namespace detail

WAYBILL_DECL std::string branch_of(std::string_view writer) {
  using namespace waybill::detail;
  std::string out = "waybill/";
  for (std::size_t at = 0; at < writer.size(); ++at) {
    char const c = writer[at];
    bool const kept = c == '.'   ? detail::is_harmless_dot(writer, at)
                      : c == '/' ? detail::is_harmless_slash(writer, at)
                                 : c == '_' || c == '-' || is_ascii_alphanumeric(c);
    if (!kept) detail::append_escaped(out, c);
    else if (ascii_lower(c) != c) out.append("=").append(1, ascii_lower(c));
    else out += c;
  }
  return out;
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/scan/unicode.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/utf8.hpp>

#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <new>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Appends `text` with utf8proc's transformations applied. @pre `text` is UTF-8
inline void append_mapped(std::string& out, std::string_view text, int options) {
  struct freer {
    void operator()(utf8proc_uint8_t* p) const noexcept { std::free(p); }
  };
  utf8proc_uint8_t* raw = nullptr;
  auto const size =
      ::utf8proc_map(reinterpret_cast<utf8proc_uint8_t const*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                     &raw, static_cast<utf8proc_option_t>(options));
  std::unique_ptr<utf8proc_uint8_t, freer> const mapped{raw};
  if (size == UTF8PROC_ERROR_NOMEM || size == UTF8PROC_ERROR_OVERFLOW) throw std::bad_alloc{};
  // Nothing else can go wrong with valid text; a form equal to the name itself is the safe answer if it does.
  if (size < 0) out.append(text);
  else out.append(reinterpret_cast<char const*>(mapped.get()), static_cast<std::size_t>(size));
}

/// NFD, folded, NFD: the middle and the last step are one call, because utf8proc folds before it decomposes and sorts.
inline void append_caseless(std::string& out, std::string_view valid_text) {
  std::string decomposed;
  append_mapped(decomposed, valid_text, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
  append_mapped(out, decomposed, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD);
}

inline bool append_ascii_caseless(std::string& out, std::string_view text) {
  out.reserve(text.size());
  for (char const c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
    out += ascii_lower(c);
  }
  return true;
}

}  // namespace detail

WAYBILL_DECL bool is_word_character(char32_t c) noexcept {
  if (c < 0x80) return c == U'_' || (c >= U'0' && c <= U'9') || ((c | 0x20) >= U'a' && (c | 0x20) <= U'z');
  if (c > 0x10ffff) return false;
  switch (::utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return true;
    default: return false;
  }
}

WAYBILL_DECL std::string caseless_form(std::string_view name) {
  std::string out;
  if (detail::append_ascii_caseless(out, name)) return out;
  out.clear();
  while (!name.empty()) {
    auto const bad = find_invalid_utf8(name);
    auto const valid = name.substr(0, bad);
    if (!valid.empty()) detail::append_caseless(out, valid);
    if (bad == std::string_view::npos) break;
    out += name[bad];
    name.remove_prefix(bad + 1);
  }
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI

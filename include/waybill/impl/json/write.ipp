#pragma once

#include <waybill/json/write.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/json/number.hpp>
#include <waybill/json/record.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace json {
namespace detail {

inline void append_code_unit(std::string& out, char32_t unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[(unit >> shift) & 15];
}

/// The escape of a character below 0x20, a quote or a backslash.
inline void append_ascii_escape(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\b': out += "\\b"; break;
    case '\t': out += "\\t"; break;
    case '\n': out += "\\n"; break;
    case '\f': out += "\\f"; break;
    case '\r': out += "\\r"; break;
    default: append_code_unit(out, static_cast<unsigned char>(c));
  }
}

/// The code point at the front of a WTF-8 text. A byte that is neither becomes U+DC00 + byte, as Python decodes
/// file names (PEP 383).
inline code_point decode_wtf8(std::string_view text) noexcept {
  if (auto const valid = decode_utf8(text); valid.size != 0) return valid;
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.size() >= 3 && byte(0) == 0xED && byte(1) >= 0xA0 && byte(1) <= 0xBF && (byte(2) & 0xC0) == 0x80)
    return {0xD000u | (static_cast<char32_t>(byte(1) & 0x3F) << 6) | (byte(2) & 0x3Fu), 3};
  return {0xDC00u + byte(0), 1};
}

inline bool is_surrogate(char32_t c) noexcept { return c >= 0xD800 && c <= 0xDFFF; }
inline bool is_plain_ascii(char c) noexcept { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

/// Appends a string with everything raw that JSON and UTF-8 allow raw.
inline void append_raw_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t run = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (is_plain_ascii(text[at]) || text[at] == 0x7F) {
      ++at;
      continue;
    }
    auto const ascii = static_cast<unsigned char>(text[at]) < 0x80;
    auto const next = ascii ? code_point{static_cast<char32_t>(text[at]), 1} : decode_wtf8(text.substr(at));
    if (ascii || is_surrogate(next.value)) {
      out.append(text, run, at - run);
      if (ascii) append_ascii_escape(out, text[at]);
      else append_code_unit(out, next.value);
      run = at + next.size;
    }
    at += next.size;
  }
  out.append(text, run, text.size() - run);
  out += '"';
}

/// Calls `write_member` for every member in the order of their names' code points, which is that of WTF-8 bytes.
template <class Write>
void for_each_sorted(object const& members, Write write_member) {
  auto const by_name = [](member const& a, member const& b) { return a.first < b.first; };
  if (std::is_sorted(members.begin(), members.end(), by_name)) {
    for (auto const& m : members) write_member(m);
    return;
  }
  std::vector<member const*> sorted;
  sorted.reserve(members.size());
  for (auto const& m : members) sorted.push_back(&m);
  std::stable_sort(sorted.begin(), sorted.end(), [&](auto const* a, auto const* b) { return by_name(*a, *b); });
  for (auto const* m : sorted) write_member(*m);
}

/// Appends null or a boolean; false for anything else.
inline bool append_word(std::string& out, value const& v) {
  if (v.is_null()) out += "null";
  else if (auto const* b = v.as_bool()) out += *b ? "true" : "false";
  else return false;
  return true;
}

/// Python's writer refuses what its reader lets pass.
inline result<void> append_checked_string(std::string& out, std::string_view text) {
  if (find_invalid_utf8(text) != std::string_view::npos)
    return make_error(errc::not_representable, "\"" + printable(text) + "\" holds a lone surrogate or is not UTF-8");
  append_manifest_string(out, text);
  return {};
}

inline error below(error e, std::string_view token) {
  e.path.insert(0, "/" + pointer_token(token));
  return e;
}

inline result<void> append_manifest_array(std::string& out, array const& items) {
  out += '[';
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i != 0) out += ", ";
    if (auto const r = append_manifest_form(out, items[i]); !r) return below(r.error(), std::to_string(i));
  }
  out += ']';
  return {};
}

inline result<void> append_manifest_object(std::string& out, object const& members) {
  out += '{';
  bool first = true;
  for (auto const& [name, v] : members) {
    if (!first) out += ", ";
    first = false;
    if (auto const r = append_checked_string(out, name); !r) return below(r.error(), name);
    out += ": ";
    if (auto const r = append_manifest_form(out, v); !r) return below(r.error(), name);
  }
  out += '}';
  return {};
}

}  // namespace detail

WAYBILL_DECL void append_canonical_string(std::string& out, std::string_view wtf8) {
  out += '"';
  for (std::size_t at = 0; at < wtf8.size();) {
    std::size_t const run = at;
    while (at < wtf8.size() && detail::is_plain_ascii(wtf8[at])) ++at;
    out.append(wtf8, run, at - run);
    if (at == wtf8.size()) break;
    auto const next = detail::decode_wtf8(wtf8.substr(at));
    at += next.size;
    if (next.value < 0x7F) {
      detail::append_ascii_escape(out, static_cast<char>(next.value));
    } else if (next.value < 0x10000) {
      detail::append_code_unit(out, next.value);
    } else {
      detail::append_code_unit(out, 0xD800 + ((next.value - 0x10000) >> 10));
      detail::append_code_unit(out, 0xDC00 + ((next.value - 0x10000) & 0x3FF));
    }
  }
  out += '"';
}

WAYBILL_DECL void append_canonical(std::string& out, value const& v) {
  if (detail::append_word(out, v)) return;
  if (auto const* n = v.as_number()) {
    append_python_number(out, n->text);
  } else if (auto const* s = v.as_string()) {
    append_canonical_string(out, *s);
  } else if (auto const* items = v.as_array()) {
    out += '[';
    for (auto const& item : *items) {
      if (&item != items->data()) out += ',';
      append_canonical(out, item);
    }
    out += ']';
  } else if (auto const* members = v.as_object()) {
    out += '{';
    bool first = true;
    detail::for_each_sorted(*members, [&](member const& m) {
      if (!first) out += ',';
      first = false;
      append_canonical_string(out, m.first);
      out += ':';
      append_canonical(out, m.second);
    });
    out += '}';
  }
}

WAYBILL_DECL void append_manifest_string(std::string& out, std::string_view utf8) {
  detail::append_raw_string(out, utf8);
}

WAYBILL_DECL result<void> append_manifest_form(std::string& out, value const& v) {
  if (detail::append_word(out, v)) return {};
  if (auto const* items = v.as_array()) return detail::append_manifest_array(out, *items);
  if (auto const* members = v.as_object()) return detail::append_manifest_object(out, *members);
  if (auto const* s = v.as_string()) return detail::append_checked_string(out, *s);
  auto const& text = v.as_number()->text;
  if (!is_finite_number(text))
    return make_error(errc::not_representable,
                      "the number " + printable(text) + " is not finite; write null or a string");
  append_python_number(out, text);
  return {};
}

WAYBILL_DECL void append_compact(std::string& out, value const& v) {
  if (detail::append_word(out, v)) return;
  if (auto const* n = v.as_number()) {
    // `1e400` is not finite either, but valid JSON: only the words are not.
    out += n->text.find_first_of("NI") == std::string::npos ? std::string_view{n->text} : std::string_view{"null"};
  } else if (auto const* s = v.as_string()) {
    detail::append_raw_string(out, *s);
  } else if (auto const* items = v.as_array()) {
    out += '[';
    for (auto const& item : *items) {
      if (&item != items->data()) out += ',';
      append_compact(out, item);
    }
    out += ']';
  } else if (auto const* members = v.as_object()) {
    out += '{';
    for (auto const& m : *members) {
      if (&m != members->data()) out += ',';
      detail::append_raw_string(out, m.first);
      out += ':';
      append_compact(out, m.second);
    }
    out += '}';
  }
}

}  // namespace json
}  // namespace waybill::inline WAYBILL_ABI

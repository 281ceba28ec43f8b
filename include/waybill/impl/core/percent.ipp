#pragma once

#include <waybill/core/percent.hpp>

namespace waybill::inline WAYBILL_ABI {
WAYBILL_DECL void append_percent_encoded(std::string& out, std::string_view text, percent_part part) {
  for (char const c : text) {
    if (is_unreserved(c) || (c == '/' && part == percent_part::path)) {
      out += c;
    } else if (c == ' ' && part == percent_part::form) {
      out += '+';
    } else {
      auto const byte = static_cast<unsigned char>(c);
      out += '%';
      out += "0123456789ABCDEF"[byte >> 4];
      out += "0123456789ABCDEF"[byte & 15];
    }
  }
}

WAYBILL_DECL std::string percent_encoded(std::string_view text, percent_part part) {
  std::string out;
  out.reserve(text.size() + 16);
  append_percent_encoded(out, text, part);
  return out;
}

WAYBILL_DECL std::string percent_decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool const escape = text[i] == '%' && i + 2 < text.size();
    int const high = escape ? detail::ascii_hex_value(text[i + 1]) : -1;
    int const low = escape ? detail::ascii_hex_value(text[i + 2]) : -1;
    if (high >= 0 && low >= 0) {
      out += static_cast<char>(static_cast<unsigned char>(high * 16 + low));
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI

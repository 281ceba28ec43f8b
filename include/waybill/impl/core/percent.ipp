#pragma once

#include <waybill/core/percent.hpp>

#include <algorithm>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL void append_percent_encoded(std::string& out, std::string_view text, percent_part part) {
  auto const stays = [part](char c) { return is_unreserved(c) || (c == '/' && part == percent_part::path); };
  while (!text.empty()) {
    auto const plain = static_cast<std::size_t>(std::ranges::find_if_not(text, stays) - text.begin());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    auto const byte = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    if (byte == ' ' && part == percent_part::form) out += '+';
    else out.append({'%', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]});
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

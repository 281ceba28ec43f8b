#pragma once

#include <waybill/json/python_token.hpp>

#include <array>
#include <charconv>

namespace waybill::inline WAYBILL_ABI {
namespace json {
namespace detail {

/// The code unit of a `\uXXXX` escape at the front; empty when there is none.
inline std::optional<char32_t> code_unit_escape(std::string_view text) noexcept {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return std::nullopt;
  unsigned unit = 0;
  auto const end = text.data() + 6;
  auto const read = std::from_chars(text.data() + 2, end, unit, 16);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return unit;
}

/// Length of a number that RFC 8259 does not know at the front, or 0.
inline std::size_t python_number_size(std::string_view text) noexcept {
  for (std::string_view const word : {"NaN", "Infinity", "-Infinity"})
    if (text.starts_with(word)) return word.size();
  return 0;
}

}  // namespace detail

WAYBILL_DECL std::optional<python_token> python_token_scanner::next() noexcept {
  while (at_ < text_.size()) {
    if (in_string_) {
      if (auto const found = next_in_string()) return found;
      continue;
    }
    char const c = text_[at_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at_;
      continue;
    }
    if (value_may_begin_) {
      if (auto const size = detail::python_number_size(text_.substr(at_)); size != 0) {
        python_token const found{at_, size, 0};
        at_ += size;
        value_may_begin_ = false;
        return found;
      }
    }
    in_string_ = c == '"';
    value_may_begin_ = c == '[' || c == ',' || c == ':';
    ++at_;
  }
  return std::nullopt;
}

WAYBILL_DECL std::optional<python_token> python_token_scanner::next_in_string() noexcept {
  at_ = text_.find_first_of("\"\\", at_);
  if (at_ == std::string_view::npos) {
    at_ = text_.size();
    return std::nullopt;
  }
  if (text_[at_] == '"') {
    in_string_ = false;
    ++at_;
    return std::nullopt;
  }
  auto const escape = text_.substr(at_);
  auto const unit = detail::code_unit_escape(escape);
  if (!unit && escape.substr(0, 2) == "\\u") {
    // Not four digits: a token behind it could complete the escape, if it were cut out of the text.
    at_ = text_.size();
    return std::nullopt;
  }
  if (!unit || *unit < 0xD800 || *unit > 0xDFFF) {
    at_ += unit ? 6 : 2;
    return std::nullopt;
  }
  auto const follower = detail::code_unit_escape(escape.substr(6));
  if (*unit < 0xDC00 && follower && *follower >= 0xDC00 && *follower <= 0xDFFF) {
    at_ += 12;
    return std::nullopt;
  }
  python_token const found{at_, 6, *unit};
  at_ += 6;
  return found;
}

}  // namespace json
}  // namespace waybill::inline WAYBILL_ABI

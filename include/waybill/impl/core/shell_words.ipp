#pragma once

#include <waybill/core/shell_words.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Appends what stands in quotes, from behind the opening one to the closing one; the position behind that, or npos.
inline std::size_t take_quoted(std::string_view text, std::size_t at, char quote, std::string& word) {
  for (; at < text.size(); ++at) {
    if (text[at] == quote) return at + 1;
    bool const escape = quote == '"' && text[at] == '\\' && at + 1 < text.size();
    if (escape && (text[at + 1] == '"' || text[at + 1] == '\\')) ++at;
    word += text[at];
  }
  return std::string_view::npos;
}

}  // namespace detail

WAYBILL_DECL result<std::vector<std::string>> shell_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false;  // a word may be empty: ''
  for (std::size_t at = 0; at < text.size();) {
    char const c = text[at++];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      if (std::exchange(inside, false)) words.push_back(std::exchange(word, {}));
      continue;
    }
    inside = true;
    if (c == '\'' || c == '"') {
      at = detail::take_quoted(text, at, c, word);
      if (at == std::string_view::npos) return make_error(errc::usage, "a quote that is never closed");
    } else if (c == '\\') {
      if (at == text.size()) return make_error(errc::usage, "a backslash with nothing behind it");
      word += text[at++];
    } else {
      word += c;
    }
  }
  if (inside) words.push_back(std::move(word));
  return words;
}

}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/core/fnmatch.hpp>

#include <waybill/core/utf8.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline std::u32string fnmatch_characters(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto const point = decode_utf8_or_byte(text);
    out += point.value;
    text.remove_prefix(point.size);
  }
  return out;
}

/** Whether Python's set holds `c`: `stuff` is the text between the brackets.

    Hyphens split it into chunks whose neighbours are the ends of a range; a hyphen at either end, or right behind
    a range, is a plain one; ranges that run backwards vanish with both their ends (CPython 3.11 `fnmatch.translate`).
*/
inline bool python_set_holds(std::u32string_view stuff, char32_t c) {
  std::vector<std::u32string> chunks;
  std::size_t begin = 0;
  for (std::size_t k = stuff.front() == U'!' ? 2 : 1; (k = stuff.find(U'-', k)) != stuff.npos; k += 3) {
    chunks.emplace_back(stuff.substr(begin, k - begin));
    begin = k + 1;
  }
  if (begin < stuff.size() || chunks.empty()) chunks.emplace_back(stuff.substr(begin));
  else chunks.back() += U'-';
  for (std::size_t k = chunks.size() - 1; k > 0; --k) {
    if (chunks[k - 1].back() <= chunks[k].front()) continue;
    chunks[k - 1].pop_back();
    chunks[k - 1].append(chunks[k], 1);
    chunks.erase(chunks.begin() + static_cast<std::ptrdiff_t>(k));
  }
  bool const negated = chunks.front().starts_with(U'!');
  bool found = false;
  for (std::size_t k = 0; k < chunks.size(); ++k) {
    found = found || std::u32string_view{chunks[k]}.substr(k == 0 && negated ? 1 : 0).find(c) != std::u32string::npos;
    if (k > 0) found = found || (chunks[k - 1].back() <= c && c <= chunks[k].front());
  }
  return found != negated;
}

/// Matches one character against the pattern's front other than `*`; the length of that front, 0 without a match.
inline std::size_t python_step(std::u32string_view pattern, char32_t c) {
  if (pattern.front() == U'?') return 1;
  if (pattern.front() == U'[') {
    std::size_t end = 1;
    if (end < pattern.size() && pattern[end] == U'!') ++end;
    if (end < pattern.size() && pattern[end] == U']') ++end;
    end = pattern.find(U']', end);
    if (end != pattern.npos) return python_set_holds(pattern.substr(1, end - 1), c) ? end + 1 : 0;
  }
  return pattern.front() == c ? 1 : 0;
}

}  // namespace detail

WAYBILL_DECL bool fnmatch_python(std::string_view pattern, std::string_view text) {
  auto const pattern_characters = detail::fnmatch_characters(pattern);
  auto const characters = detail::fnmatch_characters(text);
  std::u32string_view const p = pattern_characters;
  // One kind of star: it is enough to let the last one seen take one character more.
  std::size_t star = p.npos;
  std::size_t retry = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < characters.size() || (at < p.size() && p[at] == U'*');) {
    if (at < p.size() && p[at] == U'*') {
      star = ++at;
      retry = i;
    } else if (auto const used = at < p.size() ? detail::python_step(p.substr(at), characters[i]) : 0; used != 0) {
      at += used;
      ++i;
    } else if (star != p.npos) {
      at = star;
      i = ++retry;
    } else {
      return false;
    }
  }
  return at == p.size();
}

}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/core/glob.hpp>

#include <waybill/core/utf8.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr int max_brace_depth = 32;

/// Length of the set that opens at `pattern[0] == '['`, brackets included; 0 when it is never closed.
inline std::size_t set_length(std::string_view pattern) noexcept {
  std::size_t i = 1;
  if (i < pattern.size() && pattern[i] == '!') ++i;
  if (i < pattern.size() && pattern[i] == ']') ++i;
  for (; i < pattern.size(); ++i) {
    if (pattern[i] == ']') return i + 1;
    if (pattern[i] == '\\') ++i;
  }
  return 0;
}

/// Whether a set, given without its brackets, holds `c`. `/` is in no set.
inline bool set_holds(std::string_view set, char32_t c) noexcept {
  if (c == U'/') return false;
  bool const negated = set.starts_with('!');
  if (negated) set.remove_prefix(1);
  auto const next = [&] {
    if (set.size() > 1 && set.front() == '\\') set.remove_prefix(1);
    auto const point = decode_utf8_or_byte(set);
    set.remove_prefix(point.size);
    return point.value;
  };
  bool found = false;
  while (!set.empty()) {
    auto const low = next();
    bool const range = set.size() > 1 && set.front() == '-';
    if (range) set.remove_prefix(1);
    auto const high = range ? next() : low;
    found = found || (low <= c && c <= high);
  }
  return found != negated;
}

/** Positions of a key up to which it is matched by the part of the pattern read so far.

    One pass over the pattern moves the whole row, so the cost is pattern × key whatever the pattern is.
*/
class glob_row {
 public:
  explicit glob_row(std::string_view key) : key_{key}, live_(key.size() + 1, no), none_(key.size() + 1, no) {
    live_[0] = yes;
  }

  [[nodiscard]] bool dead() const noexcept { return first_ > last_ && !any_none_; }
  [[nodiscard]] bool at_end() const noexcept { return live_[key_.size()] == yes; }
  [[nodiscard]] bool before_end() const noexcept { return first_ <= last_ && first_ < key_.size(); }

  void literal(char c) {
    step([&](std::size_t i) { return std::size_t{key_[i] == c}; });
    // A `**` that stood for no segment takes the `/` behind it along.
    if (c == '/' && any_none_)
      for (std::size_t i = 0; i < none_.size(); ++i)
        if (none_[i] == yes) mark(i);
    forget_none();
  }

  template <class Accepts>
  void character(Accepts accepts) {
    step([&](std::size_t i) {
      auto const point = decode_utf8_or_byte(key_.substr(i));
      return accepts(point.value) ? point.size : std::size_t{0};
    });
    forget_none();
  }

  /// `*`, or `**`, which crosses `/` and may stand for no segment at all.
  void star(bool crosses) {
    forget_none();
    if (first_ > last_) return;
    for (std::size_t i = first_; crosses && i <= last_; ++i)
      if (live_[i] == yes && (i == 0 || key_[i - 1] == '/')) {
        none_[i] = yes;
        any_none_ = true;
      }
    for (std::size_t i = first_; i <= last_ && i < key_.size(); ++i)
      if (live_[i] == yes && (crosses || key_[i] != '/')) mark(i + 1);
  }

  void join(glob_row const& other) {
    for (std::size_t i = 0; i < live_.size(); ++i) {
      if (other.live_[i] == yes) mark(i);
      if (other.none_[i] == yes) none_[i] = yes;
    }
    any_none_ = any_none_ || other.any_none_;
  }

  void clear() {
    std::ranges::fill(live_, no);
    first_ = 1;
    last_ = 0;
    forget_none();
  }

 private:
  static constexpr char no = 0;
  static constexpr char yes = 1;

  void mark(std::size_t i) noexcept {
    live_[i] = yes;
    last_ = first_ > last_ ? i : std::max(last_, i);
    first_ = std::min(first_ > last_ ? i : first_, i);
  }

  /// Moves every live position by what `length` says of it; 0 lets it die. Moves go up, so the row is walked down.
  template <class Length>
  void step(Length length) {
    if (first_ > last_) return;
    std::size_t const low = first_;
    std::size_t i = last_ + 1;
    first_ = 1;
    last_ = 0;
    while (i-- > low) {
      if (live_[i] == no) continue;
      live_[i] = no;
      if (auto const n = i < key_.size() ? length(i) : 0; n != 0) mark(i + n);
    }
  }

  void forget_none() {
    if (any_none_) std::ranges::fill(none_, no);
    any_none_ = false;
  }

  std::string_view key_;
  std::string live_;
  std::string none_;  ///< where a `**` may have stood for no segment, until the next step of the pattern
  bool any_none_ = false;
  std::size_t first_ = 0;  ///< live positions lie in [first_, last_]; none when first_ > last_
  std::size_t last_ = 0;
};

/// Length of the alternatives that open at `pattern[0] == '{'`, braces included, and where the commas stand.
inline std::size_t braces_length(std::string_view pattern, std::vector<std::size_t>& commas) {
  int depth = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    char const c = pattern[i];
    if (c == '\\') ++i;
    else if (c == '[') i += std::max<std::size_t>(set_length(pattern.substr(i)), 1) - 1;
    else if (c == '{') ++depth;
    else if (c == ',' && depth == 1) commas.push_back(i);
    else if (c == '}' && --depth == 0) return i + 1;
  }
  return 0;
}

inline void run_glob(std::string_view pattern, glob_row& row, int depth);

/// Runs every alternative from the same row and joins what they reach; the length read, 0 for a brace never closed.
inline std::size_t run_alternatives(std::string_view pattern, glob_row& row, int depth) {
  std::vector<std::size_t> ends;
  auto const length = depth < max_brace_depth ? braces_length(pattern, ends) : 0;
  if (length == 0) return 0;
  ends.push_back(length - 1);
  glob_row const before = row;
  row.clear();
  std::size_t begin = 1;
  for (auto const end : ends) {
    glob_row branch = before;
    run_glob(pattern.substr(begin, end - begin), branch, depth + 1);
    row.join(branch);
    begin = end + 1;
  }
  return length;
}

inline void run_glob(std::string_view pattern, glob_row& row, int depth) {
  while (!pattern.empty() && !row.dead()) {
    char const c = pattern.front();
    std::size_t used = 1;
    if (c == '*') {
      bool const crosses = pattern.starts_with("**");
      row.star(crosses);
      used = crosses ? 2 : 1;
    } else if (c == '?') {
      row.character([](char32_t point) { return point != U'/'; });
    } else if (auto const set = c == '[' ? set_length(pattern) : 0; set != 0) {
      row.character([&](char32_t point) { return set_holds(pattern.substr(1, set - 2), point); });
      used = set;
    } else if (auto const braces = c == '{' ? run_alternatives(pattern, row, depth) : 0; braces != 0) {
      used = braces;
    } else if (c == '\\' && pattern.size() > 1) {
      row.literal(pattern[1]);
      used = 2;
    } else {
      row.literal(c);
    }
    pattern.remove_prefix(used);
  }
}

}  // namespace detail

WAYBILL_DECL bool glob_match(std::string_view pattern, std::string_view key) {
  if (pattern.find('/') == std::string_view::npos) key.remove_prefix(key.rfind('/') + 1);  // npos + 1 is 0
  bool const below = pattern.ends_with('/');
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  detail::glob_row row{key};
  detail::run_glob(pattern, row, 0);
  return below ? row.before_end() : row.at_end();
}

}  // namespace waybill::inline WAYBILL_ABI

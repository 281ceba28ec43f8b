#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/** Walk order, the one order of the kit: byte-wise, with `/` below every other byte, so that a directory's
    contents stand where its bare name sorts (`a/x` < `a-b` < `a.txt`).

    @format docs/formats.md#quilt-manifest, "Walk order"; equal to quilt3's recursive sort by code point
    @complexity one pass over the common prefix, no allocation
*/
[[nodiscard]] inline std::strong_ordering walk_compare(std::string_view a, std::string_view b) noexcept {
  std::size_t const common = a.size() < b.size() ? a.size() : b.size();
  std::size_t i = 0;
  // Neighbours in a manifest share long prefixes: eight bytes at a time.
  for (std::uint64_t x = 0, y = 0; i + sizeof x <= common; i += sizeof x) {
    std::memcpy(&x, a.data() + i, sizeof x);
    std::memcpy(&y, b.data() + i, sizeof y);
    if (x != y) break;
  }
  while (i < common && a[i] == b[i]) ++i;
  if (i == common) return a.size() <=> b.size();
  auto const rank = [](char c) { return c == '/' ? 0 : static_cast<int>(static_cast<unsigned char>(c)) + 1; };
  return rank(a[i]) <=> rank(b[i]);
}

/// `walk_compare` as a function object for sorted containers and algorithms.
struct walk_less {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const noexcept { return walk_compare(a, b) < 0; }
};

/** The name of an entry inside a manifest: segments joined by `/`, UTF-8, at least one byte.

    No segment is empty, `.` or `..`; there is no leading or trailing `/`. Everything else is allowed, as quilt3
    allows it (spaces, `\`, `:`, control characters). Whether a key may be *placed* in a directory is another
    question: see `scan/placement.hpp`.
*/
class logical_key {
 public:
  /// @errors errc::malformed_key, with the rule that was broken
  [[nodiscard]] static result<logical_key> parse(std::string_view text);

  /// Takes a text that is already known to be a valid key. @pre `logical_key::parse(text)` succeeds
  [[nodiscard]] static logical_key trusted(std::string text) noexcept { return logical_key{std::move(text)}; }

  [[nodiscard]] std::string const& str() const noexcept { return text_; }
  operator std::string_view() const noexcept { return text_; }  // NOLINT: a key is a text with a promise

  friend bool operator==(logical_key const&, logical_key const&) = default;
  /// Walk order.
  friend std::strong_ordering operator<=>(logical_key const& a, logical_key const& b) noexcept {
    return walk_compare(a.text_, b.text_);
  }

 private:
  explicit logical_key(std::string text) noexcept : text_{std::move(text)} {}
  std::string text_;
};

/// True when `key` lies below directory `dir` (`dir` without trailing `/`; the empty text is the root).
[[nodiscard]] inline bool is_below(std::string_view key, std::string_view dir) noexcept {
  return dir.empty() || (key.size() > dir.size() && key.starts_with(dir) && key[dir.size()] == '/');
}

}  // namespace waybill::inline WAYBILL_ABI

template <>
struct std::hash<waybill::logical_key> {
  std::size_t operator()(waybill::logical_key const& k) const noexcept { return std::hash<std::string>{}(k.str()); }
};

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/core/logical_key.ipp>
#endif

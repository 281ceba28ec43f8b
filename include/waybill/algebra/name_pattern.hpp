#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** A key with named gaps: `images/{id}.jpg`.

    A name in braces (`[A-Za-z_][A-Za-z0-9_]*`) stands for one or more bytes without `/`, the same wherever it stands
    again. Everything else is literal; globs do not work here. Where a key can be read in several ways, each name takes
    as little as it can, from left to right (`{a}-{b}` reads `x-y-z` as `x` and `y-z`).
*/
class name_pattern {
 public:
  /// Texts of the names, in the order of `names()`. @lifetime refers to the key that was matched
  using values = std::vector<std::string_view>;

  /// @errors errc::usage: empty, an unclosed or stray brace, a malformed name, two names without text between, `*` or
  ///         `?`
  [[nodiscard]] static result<name_pattern> parse(std::string_view text);

  /// The names, sorted, each once.
  [[nodiscard]] std::vector<std::string> const& names() const noexcept { return names_; }

  /** What each name stands for in `key`; empty when the key has another form.
      @errors errc::too_large when a pattern with a repeated name needs more than a million attempts on a key
      @complexity O(pattern × key) when no name stands twice */
  [[nodiscard]] result<std::optional<values>> match(std::string_view key) const;

  /// The key that these texts make. @pre one for each of `names()`
  [[nodiscard]] std::string fill(values const& texts) const;

 private:
  struct gap {
    std::string before;  ///< literal text in front of it
    std::size_t name;    ///< index in `names_`
  };
  enum class outcome { matched, not_here, not_at_all };
  struct attempt;
  [[nodiscard]] outcome match_from(attempt& state, std::size_t part, std::size_t at) const;

  std::vector<std::string> names_;
  std::vector<gap> gaps_;
  std::string tail_;
  bool repeats_ = false;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/algebra/name_pattern.ipp>
#endif

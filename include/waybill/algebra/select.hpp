#pragma once

#include <waybill/config.hpp>
#include <waybill/core/glob.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/entry.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// Globs a key must match; no globs match everything. A predicate for any range of keyed records.
class key_filter {
 public:
  key_filter() = default;
  explicit key_filter(std::vector<std::string> globs) : globs_{std::move(globs)} {}
  [[nodiscard]] bool operator()(std::string_view key) const;
  [[nodiscard]] bool operator()(entry const& e) const { return (*this)(std::string_view{e.key}); }
  [[nodiscard]] bool empty() const noexcept { return globs_.empty(); }
  [[nodiscard]] std::vector<std::string> const& globs() const noexcept { return globs_; }

 private:
  std::vector<std::string> globs_;
};

/// The entries that match, in their order.
[[nodiscard]] WAYBILL_DECL std::vector<entry> select(std::span<entry const> entries, key_filter const& filter);

/** A reproducible random sample: the `count` entries whose keyed hash SHA-256(seed ‖ key) is smallest, in walk order.

    The choice depends on seed and keys alone, not on the other entries' order: adding entries to a dataset replaces
    only as many of the sample as the new ones displace.
    @param count at most this many
    @complexity O(n log count)
*/
[[nodiscard]] WAYBILL_DECL std::vector<entry> sample(std::span<entry const> entries, std::uint64_t count,
                                                     std::uint64_t seed);

/// Number of entries a fraction stands for, rounded to nearest, at least 1 of a non-empty set when `fraction` > 0.
/// @errors errc::usage unless 0 ≤ fraction ≤ 1
[[nodiscard]] WAYBILL_DECL result<std::uint64_t> sample_size(std::uint64_t entries, double fraction);

/** Part `index` of `count` contiguous parts whose sizes differ by at most one entry.
    @errors errc::usage unless index < count
    @lifetime refers to `entries`
*/
[[nodiscard]] WAYBILL_DECL result<std::span<entry const>> shard(std::span<entry const> entries, std::uint64_t index,
                                                                std::uint64_t count);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/algebra/select.ipp>
#endif

#pragma once

#include <waybill/algebra/select.hpp>
#include <waybill/hash/openssl.hpp>

#include <range/v3/algorithm/any_of.hpp>
#include <range/v3/algorithm/sort.hpp>
#include <range/v3/range/conversion.hpp>
#include <range/v3/view/filter.hpp>
#include <range/v3/view/transform.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <queue>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// SHA-256 of the seed as eight big-endian bytes, then the key's bytes.
inline digest sample_rank(sha256_hasher& hash, std::uint64_t seed, std::string_view key) {
  std::array<std::byte, 8> prefix;
  for (std::size_t i = 0; i < prefix.size(); ++i) prefix[i] = static_cast<std::byte>(seed >> (56 - 8 * i) & 0xff);
  hash.update(prefix);
  hash.update(as_bytes(key));
  return hash.finish();
}

}  // namespace detail

WAYBILL_DECL bool key_filter::operator()(std::string_view key) const {
  return globs_.empty() || ranges::any_of(globs_, [key](std::string const& glob) { return glob_match(glob, key); });
}

WAYBILL_DECL std::vector<entry> select(std::span<entry const> entries, key_filter const& filter) {
  return entries | ranges::views::filter([&filter](entry const& e) { return filter(e); }) |
         ranges::to<std::vector<entry>>();
}

WAYBILL_DECL std::vector<entry> sample(std::span<entry const> entries, std::uint64_t count, std::uint64_t seed) {
  if (count >= entries.size()) return {entries.begin(), entries.end()};
  if (count == 0) return {};
  sha256_hasher hash;
  // The heap's top is the worst of the best so far.
  std::priority_queue<std::pair<digest, std::size_t>> best;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    std::pair<digest, std::size_t> candidate{detail::sample_rank(hash, seed, entries[i].key), i};
    if (best.size() == count) {
      if (!(candidate < best.top())) continue;
      best.pop();
    }
    best.push(std::move(candidate));
  }
  std::vector<std::size_t> chosen;
  chosen.reserve(best.size());
  for (; !best.empty(); best.pop()) chosen.push_back(best.top().second);
  ranges::sort(chosen);
  return chosen | ranges::views::transform([entries](std::size_t i) -> entry const& { return entries[i]; }) |
         ranges::to<std::vector<entry>>();
}

WAYBILL_DECL result<std::uint64_t> sample_size(std::uint64_t entries, double fraction) {
  if (!(fraction >= 0.0 && fraction <= 1.0))
    return make_error(errc::usage,
                      "the fraction of a sample lies between 0 and 1; " + std::to_string(fraction) + " does not");
  if (entries == 0 || fraction == 0.0) return std::uint64_t{0};
  if (fraction == 1.0) return entries;
  auto const exact = std::round(static_cast<long double>(entries) * static_cast<long double>(fraction));
  return std::clamp(static_cast<std::uint64_t>(exact), std::uint64_t{1}, entries);
}

WAYBILL_DECL result<std::span<entry const>> shard(std::span<entry const> entries, std::uint64_t index,
                                                  std::uint64_t count) {
  if (index >= count)
    return make_error(errc::usage, "shard " + std::to_string(index) + " of " + std::to_string(count) +
                                       " does not exist; indexes count from 0 to one less than the number of shards");
  // The first `longer` parts have one entry more than the rest.
  auto const each = entries.size() / count;
  auto const longer = entries.size() % count;
  auto const begin = each * index + std::min<std::uint64_t>(index, longer);
  return entries.subspan(begin, each + (index < longer ? 1 : 0));
}

}  // namespace waybill::inline WAYBILL_ABI

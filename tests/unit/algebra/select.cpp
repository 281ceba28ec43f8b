#include <waybill/algebra/select.hpp>

#include <waybill/algebra/sorted.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "unit/algebra/samples.hpp"

using namespace waybill;
using waybill_test::keys_of;
using waybill_test::make_entry;

namespace {

using texts = std::vector<std::string>;

std::vector<entry> numbered(std::size_t n, std::size_t step = 1) {
  std::vector<entry> out;
  for (std::size_t i = 0; i < n; i += step) out.push_back(make_entry("f" + std::to_string(10000 + i), "x"));
  return out;
}

}  // namespace

TEST_CASE("a filter without globs takes everything, else a key matches one of its globs") {
  CHECK(key_filter{}("a/b"));
  CHECK(key_filter{}.empty());
  key_filter const filter{{"*.jpg", "labels/**"}};
  CHECK(filter("images/1.jpg"));
  CHECK(filter("labels/x/1.txt"));
  CHECK_FALSE(filter("images/1.png"));
  CHECK(filter(make_entry("1.jpg", "")));
}

TEST_CASE("select keeps what matches, in its order") {
  std::vector<entry> const all{make_entry("a/1.jpg", "1"), make_entry("a/2.png", "2"), make_entry("b.jpg", "3")};
  CHECK(keys_of(select(all, key_filter{{"*.jpg"}})) == texts{"a/1.jpg", "b.jpg"});
  CHECK(select(all, {}) == all);
  CHECK(select({}, {}).empty());
}

TEST_CASE("a sample is a sorted part of the given size") {
  auto const all = numbered(500);
  for (std::uint64_t const count : {0, 1, 7, 499, 500, 501}) {
    auto const s = sample(all, count, 42);
    CHECK(s.size() == std::min<std::size_t>(count, all.size()));
    CHECK(is_walk_sorted(s));
    CHECK(std::ranges::includes(all, s, {}, key_of, key_of));
  }
}

TEST_CASE("a sample is the entries whose SHA-256 of seed and key is smallest, on every machine") {
  // Python: sorted(keys, key=lambda k: hashlib.sha256(seed.to_bytes(8, "big") + k.encode()).digest())[:3]
  CHECK(keys_of(sample(numbered(10), 3, 42)) == texts{"f10002", "f10003", "f10006"});
  CHECK(keys_of(sample(numbered(10), 3, 0x0102030405060708)) == texts{"f10000", "f10004", "f10006"});
}

TEST_CASE("adding entries replaces only as many of a sample as the new ones displace") {
  auto const few = numbered(1000, 2);
  auto const many = numbered(1000);
  auto const before = keys_of(sample(few, 100, 7));
  auto const after = keys_of(sample(many, 100, 7));
  for (auto const& key : after) {
    bool const is_old = std::ranges::any_of(few, [&](entry const& e) { return e.key.str() == key; });
    if (is_old) CHECK(std::ranges::find(before, key) != before.end());
  }
  CHECK(before != after);
  CHECK(keys_of(sample(many, 100, 8)) != after);
}

TEST_CASE("a sample's size rounds to nearest and is at least one") {
  CHECK(sample_size(10, 0.25).value() == 3);
  CHECK(sample_size(10, 0.24).value() == 2);
  CHECK(sample_size(10, 0.0).value() == 0);
  CHECK(sample_size(10, 1e-9).value() == 1);
  CHECK(sample_size(0, 0.5).value() == 0);
  CHECK(sample_size(10, 1.0).value() == 10);
  auto const most = std::numeric_limits<std::uint64_t>::max();
  CHECK(sample_size(most, 1.0).value() == most);
  for (double const bad : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()})
    CHECK(sample_size(10, bad).error().code == errc::usage);
}

TEST_CASE("shards are contiguous, cover everything once and differ by one entry at most") {
  for (std::size_t const n : {0, 1, 9, 10, 11, 100}) {
    auto const all = numbered(n);
    for (std::uint64_t count = 1; count <= 12; ++count) {
      std::vector<entry> joined;
      std::size_t least = n;
      std::size_t most = 0;
      for (std::uint64_t i = 0; i < count; ++i) {
        auto const part = shard(all, i, count).value();
        joined.insert(joined.end(), part.begin(), part.end());
        least = std::min(least, part.size());
        most = std::max(most, part.size());
      }
      CHECK(joined == all);
      CHECK(most - least <= 1);
    }
  }
}

TEST_CASE("a shard that does not exist is refused") {
  CHECK(shard({}, 3, 3).error().code == errc::usage);
  CHECK(shard({}, 0, 0).error().code == errc::usage);
  CHECK_THAT(shard({}, 5, 3).error().detail, waybill_test::contains("shard 5 of 3"));
}

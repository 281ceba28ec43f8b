#include <waybill/scan/stat_cache.hpp>

#include "samples.hpp"
#include "support/catch.hpp"
#include "support/data.hpp"

using namespace waybill;

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t written = 1'700'000'000 * second;
constexpr std::array wanted{algorithm{algorithms::sha256}, algorithm{algorithms::md5}};

file_state state(std::uint64_t size, std::int64_t age_ns) { return {size, written - age_ns, written - age_ns, 11, 22}; }

digest_set digests(char seed) {
  std::string const sha(32, seed), md(16, static_cast<char>(seed + 1));
  return {digest{algorithms::sha256, as_bytes(sha)}, digest{algorithms::md5, as_bytes(md)}};
}

result<void> write_sample(std::string const& file) {
  stat_cache_writer writer{"/data", wanted};
  writer.add("a/x", state(1, 10 * second), digests('a'));
  writer.add("a-b", state(2, 10 * second), digests('c'));
  writer.add("a.txt", state(3, 10 * second), digests('e'));
  writer.add("racy", state(4, 2 * second), digests('g'));
  writer.add("lacks", state(5, 10 * second), digest_set{*digests('i').find(algorithms::md5)});
  return std::move(writer).save(file, written);
}

}  // namespace

TEST_CASE("a cache gives back the digests of unchanged files") {
  waybill_test::temporary_directory const dir;
  auto const file = (dir / "below/cache").string();
  REQUIRE(write_sample(file));
  // The order in which algorithms are asked for does not matter.
  std::array const other_order{wanted[1], wanted[0]};
  auto const cache = stat_cache::load(file, "/data", other_order);
  CHECK(cache.size() == 4);
  CHECK(cache.find("a/x", state(1, 10 * second)) == digests('a'));
  CHECK(cache.find("a-b", state(2, 10 * second)) == digests('c'));
  CHECK(cache.find("a.txt", state(3, 10 * second)) == digests('e'));
  CHECK_FALSE(cache.find("a", state(1, 10 * second)));
  CHECK_FALSE(cache.find("zzz", state(1, 10 * second)));
  CHECK_FALSE(cache.find("lacks", state(5, 10 * second)));
}

TEST_CASE("every part of a file's state counts") {
  waybill_test::temporary_directory const dir;
  auto const file = (dir / "cache").string();
  REQUIRE(write_sample(file));
  auto const cache = stat_cache::load(file, "/data", wanted);
  auto const same = state(1, 10 * second);
  REQUIRE(cache.find("a/x", same));
  for (auto member : {&file_state::size, &file_state::inode, &file_state::device}) {
    auto changed = same;
    changed.*member += 1;
    CHECK_FALSE(cache.find("a/x", changed));
  }
  for (auto member : {&file_state::modified_ns, &file_state::changed_ns}) {
    auto changed = same;
    changed.*member -= 1;
    CHECK_FALSE(cache.find("a/x", changed));
  }
}

TEST_CASE("files touched within two seconds before the cache was written are not trusted") {
  waybill_test::temporary_directory const dir;
  auto const file = (dir / "cache").string();
  stat_cache_writer writer{"/data", wanted};
  auto const just_old_enough = state(1, 2 * second + 1);
  auto new_ctime = just_old_enough, future = just_old_enough;
  new_ctime.changed_ns = written - 2 * second;
  future.modified_ns = written + 1000 * second;
  writer.add("a", just_old_enough, digests('a'));
  writer.add("b", state(1, 2 * second), digests('b'));
  writer.add("c", new_ctime, digests('c'));
  writer.add("d", future, digests('d'));
  REQUIRE(std::move(writer).save(file, written));
  auto const cache = stat_cache::load(file, "/data", wanted);
  CHECK(cache.find("a", just_old_enough));
  CHECK_FALSE(cache.find("b", state(1, 2 * second)));
  CHECK_FALSE(cache.find("c", new_ctime));
  CHECK_FALSE(cache.find("d", future));
}

TEST_CASE("keys asked for in walk order and out of it are found alike") {
  waybill_test::temporary_directory const dir;
  auto const file = (dir / "cache").string();
  stat_cache_writer writer{"/data", wanted};
  for (int i = 100; i < 400; ++i)
    writer.add("k" + std::to_string(i), state(1, 10 * second), digests(static_cast<char>(i)));
  REQUIRE(std::move(writer).save(file, written));
  auto const cache = stat_cache::load(file, "/data", wanted);
  std::size_t hint = 0;
  for (int const i : {100, 101, 102, 399, 100, 250, 251, 253, 252}) {
    auto const bytes = cache.find_bytes("k" + std::to_string(i), state(1, 10 * second), hint);
    REQUIRE(bytes.size() == 48);
    CHECK(bytes[0] == static_cast<std::byte>(i));
  }
  CHECK(cache.find_bytes("k", state(1, 10 * second), hint).empty());
  CHECK(cache.find_bytes("l", state(1, 10 * second), hint).empty());
}

TEST_CASE("a cache of another tree, of other algorithms or without content is as good as none") {
  waybill_test::temporary_directory const dir;
  auto const file = (dir / "cache").string();
  REQUIRE(write_sample(file));
  std::array const fewer{wanted[0]};
  CHECK(stat_cache::load(file, "/date", wanted).size() == 0);
  CHECK(stat_cache::load(file, "/data/", wanted).size() == 0);
  CHECK(stat_cache::load(file, "/data", fewer).size() == 0);
  CHECK(stat_cache::load((dir / "none").string(), "/data", wanted).size() == 0);
  CHECK(stat_cache::load(dir.path().string(), "/data", wanted).size() == 0);
  CHECK_FALSE(stat_cache{}.find("a", state(1, 10 * second)));
}

TEST_CASE("a damaged cache is as good as none, wherever the damage is") {
  waybill_test::temporary_directory const dir;
  auto const file = (dir / "cache").string();
  REQUIRE(write_sample(file));
  auto const good = waybill_test::read_file(file);
  for (std::size_t i = 0; i < good.size(); i += 3) {
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    waybill_test::write_file(file, bad);
    REQUIRE(stat_cache::load(file, "/data", wanted).size() == 0);
    waybill_test::write_file(file, good.substr(0, i));
    REQUIRE(stat_cache::load(file, "/data", wanted).size() == 0);
  }
  waybill_test::write_file(file, good + "x");
  CHECK(stat_cache::load(file, "/data", wanted).size() == 0);
}

TEST_CASE("the layout is that of docs/formats.md") {
  waybill_test::temporary_directory const dir;
  auto const file = (dir / "cache").string();
  std::array const one{algorithm{algorithms::md5}};
  stat_cache_writer writer{"/t", one};
  std::string const md(16, 'm');
  writer.add("k", {5, 6, 7, 8, 9}, {digest{algorithms::md5, as_bytes(md)}});
  REQUIRE(std::move(writer).save(file, 0x0102));
  auto const u64 = [](char n) { return std::string(1, n) + std::string(7, '\0'); };
  auto const u32 = [](char n) { return std::string(1, n) + std::string(3, '\0'); };
  auto const body = std::string{"WBSTATC\x01", 8} + std::string{"\x02\x01\0\0\0\0\0\0", 8} + u64(1) + u32(2) + "/t" +
                    u32(1) +
                    "\x03"
                    "md5" +
                    u64(5) + u64(6) + u64(7) + u64(8) + u64(9) + u32(1) + md + "k";
  auto const bytes = waybill_test::read_file(file);
  REQUIRE(bytes.size() == body.size() + 8);
  CHECK(bytes.substr(0, body.size()) == body);
}

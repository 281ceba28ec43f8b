#include <waybill/scan/materialise.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "installing.hpp"

using namespace waybill;
using waybill_test::code_of;
using waybill_test::dataset_provider;
using waybill_test::entries_of;
using waybill_test::entry_of;
using waybill_test::files;
using waybill_test::install;
using waybill_test::placed;
using waybill_test::tree;
using waybill_test::tree_of;
using waybill_test::write_file;
namespace fs = std::filesystem;

TEST_CASE("wrong bytes never get a name, and what was there stays") {
  struct row {
    char const* what;
    std::function<std::string(std::string)> damage;
    char const* code;
  };
  std::array<row, 5> const table{
      {{"a flipped byte",
        [](std::string s) {
          s[s.size() / 2] ^= 1;
          return s;
        },
        "digest_mismatch"},  // row 12
       {"short",
        [](std::string s) {
          s.pop_back();
          return s;
        },
        "size_mismatch"},
       {"long", [](std::string s) { return s + "x"; }, "size_mismatch"},
       {"empty", [](std::string) { return std::string{}; }, "size_mismatch"},
       {"endless", [](std::string s) { return s + std::string(5'000'000, 'x'); }, "size_mismatch"}}};
  for (std::uint64_t const size : {100U, 262'144U, 1'000'000U}) {
    for (auto const& [what, damage, code] : table) {
      for (bool const local : {false, true}) {
        INFO(what << " of " << size << (local ? ", local" : ""));
        waybill_test::temporary_directory const dir, store;
        auto const good = waybill_test::vector_bytes(size, 1);
        write_file(dir / "old", "old bytes");
        files const bad{{"new", damage(good)}, {"old", damage(good)}};
        for (auto const mode : {placement_mode::copy, placement_mode::hard_link}) {
          dataset_provider contents{bad, local ? store.path() : fs::path{}};
          materialise_options options;
          options.mode = mode;
          auto const r = install(entries_of({{"new", good}, {"old", good}}), dir.path(), contents, options);
          CHECK(code_of(r) == code);
          CHECK(r.error().code == condition::integrity);
          CHECK(placed(dir.path()) == tree{{"old", "old bytes"}});
        }
      }
    }
  }
}

TEST_CASE("a right md5 beside a wrong sha256 does not pass") {
  waybill_test::temporary_directory const dir;
  auto e = entry_of("k", "bytes", {algorithms::md5});
  e.digests.insert(waybill_test::digest_of(algorithms::sha256, "other"));
  dataset_provider contents{{{"k", "bytes"}}};
  CHECK(code_of(install({e}, dir.path(), contents)) == "digest_mismatch");
  CHECK(placed(dir.path()).empty());
}

TEST_CASE("a source that fails on the way leaves old files or none") {
  struct failing final : byte_source {
    failing(std::unique_ptr<byte_source> s, std::size_t after) : inner{std::move(s)}, left{after} {}
    result<std::size_t> read(std::span<std::byte> buffer) override {
      if (left == 0) return make_error(errc::temporary, "connection reset");
      auto const n = inner->read(buffer.first(std::min(buffer.size(), left)));
      if (n) left -= *n;
      return n;
    }
    std::unique_ptr<byte_source> inner;
    std::size_t left;
  };
  auto const bytes = waybill_test::vector_bytes(700'000, 5);
  files const two{{"new", bytes}, {"old", bytes}};
  for (std::size_t const after : {0U, 1U, 300'000U, 699'999U}) {
    waybill_test::temporary_directory const dir;
    write_file(dir / "old", "old bytes");
    dataset_provider contents{two};
    contents.around = [&](entry const&, std::unique_ptr<byte_source> s) -> result<std::unique_ptr<byte_source>> {
      return std::make_unique<failing>(std::move(s), after);
    };
    auto const r = install(entries_of(two), dir.path(), contents);
    CHECK(code_of(r) == "temporary");
    CHECK(r.error().code == condition::transient);
    CHECK(placed(dir.path()) == tree{{"old", "old bytes"}});
    contents.around = nullptr;  // repeating finishes
    CHECK(code_of(install(entries_of(two), dir.path(), contents)) == "ok");
    CHECK(placed(dir.path()) == tree_of(two));
  }
}

TEST_CASE("a provider's own error is passed on with the key") {
  waybill_test::temporary_directory const dir;
  dataset_provider contents{{{"a", "1"}}};
  auto const r = install({entry_of("a", "1"), entry_of("b", "2")}, dir.path(), contents);
  CHECK(code_of(r) == "object_not_found");
  CHECK(r.error().path == "b");
}

TEST_CASE("a source that changes while it is read is not accepted as what it was") {
  // Security row 13: whatever the writer does, the bytes under the name have the digest, or there is no name.
  waybill_test::temporary_directory const dir, store;
  auto const bytes = waybill_test::vector_bytes(8'000'000, 4);
  files const one{{"k", bytes}};
  for (auto const mode : {placement_mode::copy, placement_mode::hard_link}) {
    for (int round = 0; round < 5; ++round) {
      dataset_provider contents{one, store.path()};
      std::jthread const writer{[&](std::stop_token const& stop) {
        std::fstream file{store / "k", std::ios::in | std::ios::out | std::ios::binary};
        for (int i = 0; !stop.stop_requested() && i < 2000; ++i) {
          file.seekp(i * 4001 % 8'000'000);
          file.put(static_cast<char>(i)).flush();
        }
      }};
      materialise_options options;
      options.mode = mode;
      auto const r = install(entries_of(one), dir.path(), contents, options);
      if (r && mode == placement_mode::copy) CHECK(placed(dir.path()) == tree_of(one));
      if (!r) {
        CHECK(r.error().code == condition::integrity);
        CHECK(placed(dir.path()).empty());
      }
      fs::remove(dir / "k");
    }
  }
}

TEST_CASE("a wrong digest that is required does not pass beside a right stronger one") {
  waybill_test::temporary_directory const dir;
  auto e = entry_of("k", "bytes", {algorithms::sha256});
  e.digests.insert(waybill_test::digest_of(algorithms::md5, "other"));
  dataset_provider contents{{{"k", "bytes"}}};
  materialise_options options;
  options.require = {algorithms::md5};
  CHECK(code_of(install({e}, dir.path(), contents, options)) == "digest_mismatch");
  CHECK(placed(dir.path()).empty());
  write_file(dir / "k", "bytes");
  CHECK(code_of(install({e}, dir.path(), contents, options)) == "digest_mismatch");
  options.require = {};
  CHECK(code_of(install({e}, dir.path(), contents, options)) == "ok");
}

TEST_CASE("bytes that may be damaged on the way are asked for again before they are believed to be wrong") {
  files const dataset{{"a", std::string(5000, 'a')}};
  for (int const damaged : {1, 2, 3}) {
    INFO(damaged);
    waybill_test::temporary_directory const dir;
    dataset_provider contents{dataset};
    contents.tries = 3;
    contents.around = [&](entry const&, std::unique_ptr<byte_source> s) -> result<std::unique_ptr<byte_source>> {
      if (contents.opened > damaged) return s;
      static std::string const wrong(4999, 'a');
      return std::unique_ptr<byte_source>{std::make_unique<memory_source>(std::string_view{wrong})};
    };
    auto const report = install(entries_of(dataset), dir / "target", contents);
    CHECK(code_of(report) == (damaged < 3 ? "ok" : "size_mismatch"));
    CHECK(contents.opened == (damaged < 3 ? damaged + 1 : 3));
    CHECK(fs::exists(dir / "target/a") == (damaged < 3));
  }
}

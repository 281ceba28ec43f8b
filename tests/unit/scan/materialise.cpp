#include <waybill/scan/materialise.hpp>

#include <waybill/scan/seal.hpp>

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "installing.hpp"

using namespace waybill;
using waybill_test::code_of;
using waybill_test::dataset_provider;
using waybill_test::entries_of;
using waybill_test::files;
using waybill_test::install;
using waybill_test::names;
using waybill_test::placed;
using waybill_test::small_dataset;
using waybill_test::snapshot;
using waybill_test::syncing;
using waybill_test::tree;
using waybill_test::tree_of;
using waybill_test::write_file;
namespace fs = std::filesystem;

TEST_CASE("a dataset is placed whole, with a report in walk order") {
  for (auto const durable : {durability::none, durability::batch, durability::each}) {
    waybill_test::temporary_directory const dir;
    dataset_provider contents{small_dataset};
    materialise_options options;
    options.durable = durable;
    auto const report = install(entries_of(small_dataset), dir / "new/target", contents, options);
    REQUIRE(code_of(report) == "ok");
    CHECK(placed(dir / "new/target") == tree_of(small_dataset));
    names expected;
    for (auto const& [key, bytes] : small_dataset) expected.push_back(key);
    CHECK(report->added == expected);
    CHECK(report->replaced.empty());
    CHECK(report->removed.empty());
    CHECK(report->unchanged == 0);
    CHECK(report->bytes_transferred == 14);
  }
}

TEST_CASE("only what is missing or different is moved, and other files stay") {
  waybill_test::temporary_directory const dir;
  write_file(dir / "a.txt", "alpha");
  write_file(dir / "d/b", "BETA");
  write_file(dir / "z", "another size");
  write_file(dir / "extra", "mine");
  auto const before = fs::last_write_time(dir / "a.txt");
  dataset_provider contents{small_dataset};
  auto const report = install(entries_of(small_dataset), dir.path(), contents);
  REQUIRE(code_of(report) == "ok");
  CHECK(report->added == names{"d/e/c"});
  CHECK(report->replaced == names{"d/b", "z"});
  CHECK(report->unchanged == 1);
  CHECK(report->bytes_kept == 5);
  CHECK(report->bytes_transferred == 9);
  CHECK(contents.opened == 3);
  CHECK(fs::last_write_time(dir / "a.txt") == before);
  auto expected = tree_of(small_dataset);
  expected["extra"] = "mine";
  CHECK(placed(dir.path()) == expected);
  auto const again = install(entries_of(small_dataset), dir.path(), contents);
  REQUIRE(code_of(again) == "ok");
  CHECK(again->unchanged == 4);
  CHECK(contents.opened == 3);
}

TEST_CASE("a dry run reports the same and writes nothing") {
  waybill_test::temporary_directory const dir;
  write_file(dir / "a.txt", "alpha");
  write_file(dir / "d/b", "BETA");
  write_file(dir / "extra", "mine");
  auto const before = snapshot(dir.path());
  dataset_provider contents{small_dataset};
  auto options = syncing();
  options.dry_run = true;
  auto const dry = install(entries_of(small_dataset), dir.path(), contents, options);
  REQUIRE(code_of(dry) == "ok");
  CHECK(contents.opened == 0);
  CHECK(snapshot(dir.path()) == before);
  auto const real = install(entries_of(small_dataset), dir.path(), contents, syncing());
  REQUIRE(code_of(real) == "ok");
  CHECK(dry->added == real->added);
  CHECK(dry->replaced == real->replaced);
  CHECK(dry->removed == real->removed);
  CHECK(dry->removed == names{"extra"});
  CHECK(dry->bytes_transferred == real->bytes_transferred);
}

TEST_CASE("hard links are the store's own files") {
  waybill_test::temporary_directory const dir, store;
  dataset_provider contents{small_dataset, store.path()};
  materialise_options options;
  options.mode = placement_mode::hard_link;
  write_file(dir / "d/b", "old");
  auto const report = install(entries_of(small_dataset), dir.path(), contents, options);
  REQUIRE(code_of(report) == "ok");
  for (auto const& [key, bytes] : small_dataset) CHECK(fs::equivalent(dir / key, store / key));
  CHECK(report->replaced == names{"d/b"});
  CHECK(placed(dir.path()) == tree_of(small_dataset));
  CHECK(contents.opened == 0);
}

TEST_CASE("a trusted cache spares reading what is there") {
  waybill_test::temporary_directory const dir, elsewhere;
  write_file(dir / "k", "bytes");
  auto const root = root_directory::open(dir.path().string(), false).value();
  auto const state = *root.state("k").value();
  std::vector<algorithm> const algorithms{algorithms::sha256};
  stat_cache_writer writer{root.path(), algorithms};
  writer.add("k", state, waybill_test::entry_of("k", "OTHER").digests);  // a lie, so that who is asked can be told
  REQUIRE(code_of(std::move(writer).save((elsewhere / "c").string(), state.changed_ns + 10'000'000'000)) == "ok");
  auto const cache = stat_cache::load((elsewhere / "c").string(), root.path(), algorithms);
  materialise_options options;
  options.cache = &cache;
  dataset_provider contents{{{"k", "OTHER"}}};
  auto const report = install(entries_of({{"k", "OTHER"}}), dir.path(), contents, options);
  REQUIRE(code_of(report) == "ok");
  CHECK(report->unchanged == 1);
  CHECK(install(entries_of({{"k", "OTHER"}}), dir.path(), contents)->replaced == names{"k"});
}

TEST_CASE("progress ends with everything done, and never shows more than was expected") {
  waybill_test::temporary_directory const dir;
  write_file(dir / "d/b", "BETA");
  write_file(dir / "a.txt", "alpha");
  auto with_large = small_dataset;
  with_large["large"] = waybill_test::vector_bytes(700'000, 1);
  dataset_provider contents{with_large};
  progress last;
  bool sane = true;
  std::mutex guard;
  job_control const control{2,
                            [&](progress const& p) {
                              std::lock_guard const lock{guard};
                              sane = sane && p.files_done <= p.files_total && p.bytes_done <= p.bytes_total &&
                                     p.stage == "install";
                              last = p;
                            },
                            {}};
  REQUIRE(code_of(install(entries_of(with_large), dir.path(), contents, {}, control)) == "ok");
  CHECK(sane);
  CHECK(last.files_done == 5);
  CHECK(last.files_total == 5);
  CHECK(last.bytes_done == last.bytes_total);
}

TEST_CASE("many files in many directories are placed by several workers") {
  waybill_test::temporary_directory const dir, store;
  files many;
  for (int i = 0; i < 600; ++i)
    many["d" + std::to_string(i % 20) + "/s/f" + std::to_string(i)] = "content " + std::to_string(i % 100);
  many["flat"] = waybill_test::vector_bytes(2'000'000, 1);
  for (auto const mode : {placement_mode::copy, placement_mode::hard_link}) {
    dataset_provider contents{many, store.path()};
    materialise_options options;
    options.mode = mode;
    fs::remove_all(dir / "t");
    auto const report = install(entries_of(many), dir / "t", contents, options, {4, {}, {}});
    REQUIRE(code_of(report) == "ok");
    CHECK(report->added.size() == many.size());
    CHECK(placed(dir / "t") == tree_of(many));
  }
}

TEST_CASE("nothing to place is done at once") {
  waybill_test::temporary_directory const dir;
  dataset_provider contents{{}};
  auto const report = install({}, dir.path(), contents, syncing());
  REQUIRE(code_of(report) == "ok");
  CHECK(report->added.empty());
}

TEST_CASE("what the store sealed is linked without being read, and everything else is read") {
  waybill_test::temporary_directory const store, target;
  files const dataset{{"a", "right"}};
  dataset_provider provider{dataset, store.path()};
  waybill_test::write_file(store / "a", "wrong");  // a read would find it
  auto const entries = entries_of(dataset, {algorithms::sha256, algorithms::sha1});
  auto const file = open_regular_file((store / "a").string()).value();
  detail::seal(file.fd.get(), file.state, *entries[0].digests.strongest());
  auto const root = root_directory::open(target.path().string(), false).value();
  materialise_options options;

  CHECK(code_of(materialise(entries, root, provider, options)) == "digest_mismatch");
  options.mode = placement_mode::hard_link;
  options.require = {algorithms::sha1};  // the seal does not speak of it
  CHECK(code_of(materialise(entries, root, provider, options)) == "digest_mismatch");
  options.require.clear();
  CHECK(code_of(materialise(entries, root, provider, options)) == "ok");
  CHECK(waybill_test::read_file(target / "a") == "wrong");

  fs::remove(target / "a");
  waybill_test::write_file(store / "a", "wrong");  // the seal is broken
  CHECK(code_of(materialise(entries, root, provider, options)) == "digest_mismatch");
  CHECK_FALSE(fs::exists(target / "a"));
}

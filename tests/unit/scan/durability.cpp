/// What is flushed to disk when files are placed, and in which order.

#include <waybill/scan/materialise.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "installing.hpp"
#include "support/system_calls.hpp"

using namespace waybill;
using waybill_test::code_of;
using waybill_test::dataset_provider;
using waybill_test::entries_of;
using waybill_test::entry_of;
using waybill_test::files;
using waybill_test::install;
using waybill_test::syncing;
using waybill_test::syncs;
using waybill_test::write_file;
namespace fs = std::filesystem;

namespace {

using paths = std::vector<std::string>;

result<void> put(root_directory const& root, std::string_view key, durability when) {
  auto file = root.create();
  if (!file) return file.error();
  if (auto r = file_sink{file->fd(), "test"}.write(as_bytes("bytes")); !r) return r;
  return std::move(*file).commit(key, when);
}

}  // namespace

TEST_CASE("a file that must last is flushed before it has its name and its directories after they changed") {
  waybill_test::temporary_directory const dir;
  auto const root = root_directory::open(dir.path().string(), false).value();
  auto const top = root.path();
  syncs.take();
  REQUIRE(code_of(put(root, "a/b/x", durability::each)) == "ok");
  CHECK(syncs.take() == paths{"unnamed", top, top + "/a", top + "/a/b"});
  REQUIRE(code_of(put(root, "a/b/y", durability::each)) == "ok");
  CHECK(syncs.take() == paths{"unnamed", top + "/a/b"});
  auto file = root.create().value();
  REQUIRE(code_of(std::move(file).commit_new("z", durability::each)) == "ok");
  CHECK(syncs.take() == paths{"unnamed", top});
  REQUIRE(code_of(root.link(top + "/z", "c/z", durability::each)) == "ok");
  CHECK(syncs.take() == paths{top, top + "/c"});
}

TEST_CASE("files that are flushed together are not flushed one by one") {
  waybill_test::temporary_directory const dir;
  auto const root = root_directory::open(dir.path().string(), false).value();
  syncs.take();
  for (auto const when : {durability::none, durability::batch}) {
    REQUIRE(code_of(put(root, "a/b/x", when)) == "ok");
    REQUIRE(code_of(root.link(root.path() + "/a/b/x", "c/x", when)) == "ok");
  }
  CHECK(syncs.take().empty());
  REQUIRE(code_of(root.sync()) == "ok");
  CHECK(syncs.take() == paths{"all"});
}

TEST_CASE("an installation is flushed as it was asked for") {
  files const two{{"a", "1"}, {"d/b", "2"}};
  for (auto const mode : {placement_mode::copy, placement_mode::hard_link}) {
    waybill_test::temporary_directory const dir, store;
    dataset_provider contents{two, store.path()};
    materialise_options options;
    options.mode = mode;
    auto const flushed = [&](durability when) {
      fs::remove_all(dir / "t");
      options.durable = when;
      syncs.take();
      REQUIRE(code_of(install(entries_of(two), dir / "t", contents, options, {1, {}, {}})) == "ok");
      return syncs.take();
    };
    CHECK(flushed(durability::none).empty());
    CHECK(flushed(durability::batch) == paths{"all"});
    auto const each = flushed(durability::each);
    auto const top = fs::canonical(dir / "t").string();
    CHECK(std::ranges::count(each, top + "/d") == 1);
    CHECK(std::ranges::count(each, top) == 2);  // for `a`, and for `d`
    CHECK(std::ranges::count(each, "unnamed") == (mode == placement_mode::copy ? 2 : 0));
    // Nothing new: nothing to flush.
    options.durable = durability::batch;
    syncs.take();
    REQUIRE(code_of(install(entries_of(two), dir / "t", contents, options)) == "ok");
    CHECK(syncs.take().empty());
  }
}

TEST_CASE("files of colliding names are flushed like others") {
  waybill_test::temporary_directory const dir;
  files const both{{"A.txt", "1"}, {"a.txt", "2"}};
  dataset_provider contents{both};
  materialise_options options;
  options.durable = durability::each;
  syncs.take();
  REQUIRE(code_of(install(entries_of(both), dir.path(), contents, options)) == "ok");
  CHECK(std::ranges::count(syncs.take(), "unnamed") == 2);
}

TEST_CASE("shared blocks are checked as copied bytes are") {
  waybill_test::temporary_directory const dir, store;
  auto const good = waybill_test::vector_bytes(2'000'000, 1);
  auto bad = good;
  bad[1'500'000] ^= 1;
  dataset_provider contents{{{"bad", bad}, {"good", good}}, store.path()};
  waybill_test::blocks_can_be_shared = true;
  auto const wrong = install(entries_of({{"bad", good}}), dir.path(), contents);
  auto const right = install(entries_of({{"good", good}}), dir.path(), contents);
  waybill_test::blocks_can_be_shared = false;
  CHECK(code_of(wrong) == "digest_mismatch");
  CHECK(code_of(right) == "ok");
  CHECK(waybill_test::placed(dir.path()) == waybill_test::tree{{"good", good}});
}

TEST_CASE("what was cloned is what is checked and not the file it came from") {
  // The source is put right again between the clone and the check: the clone still has the wrong bytes.
  waybill_test::temporary_directory const dir, store;
  auto const good = waybill_test::vector_bytes(2'000'000, 1);
  auto bad = good;
  bad[1'500'000] ^= 1;
  dataset_provider contents{{{"k", bad}}, store.path()};
  job_control const control{1, [&](progress const&) { write_file(store / "k", good); }, {}};
  waybill_test::blocks_can_be_shared = true;
  auto const r = install(entries_of({{"k", good}}), dir.path(), contents, {}, control);
  waybill_test::blocks_can_be_shared = false;
  CHECK(code_of(r) == "digest_mismatch");
  CHECK(waybill_test::placed(dir.path()).empty());
}

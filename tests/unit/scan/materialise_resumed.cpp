/// Large contents that were stopped in the middle are gone on with.

#include <waybill/scan/materialise.hpp>
#include <waybill/scan/partial.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "installing.hpp"

using namespace waybill;
using waybill_test::breaking;
using waybill_test::code_of;
using waybill_test::dataset_provider;
using waybill_test::entries_of;
using waybill_test::files;
using waybill_test::install;
using waybill_test::placed;
using waybill_test::temporary_directory;
using waybill_test::tree_of;
using waybill_test::write_file;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t large = std::size_t{9} << 20;
constexpr std::size_t reached = std::size_t{5} << 20;

/// A content of which a run got the first part.
struct interrupted {
  interrupted() {
    options.partials = &partials;
    contents.around = [](entry const&, std::unique_ptr<byte_source> s) -> result<std::unique_ptr<byte_source>> {
      return std::make_unique<breaking>(std::move(s), reached);
    };
    REQUIRE(code_of(again()) == "temporary");
    REQUIRE(fs::file_size(partial()) == reached);
    CHECK(placed(dir / "target").empty());
    contents.around = nullptr;
    contents.opened = 0;
    contents.parts = true;
  }
  result<materialise_report> again() {
    return install(entries_of(dataset), dir / "target", contents, options, {1, {}, {}});
  }
  [[nodiscard]] fs::path partial() const { return fs::directory_iterator{dir / "partial"}->path(); }
  void check_done() const {
    CHECK((placed(dir / "target") == tree_of(dataset)));
    CHECK(fs::is_empty(dir / "partial"));
    CHECK(fs::hard_link_count(dir / "target/a") == 1);
  }

  temporary_directory dir;
  files dataset{{"a", waybill_test::vector_bytes(large, 7)}};
  dataset_provider contents{dataset};
  partial_files partials = partial_files::open((dir / "partial").string(), 0).value();
  materialise_options options;
};

}  // namespace

TEST_CASE("a content that broke off is asked for from there on") {
  interrupted run;
  if (GENERATE(true, false)) write_file(run.dir / "target/a", "something older");
  REQUIRE(code_of(run.again()) == "ok");
  CHECK(run.contents.opened == 0);
  CHECK(run.contents.offsets == std::vector<std::uint64_t>{reached});
  run.check_done();
}

TEST_CASE("a content that is there whole is not asked for") {
  interrupted run;
  write_file(run.partial(), run.dataset.at("a"));
  REQUIRE(code_of(run.again()) == "ok");
  CHECK(run.contents.opened == 0);
  CHECK(run.contents.offsets.empty());
  run.check_done();
}

TEST_CASE("what turns out wrong is thrown away and fetched from the start") {
  interrupted run;
  auto const wrong = GENERATE(std::size_t{3} << 20, large, large + 1);
  write_file(run.partial(), std::string(wrong, 'x'));
  REQUIRE(code_of(run.again()) == "ok");
  CHECK(run.contents.opened == 1);
  run.check_done();
}

TEST_CASE("a place that gives whole contents only is asked from the start") {
  interrupted run;
  run.contents.parts = false;
  REQUIRE(code_of(run.again()) == "ok");
  CHECK(run.contents.opened == 1);
  run.check_done();
}

TEST_CASE("wrong bytes never get the name and leave nothing to go on with") {
  interrupted run;
  auto entries = entries_of(run.dataset);
  entries.front().digests = entries_of({{"a", "other"}}).front().digests;
  auto const r = install(entries, run.dir / "other", run.contents, run.options, {1, {}, {}});
  CHECK(code_of(r) == "digest_mismatch");
  CHECK(placed(run.dir / "other").empty());
  CHECK(std::distance(fs::directory_iterator{run.dir / "partial"}, {}) == 1);  // that of the other content
}

TEST_CASE("a content somebody else fetches and a small one are fetched without a file of that kind") {
  interrupted run;
  auto const held = run.partials.take(*entries_of(run.dataset).front().digests.strongest(), large);
  REQUIRE(held);
  REQUIRE(code_of(run.again()) == "ok");
  CHECK(run.contents.opened == 1);
  CHECK((placed(run.dir / "target") == tree_of(run.dataset)));
  CHECK(held->size().value() == reached);
  files const small{{"s", std::string(1000, 's')}};
  dataset_provider few{small};
  few.around = [&](entry const&, std::unique_ptr<byte_source> s) -> result<std::unique_ptr<byte_source>> {
    CHECK(std::distance(fs::directory_iterator{run.dir / "partial"}, {}) == 1);
    return s;
  };
  REQUIRE(code_of(install(entries_of(small), run.dir / "small", few, run.options, {1, {}, {}})) == "ok");
}

TEST_CASE("a content is copied where another file system waits for it") {
  fs::path const far = "/dev/shm/waybill-test-resumed-" + std::to_string(::getpid());
  struct stat here{}, there{};
  if (::stat("/dev/shm", &there) != 0 || ::stat(fs::temp_directory_path().c_str(), &here) != 0 ||
      here.st_dev == there.st_dev)
    WAYBILL_SKIP("one file system only");
  interrupted run;
  fs::create_directories(far);
  auto const r = install(entries_of(run.dataset), far, run.contents, run.options, {1, {}, {}});
  auto const got = placed(far);
  fs::remove_all(far);
  REQUIRE(code_of(r) == "ok");
  CHECK((got == tree_of(run.dataset)));
  CHECK(fs::is_empty(run.dir / "partial"));
}

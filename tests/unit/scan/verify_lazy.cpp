/// Verifying a directory in which placeholders stand.
#include <waybill/scan/verify.hpp>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "placing.hpp"
#include "samples.hpp"

using namespace waybill;
using waybill_test::code_of;
using waybill_test::entries_of;
using waybill_test::entry_of;
using waybill_test::write_file;

namespace {

std::string const version = "ns/data@" + std::string(64, 'a');
waybill_test::files const dataset{{"a.txt", "alpha"}, {"d/b", "beta"}, {"d/e/c", ""}, {"z", "omega"}};

manifest manifest_of(std::vector<entry> entries) { return manifest::create({}, std::move(entries)).value(); }

/// A directory with a placeholder for every entry.
struct lazy_directory {
  explicit lazy_directory(manifest m) : installed{std::move(m)} {
    for (auto const& e : installed.entries()) write_file(dir / e.key.str(), placeholder_text(e, version));
  }
  lazy_verification verify(manifest const& against, scan_options options = {}) const {
    auto found =
        verify_lazy_directory(dir.path().string(), against, {installed.entries(), version}, std::move(options));
    REQUIRE(code_of(found) == "ok");
    return std::move(*found);
  }

  waybill_test::temporary_directory dir;
  manifest installed;
};

using rows = std::vector<std::pair<std::string, std::string>>;

rows kinds(lazy_verification const& found) {
  rows out;
  for (auto const& d : found.differences) out.emplace_back(d.key, name_of(d.kind));
  return out;
}

}  // namespace

TEST_CASE("placeholders are counted and are no differences from the manifest they stand for") {
  lazy_directory const lazy{manifest_of(entries_of(dataset))};
  CHECK(kinds(lazy.verify(lazy.installed)).empty());
  CHECK(lazy.verify(lazy.installed).placeholders == 4);
  write_file(lazy.dir / "a.txt", "alpha");
  write_file(lazy.dir / "d/e/c", "");
  CHECK(kinds(lazy.verify(lazy.installed)).empty());
  CHECK(lazy.verify(lazy.installed).placeholders == 2);
}

TEST_CASE("a placeholder that was changed or copied elsewhere is a difference") {
  lazy_directory const lazy{manifest_of(entries_of(dataset))};
  auto const text = waybill_test::read_file(lazy.dir / "a.txt");
  write_file(lazy.dir / "a.txt", text + "more");
  write_file(lazy.dir / "d/b", text);
  write_file(lazy.dir / "copy", text);
  write_file(lazy.dir / "z", "OMEGA");
  auto const found = lazy.verify(lazy.installed);
  CHECK(kinds(found) == rows{{"a.txt", "size"}, {"copy", "extra"}, {"d/b", "size"}, {"z", "content"}});
  CHECK_THAT(found.differences[0].detail, Catch::Contains("looks like a placeholder"));
  CHECK_THAT(found.differences[2].detail, Catch::Contains("looks like a placeholder"));
  CHECK(found.placeholders == 1);
}

TEST_CASE("a placeholder of another version's entry differs where that entry does") {
  lazy_directory const lazy{manifest_of(entries_of(dataset))};
  auto const other = manifest_of(entries_of({{"a.txt", "ALPHA"}, {"d/b", "longer"}, {"d/e/c", ""}, {"gone", "x"}}));
  auto const found = lazy.verify(other);
  CHECK(kinds(found) == rows{{"a.txt", "content"}, {"d/b", "size"}, {"gone", "missing"}, {"z", "extra"}});
  CHECK(found.placeholders == 1);
  auto const foreign = manifest_of(entries_of(dataset, {algorithms::crc64nvme}));
  CHECK(kinds(lazy.verify(foreign)).front() == std::pair<std::string, std::string>{"a.txt", "unknown"});
}

TEST_CASE("an entry as large as its placeholder is told from it by its bytes") {
  std::string bytes(300, 'x');
  auto const length = placeholder_text(entry_of("k", bytes), version).size();
  bytes.resize(length);
  auto const m = manifest_of({entry_of("k", bytes)});
  REQUIRE(placeholder_text(m.entries()[0], version).size() == length);
  lazy_directory const lazy{m};
  CHECK(lazy.verify(m).placeholders == 1);
  CHECK(kinds(lazy.verify(m)).empty());
  write_file(lazy.dir / "k", bytes);
  CHECK(lazy.verify(m).placeholders == 0);
  CHECK(kinds(lazy.verify(m)).empty());
  bytes[7] = 'y';
  write_file(lazy.dir / "k", bytes);
  CHECK(kinds(lazy.verify(m)) == rows{{"k", "content"}});
}

TEST_CASE("without a lazy installation a placeholder is a file like any other") {
  lazy_directory const lazy{manifest_of(entries_of(dataset))};
  CHECK(verify_directory(lazy.dir.path().string(), lazy.installed).value().size() == 4);
}

#include <waybill/scan/verify.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "placing.hpp"
#include "samples.hpp"

using namespace waybill;
using waybill_test::code_of;
using waybill_test::entry_of;
using waybill_test::write_file;
namespace fs = std::filesystem;

namespace {

manifest manifest_of(std::vector<entry> entries) { return manifest::create({}, std::move(entries)).value(); }

using rows = std::vector<std::pair<std::string, std::string>>;

/// Keys with the word of their difference.
rows verify(fs::path const& dir, manifest const& m, scan_options options = {}) {
  rows out;
  auto const found = verify_directory(dir.string(), m, std::move(options));
  REQUIRE(code_of(found) == "ok");
  for (auto const& d : *found) {
    CHECK_FALSE(d.detail.empty());
    out.emplace_back(d.key, name_of(d.kind));
  }
  return out;
}

waybill_test::files const dataset{{"a.txt", "alpha"}, {"d/b", "beta"}, {"d/e/c", ""}, {"z", "omega"}};

void lay_out(fs::path const& dir) {
  for (auto const& [key, bytes] : dataset) write_file(dir / key, bytes);
}

}  // namespace

TEST_CASE("a directory that holds what the manifest says has no differences") {
  for (auto const a :
       {algorithm{algorithms::sha2_256_chunked}, algorithm{algorithms::sha256}, algorithm{algorithms::crc64nvme}}) {
    INFO(a.name());
    waybill_test::temporary_directory const dir;
    lay_out(dir.path());
    CHECK(verify(dir.path(), manifest_of(waybill_test::entries_of(dataset, {a}))).empty());
  }
}

TEST_CASE("every difference is told with its reason, in walk order, and none stops the others") {
  waybill_test::temporary_directory const dir;
  lay_out(dir.path());
  auto const m = manifest_of(waybill_test::entries_of(
      {{"a.txt", "alpha"}, {"d/b", "beta"}, {"d/e/c", ""}, {"gone", "x"}, {"sub/gone", "y"}, {"z", "omega"}}));
  write_file(dir / "a.txt", "ALPHA");  // equal size: security row 12
  write_file(dir / "d/b", "longer");
  write_file(dir / "d-new", "n");
  write_file(dir / "zz/new", "n");
  CHECK(verify(dir.path(), m) == rows{{"a.txt", "content"},
                                      {"d/b", "size"},
                                      {"d-new", "extra"},
                                      {"gone", "missing"},
                                      {"sub/gone", "missing"},
                                      {"zz/new", "extra"}});
}

TEST_CASE("sizes and digests of both sides are in the sentence") {
  waybill_test::temporary_directory const dir;
  write_file(dir / "a", "12345");
  write_file(dir / "b", "x");
  auto const found =
      verify_directory(dir.path().string(), manifest_of({entry_of("a", "123"), entry_of("b", "y")})).value();
  REQUIRE(found.size() == 2);
  CHECK_THAT(found[0].detail, waybill_test::contains("3 bytes") && waybill_test::contains("found 5"));
  CHECK_THAT(found[1].detail, waybill_test::contains(waybill_test::digest_of(algorithms::sha256, "x").hex()) &&
                                  waybill_test::contains(waybill_test::digest_of(algorithms::sha256, "y").hex()));
}

TEST_CASE("what stands where a file should be is named as no file") {
  waybill_test::temporary_directory const dir, outside;
  write_file(outside / "x", "bytes");
  fs::create_directories(dir / "directory/inner");
  fs::create_directories(dir / "empty");
  write_file(dir / "file", "f");
  fs::create_symlink("nowhere", dir / "broken");
  fs::create_directory_symlink(outside.path(), dir / "lnk");
  REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
  auto const m = manifest_of(waybill_test::entries_of(
      {{"broken", "b"}, {"directory", "d"}, {"empty", "e"}, {"file/below", "b"}, {"lnk/x", "bytes"}, {"pipe", "p"}}));
  CHECK(verify(dir.path(), m) == rows{{"broken", "not_a_file"},
                                      {"directory", "not_a_file"},
                                      {"empty", "not_a_file"},
                                      {"file", "extra"},
                                      {"file/below", "not_a_file"},
                                      {"lnk/x", "not_a_file"},
                                      {"pipe", "not_a_file"}});
}

TEST_CASE("an entry without a digest that can be computed is unknown, not right") {
  waybill_test::temporary_directory const dir;
  write_file(dir / "k", "bytes");
  write_file(dir / "other-size", "bytes");
  auto const foreign = [](std::string key, std::uint64_t size) {
    entry e{logical_key::trusted(std::move(key)), size, {}, nullptr, {}, json::object{}};
    e.foreign_hash = json::object{{"type", "blake9"}, {"value", "abc"}};
    return e;
  };
  CHECK(verify(dir.path(), manifest_of({foreign("k", 5), foreign("other-size", 6)})) ==
        rows{{"k", "unknown"}, {"other-size", "size"}});
}

TEST_CASE("each entry is held against its own algorithm") {
  waybill_test::temporary_directory const dir;
  write_file(dir / "a", "1");
  write_file(dir / "b", "2");
  write_file(dir / "c", "3");
  CHECK(verify(dir.path(), manifest_of({entry_of("a", "1", {algorithms::crc64nvme}),
                                        entry_of("b", "2", {algorithms::sha2_256_chunked}),
                                        entry_of("c", "x", {algorithms::sha256, algorithms::sha1})})) ==
        rows{{"c", "content"}});
}

TEST_CASE("files that the tree ignores are no extras, but are verified where the manifest names them") {
  waybill_test::temporary_directory const dir;
  write_file(dir / ".quiltignore", "*.tmp\n");
  write_file(dir / "scratch.tmp", "s");
  write_file(dir / "named.tmp", "n");
  write_file(dir / ".waybill/state", "w");
  CHECK(verify(dir.path(), manifest_of(waybill_test::entries_of({{".quiltignore", "*.tmp\n"}, {"named.tmp", "n"}})))
            .empty());
  CHECK(verify(dir.path(), manifest_of(waybill_test::entries_of({{".quiltignore", "*.tmp\n"}, {"named.tmp", "m"}}))) ==
        rows{{"named.tmp", "content"}});
}

TEST_CASE("links are treated as the scan is told to treat them") {
  waybill_test::temporary_directory const dir, outside;
  write_file(outside / "target", "bytes");
  fs::create_symlink(outside / "target", dir / "k");
  auto const m = manifest_of({entry_of("k", "bytes")});
  CHECK(verify(dir.path(), m).empty());
  scan_options skip;
  skip.symlinks = symlink_policy::skip;
  CHECK(verify(dir.path(), m, skip) == rows{{"k", "not_a_file"}});
  scan_options inside;
  inside.symlinks = symlink_policy::inside_only;
  CHECK(code_of(verify_directory(dir.path().string(), m, inside)) == "unsafe_path");
  CHECK(verify(dir.path(), manifest_of({entry_of("k", "BYTES")})) == rows{{"k", "content"}});
}

TEST_CASE("large files in parts are verified like small ones") {
  waybill_test::temporary_directory const dir;
  std::string const bytes(std::size_t{65} << 20, 'x');
  write_file(dir / "large", bytes);
  auto const m = manifest_of({entry_of("large", bytes, {algorithms::sha2_256_chunked})});
  CHECK(verify(dir.path(), m).empty());
  {
    std::fstream file{dir / "large", std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(40'000'000);
    file.put('y');
  }
  CHECK(verify(dir.path(), m) == rows{{"large", "content"}});
}

TEST_CASE("a trusted cache spares reading") {
  waybill_test::temporary_directory const dir, elsewhere;
  write_file(dir / "k", "bytes");
  auto const root = root_directory::open(dir.path().string(), false).value();
  auto const state = *root.state("k").value();
  std::vector<algorithm> const algorithms{algorithms::sha256};
  stat_cache_writer writer{root.path(), algorithms};
  writer.add("k", state, entry_of("k", "OTHER").digests);  // a lie, so that who is asked can be told
  REQUIRE(code_of(std::move(writer).save((elsewhere / "c").string(), state.changed_ns + 10'000'000'000)) == "ok");
  auto const cache = stat_cache::load((elsewhere / "c").string(), root.path(), algorithms);
  scan_options options;
  options.cache = &cache;
  CHECK(verify(dir.path(), manifest_of({entry_of("k", "OTHER")}), options).empty());
  CHECK(verify(dir.path(), manifest_of({entry_of("k", "bytes")}), options) == rows{{"k", "content"}});
  CHECK(verify(dir.path(), manifest_of({entry_of("k", "bytes")})).empty());
}

TEST_CASE("a missing directory is an error, an empty one lacks everything") {
  waybill_test::temporary_directory const dir;
  auto const m = manifest_of(waybill_test::entries_of(dataset));
  CHECK(code_of(verify_directory((dir / "none").string(), m)) == "file_not_found");
  CHECK(verify(dir.path(), m).size() == dataset.size());
  CHECK(verify(dir.path(), manifest_of({})).empty());
}

TEST_CASE("verification stops when it is told to") {
  waybill_test::temporary_directory const dir;
  lay_out(dir.path());
  std::stop_source stop;
  stop.request_stop();
  CHECK(code_of(verify_directory(dir.path().string(), manifest_of(waybill_test::entries_of(dataset)), {},
                                 {1, {}, stop.get_token()})) == "interrupted");
  // Also where there are names to look at only.
  CHECK(code_of(verify_directory(dir.path().string(), manifest_of({}), {}, {1, {}, stop.get_token()})) ==
        "interrupted");
}

TEST_CASE("a file that changes while a directory is verified is an error and no verdict") {
  auto const in_parts = GENERATE(false, true);
  waybill_test::temporary_directory const dir;
  std::string const bytes(in_parts ? std::size_t{65} << 20 : 100, 'x');
  for (auto const* key : {"a", "b"}) write_file(dir / key, bytes);
  auto const e = entry_of("a", bytes, {algorithms::sha2_256_chunked});
  auto other = e;
  other.key = logical_key::trusted("b");
  // When the first file is done the second is touched: the same bytes, but nobody can know.
  job_control const control{1, [&](progress const&) { waybill_test::set_mtime(dir / "b", 1'000'000'000); }, {}};
  auto const r = verify_directory(dir.path().string(), manifest_of({e, other}), {}, control);
  REQUIRE(code_of(r) == "source_changed");
  CHECK_THAT(r.error().path, waybill_test::contains("b"));
}

TEST_CASE("a file that vanishes while a directory is verified is an error") {
  waybill_test::temporary_directory const dir;
  for (auto const* key : {"a", "b"}) write_file(dir / key, "x");
  job_control const control{1, [&](progress const&) { fs::remove(dir / "b"); }, {}};
  CHECK(code_of(verify_directory(dir.path().string(), manifest_of({entry_of("a", "x"), entry_of("b", "x")}), {},
                                 control)) == "file_not_found");
}

TEST_CASE("many workers report every wrong file once") {
  waybill_test::temporary_directory const dir;
  std::vector<entry> entries;
  for (int i = 1000; i < 3000; ++i) {
    write_file(dir / std::to_string(i), "x");
    entries.push_back(entry_of(std::to_string(i), "y"));
  }
  auto const found = verify_directory(dir.path().string(), manifest_of(entries), {}, {8, {}, {}}).value();
  REQUIRE(found.size() == entries.size());
  for (std::size_t i = 0; i < found.size(); ++i) REQUIRE(found[i].key == entries[i].key.str());
}

TEST_CASE("progress of a verification ends with everything done") {
  waybill_test::temporary_directory const dir;
  lay_out(dir.path());
  progress last;
  auto const m = manifest_of(waybill_test::entries_of(dataset));
  REQUIRE(code_of(verify_directory(dir.path().string(), m, {}, {2, [&](progress const& p) { last = p; }, {}})) == "ok");
  CHECK(last.stage == "verify");
  CHECK(last.files_done == 4);
  CHECK(last.files_total == 4);
  CHECK(last.bytes_done == 14);
  CHECK(last.bytes_total == 14);
}

TEST_CASE("what cannot be looked at or read is an error and not a difference") {
  waybill_test::temporary_directory const dir;
  fs::permissions(dir.path(), fs::perms{0755});
  write_file(dir / "m", "m");
  SECTION("reading fails") {
    fs::create_symlink("/proc/self/mem", dir / "k");  // empty to look at, and an error to read
    auto const r = verify_directory(dir.path().string(), manifest_of({entry_of("k", ""), entry_of("m", "m")}));
    REQUIRE_FALSE(r.has_value());
    CHECK(r.error().code.category() == boost::system::system_category());
  }
  SECTION("a directory the tree ignores may not be entered") {
    write_file(dir / ".quiltignore", "a/\nz/\n");
    auto const key = GENERATE(as<std::string>{}, "a/x", "z/x");  // before and after what the scan finds
    write_file(dir / key, "x");
    auto const parent = (dir / key).parent_path();
    fs::permissions(parent, fs::perms::none);
    {
      waybill_test::without_privileges const now;
      if (!now.ok()) WAYBILL_SKIP("root's rights cannot be given up here");
      auto const r = verify_directory(dir.path().string(), manifest_of({entry_of(key, "x")}));
      REQUIRE_FALSE(r.has_value());
      CHECK(r.error().code == condition::denied);
    }
    fs::permissions(parent, fs::perms{0755});
  }
}

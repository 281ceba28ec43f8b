#include <waybill/scan/beneath.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "placing.hpp"

// In this file the body is needed for its insides, whichever way the kit is built.
#include <waybill/impl/scan/beneath.ipp>

using namespace waybill;
using waybill_test::code_of;
namespace fs = std::filesystem;

namespace {

/// The ways a root can work; each test of placing runs with all of them.
struct way {
  char const* name;
  bool openat2, unnamed, empty_path;
};
constexpr way ways[] = {{"all the kernel has", true, true, true},
                        {"no openat2", false, true, true},
                        {"no AT_EMPTY_PATH", true, true, false},
                        {"no O_TMPFILE", true, false, true},
                        {"none", false, false, false}};

root_directory open_root(fs::path const& path, way const& w) {
  auto root = root_directory::open(path.string(), true).value();
  auto& s = detail::root_access::of(root);
  s.resolver.has_openat2 = w.openat2;
  s.unnamed_files = w.unnamed;
  s.namer.empty_path = w.empty_path;
  return root;
}

result<void> put(root_directory const& root, std::string_view key, std::string_view bytes,
                 durability when = durability::batch) {
  auto file = root.create();
  if (!file) return file.error();
  if (auto r = file_sink{file->fd(), "test"}.write(as_bytes(bytes)); !r) return r;
  return std::move(*file).commit(key, when);
}

using tree = std::map<std::string, std::string>;

}  // namespace

TEST_CASE("a file appears under its name with all its bytes, or not at all") {
  for (auto const& w : ways) {
    INFO(w.name);
    waybill_test::temporary_directory const dir;
    auto const root = open_root(dir.path(), w);
    {
      auto file = root.create();
      REQUIRE(code_of(file) == "ok");
      REQUIRE(code_of(file_sink{file->fd(), "test"}.write(as_bytes("half"))) == "ok");
      auto const seen = waybill_test::snapshot(dir.path());
      CHECK(std::ranges::all_of(seen, [](auto const& f) { return f.first.starts_with(".waybill/tmp"); }));
    }  // given up: nothing is left
    CHECK(waybill_test::placed(dir.path()).empty());
    for (auto const when : {durability::none, durability::batch, durability::each}) {
      auto const key = "a/b/" + std::to_string(static_cast<int>(when));
      CHECK(code_of(put(root, key, "first", when)) == "ok");
      CHECK(waybill_test::read_file(dir / key) == "first");
      CHECK(code_of(put(root, key, "second", when)) == "ok");
      CHECK(waybill_test::read_file(dir / key) == "second");
    }
    CHECK(code_of(root.sync()) == "ok");
    CHECK(waybill_test::placed(dir.path()).size() == 3);
  }
}

TEST_CASE("commit_new does not replace") {
  for (auto const& w : ways) {
    INFO(w.name);
    waybill_test::temporary_directory const dir;
    auto const root = open_root(dir.path(), w);
    REQUIRE(code_of(std::move(root.create().value()).commit_new("x", durability::batch)) == "ok");
    auto file = root.create().value();
    REQUIRE(code_of(file_sink{file.fd(), "test"}.write(as_bytes("new"))) == "ok");
    CHECK(code_of(std::move(file).commit_new("x", durability::batch)) == "collision");
    CHECK(waybill_test::placed(dir.path()) == tree{{"x", ""}});
  }
}

TEST_CASE("nothing is written through a link or over anything but a file") {
  for (auto const& w : ways) {
    INFO(w.name);
    waybill_test::temporary_directory const dir, outside, store;
    waybill_test::write_file(outside / "victim", "old");
    waybill_test::write_file(store / "object", "new");
    fs::create_directory_symlink(outside.path(), dir / "lnk");
    fs::create_symlink(outside / "victim", dir / "file-link");
    fs::create_symlink(outside / "fresh", dir / "dangling");
    fs::create_directories(dir / "full/x");
    fs::create_directory(dir / "empty");
    waybill_test::write_file(dir / "file", "f");
    REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
    auto const before = waybill_test::snapshot(outside.path());
    auto const root = open_root(dir.path(), w);

    for (auto const* key :
         {"lnk/victim", "lnk/new", "lnk/d/new", "file-link", "dangling", "full", "empty", "file/below", "pipe"}) {
      INFO(key);
      CHECK(code_of(put(root, key, "bytes")) == "unsafe_path");
      CHECK(code_of(root.link((store / "object").string(), key)) == "unsafe_path");
      CHECK(code_of(root.state(key)) == "unsafe_path");
      if (std::string_view{key} != "lnk/d/new") CHECK(code_of(root.open_file(key)) == "unsafe_path");
    }
    for (auto const* key : {"../x", "/tmp/x", "a/../../x", "", "..", "full/..", "."}) {
      INFO(key);
      CHECK(code_of(put(root, key, "bytes")) == "unsafe_key");
      CHECK(code_of(root.link((store / "object").string(), key)) == "unsafe_key");
      CHECK(code_of(root.state(key)) == "unsafe_key");
      CHECK(code_of(root.open_file(key)) == "unsafe_key");
      CHECK(code_of(root.remove_file(key)) == "unsafe_key");
    }
    CHECK(code_of(root.remove_file("lnk/victim")) == "unsafe_path");
    CHECK(code_of(root.make_directories("lnk/new")) == "unsafe_path");
    CHECK(waybill_test::snapshot(outside.path()) == before);
    CHECK(fs::is_symlink(dir / "file-link"));
    CHECK(waybill_test::read_file(dir / "file") == "f");
  }
}

TEST_CASE("a staging directory that is a link is not written through") {
  for (auto const& w : ways) {
    INFO(w.name);
    waybill_test::temporary_directory const dir, outside;
    fs::create_directory(dir / ".waybill");
    fs::create_directory_symlink(outside.path(), dir / ".waybill/tmp");
    auto const root = open_root(dir.path(), w);
    if (w.unnamed) {
      CHECK(code_of(put(root, "x", "first")) == "ok");            // needs no staging
      CHECK(code_of(put(root, "x", "second")) == "unsafe_path");  // a replacement does
    } else {
      CHECK(code_of(put(root, "x", "first")) == "unsafe_path");
    }
    CHECK(fs::is_empty(outside.path()));
  }
}

TEST_CASE("the state of a key is a file's, or nothing") {
  waybill_test::temporary_directory const dir;
  auto const root = root_directory::open(dir.path().string(), false).value();
  CHECK_FALSE(root.state("a").value().has_value());
  CHECK_FALSE(root.state("a/b").value().has_value());
  waybill_test::write_file(dir / "a", "12345");
  auto const state = root.state("a").value();
  REQUIRE(state);
  CHECK(state->size == 5);
  auto const file = root.open_file("a").value();
  CHECK(*state == state_of(file.fd.get(), "a").value());
  CHECK(*state == file.state);
  CHECK(file.path == root.path() + "/a");
  CHECK(code_of(root.open_file("b")) == "file_not_found");
}

TEST_CASE("a root is made with its parents where that is asked for") {
  waybill_test::temporary_directory const dir;
  CHECK(code_of(root_directory::open((dir / "a/b").string(), false)) == "file_not_found");
  auto const root = root_directory::open((dir / "a/b").string(), true);
  REQUIRE(root.has_value());
  CHECK(fs::is_directory(dir / "a/b"));
  CHECK(root->path() == fs::canonical(dir / "a/b").string());
  waybill_test::write_file(dir / "file", "");
  CHECK_FALSE(root_directory::open((dir / "file").string(), true).has_value());
}

TEST_CASE("removing a file removes directories that became empty, never the root") {
  for (auto const& w : ways) {
    waybill_test::temporary_directory const dir;
    auto const root = open_root(dir.path(), w);
    for (auto const* key : {"a/b/c/x", "a/y", "z"}) REQUIRE(code_of(put(root, key, "")) == "ok");
    CHECK(code_of(root.remove_file("a/b/c/x")) == "ok");
    CHECK(waybill_test::placed(dir.path()) == tree{{"a/y", ""}, {"z", ""}});
    CHECK(code_of(root.remove_file("a/y")) == "ok");
    CHECK(code_of(root.remove_file("a/y")) == "ok");  // nothing there: done
    CHECK(code_of(root.remove_file("z")) == "ok");
    CHECK(fs::is_directory(dir.path()));
    CHECK(waybill_test::placed(dir.path()).empty());
    fs::create_directory(dir / "d");
    CHECK(code_of(root.remove_file("d")) == "unsafe_path");
    fs::create_symlink("/etc/passwd", dir / "l");
    CHECK(code_of(root.remove_file("l")) == "ok");
    CHECK_FALSE(fs::is_symlink(dir / "l"));
  }
}

TEST_CASE("only directories without files are removed as empty") {
  waybill_test::temporary_directory const dir;
  auto const root = root_directory::open(dir.path().string(), false).value();
  fs::create_directories(dir / "e/1/2");
  fs::create_directories(dir / "e/3");
  CHECK(code_of(root.remove_empty_directories("e")) == "ok");
  CHECK_FALSE(fs::exists(dir / "e"));
  waybill_test::write_file(dir / "f/1/x", "");
  fs::create_symlink("x", dir / "f/1/l");
  CHECK(code_of(root.remove_empty_directories("f")) == "unsafe_path");
  CHECK(fs::exists(dir / "f/1/x"));
  auto below = root.files_below("f").value();
  std::ranges::sort(below);
  CHECK(below == std::vector<std::string>{"f/1/l", "f/1/x"});
  CHECK(code_of(root.files_below("none")) == "file_not_found");
}

TEST_CASE("a hard link is the existing file itself") {
  for (auto const& w : ways) {
    INFO(w.name);
    waybill_test::temporary_directory const dir, store;
    waybill_test::write_file(store / "object", "bytes");
    waybill_test::write_file(store / "other", "other");
    auto const root = open_root(dir.path(), w);
    CHECK(code_of(root.link((store / "object").string(), "d/x", durability::each)) == "ok");
    CHECK(fs::equivalent(dir / "d/x", store / "object"));
    CHECK(code_of(root.link((store / "object").string(), "d/x")) == "ok");  // itself
    CHECK(fs::hard_link_count(store / "object") == 2);
    CHECK(code_of(root.link((store / "other").string(), "d/x")) == "ok");
    CHECK(fs::equivalent(dir / "d/x", store / "other"));
    CHECK(fs::hard_link_count(store / "object") == 1);
    CHECK(fs::hard_link_count(store / "other") == 2);
    CHECK(code_of(root.link((store / "none").string(), "d/y")) == "file_not_found");
    fs::create_symlink("/etc/passwd", store / "link");
    CHECK(code_of(root.link((store / "link").string(), "d/y")) == "unsafe_path");
    CHECK(code_of(root.link(store.path().string(), "d/y")) == "unsafe_path");
    CHECK(waybill_test::placed(dir.path()) == tree{{"d/x", "other"}});
  }
}

TEST_CASE("a link across file systems is unsupported") {
  if (!fs::is_directory("/dev/shm") || ::access("/dev/shm", W_OK) != 0)
    WAYBILL_SKIP("no second file system at /dev/shm");
  waybill_test::temporary_directory const dir;
  struct stat here{}, there{};
  REQUIRE((::stat(dir.path().c_str(), &here) == 0 && ::stat("/dev/shm", &there) == 0));
  if (here.st_dev == there.st_dev) WAYBILL_SKIP("/dev/shm is the same file system as the temporary directory");
  std::string const elsewhere = "/dev/shm/waybill-test-" + std::to_string(::getpid());
  waybill_test::write_file(elsewhere, "bytes");
  auto const root = root_directory::open(dir.path().string(), false).value();
  CHECK(code_of(root.link(elsewhere, "x")) == "unsupported");
  REQUIRE(code_of(put(root, "y", "old")) == "ok");
  CHECK(code_of(root.link(elsewhere, "y")) == "unsupported");  // also over an existing file
  fs::remove(elsewhere);
  CHECK(waybill_test::placed(dir.path()) == tree{{"y", "old"}});
}

TEST_CASE("stale staged files are removed, young ones stay") {
  waybill_test::temporary_directory const dir;
  auto const root = root_directory::open(dir.path().string(), false).value();
  CHECK(code_of(root.clear_stale_staging(0)) == "ok");  // there is none
  waybill_test::write_file(dir / ".waybill/tmp/left", "x");
  struct stat s{};
  REQUIRE(::stat((dir / ".waybill/tmp/left").c_str(), &s) == 0);
  std::int64_t const now = std::int64_t{s.st_ctim.tv_sec} * 1'000'000'000;
  CHECK(code_of(root.clear_stale_staging(now + 3'590'000'000'000)) == "ok");
  CHECK(fs::exists(dir / ".waybill/tmp/left"));
  CHECK(code_of(root.clear_stale_staging(now + 3'610'000'000'000)) == "ok");
  CHECK_FALSE(fs::exists(dir / ".waybill/tmp/left"));
}

TEST_CASE("a moved directory is not written to under its old name") {
  waybill_test::temporary_directory const dir;
  auto const root = root_directory::open(dir.path().string(), false).value();
  REQUIRE(code_of(put(root, "d/x", "1")) == "ok");
  fs::rename(dir / "d", dir / "moved");
  REQUIRE(code_of(put(root, "d/y", "2")) == "ok");
  CHECK(waybill_test::placed(dir.path()) == tree{{"moved/x", "1"}, {"d/y", "2"}});
}

TEST_CASE("many threads make files in common directories") {
  for (auto const& w : ways) {
    INFO(w.name);
    waybill_test::temporary_directory const dir;
    auto const root = open_root(dir.path(), w);
    std::atomic<int> failed{0};
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
          for (int i = 0; i < 50; ++i) {
            auto const key = "p" + std::to_string(i % 7) + "/q" + std::to_string(i % 3) + "/";
            failed += put(root, key + std::to_string(t) + "-" + std::to_string(i), "x") ? 0 : 1;
            failed += put(root, key + "shared", std::string(100, static_cast<char>('a' + t))) ? 0 : 1;
          }
        });
    }
    CHECK(failed == 0);
    auto const files = waybill_test::placed(dir.path());
    CHECK(files.size() == 200 + 21);
    for (auto const& [name, bytes] : files)
      if (name.ends_with("shared")) CHECK(bytes == std::string(100, bytes[0]));
  }
}

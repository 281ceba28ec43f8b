#include <waybill/store/directory.hpp>

#include <waybill/hash/openssl.hpp>
#include <waybill/scan/seal.hpp>
#include <waybill/store/verified.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract.hpp"
#include "factories.hpp"
#include "stores.hpp"

using namespace waybill;
using namespace waybill_test;

namespace fs = std::filesystem;

namespace {

mode_t mode_of(fs::path const& path) {
  struct stat s{};
  REQUIRE(::stat(path.c_str(), &s) == 0);
  return s.st_mode & 07777;
}

}  // namespace

TEST_CASE("a directory store keeps the contract", "[store]") {
  directory_factory make;
  store_contract(make);
}

TEST_CASE("a directory store needs its directory, or makes it") {
  temporary_directory home;
  auto const path = home / "a/b/c";
  auto const missing = directory_store::open_path(path.string(), false);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == errc::file_not_found);
  CHECK_THAT(missing.error().message(), contains(path.string()));
  REQUIRE(directory_store::open_path(path.string(), true));
  CHECK(fs::is_empty(path));
  CHECK(directory_store::open_path(path.string(), false));
  write_file(home / "file", "x");
  CHECK_FALSE(directory_store::open_path((home / "file").string(), true));
}

TEST_CASE("objects are plain files, and plain files are objects") {
  temporary_directory home;
  auto store = store_in(home.path());
  REQUIRE(put(store, "data/x.txt", "text"));
  CHECK(read_file(home / "data/x.txt") == "text");
  write_file(home / "theirs/y", "theirs");
  CHECK(get(store, "theirs/y").value() == "theirs");
  CHECK(keys_of(store) == std::vector<std::string>{"data/x.txt", "theirs/y"});
  CHECK(store.local_file("data/x.txt") == (fs::canonical(home.path()) / "data/x.txt").string());
  CHECK(store.url("data/x.txt") == physical_key::file((fs::canonical(home.path()) / "data/x.txt").string()));
}

TEST_CASE("URLs name the real path, even of a store that was reached through a link") {
  temporary_directory home;
  fs::create_directory(home / "real");
  fs::create_directory_symlink(home / "real", home / "link");
  auto store = store_in(home / "link");
  CHECK(store.url("k").url() == physical_key::file((fs::canonical(home / "real") / "k").string()).url());
}

TEST_CASE("a reference's file holds its text and nothing else") {
  temporary_directory home;
  auto store = store_in(home.path());
  REQUIRE(store.swap_ref(".quilt/named_packages/ns/name/latest", std::nullopt, "0123abcd"));
  CHECK(read_file(home / ".quilt/named_packages/ns/name/latest") == "0123abcd");
}

TEST_CASE("content-addressed objects cannot be written to by mistake") {
  temporary_directory home;
  auto const before = ::umask(022);
  auto store = store_in(home.path());
  auto const key = object_key(digest_of(algorithms::sha256, "text"));
  REQUIRE(put(store, key, "text"));
  REQUIRE(put(store, key, "text"));
  REQUIRE(put(store, "plain", "text"));
  ::umask(before);
  CHECK(mode_of(home / key) == 0444);
  CHECK(mode_of(home / "plain") == 0644);
}

TEST_CASE("a store makes no directories of its own before it needs them") {
  temporary_directory home;
  auto store = store_in(home / "s");
  REQUIRE(put(store, "a", "1"));
  REQUIRE(put(store, "b/c", "1"));
  REQUIRE(get(store, "a"));
  REQUIRE(store.read_ref("a"));
  CHECK_FALSE(fs::exists(home / "s/.waybill"));
}

TEST_CASE("the store's own files are no objects") {
  temporary_directory home;
  auto store = store_in(home.path());
  REQUIRE(store.swap_ref("r", std::nullopt, "x"));
  REQUIRE(fs::exists(home / ".waybill/lock"));
  write_file(home / ".waybill/tmp/0123456789abcdef", "half");
  write_file(home / ".waybill/tmp/deeper/x", "half");
  CHECK(keys_of(store) == std::vector<std::string>{"r"});
  for (std::string const prefix :
       {".waybill", ".waybill/", ".waybill/tmp", ".waybill/tmp/", ".waybill/tmp/deeper/", ".waybill/lock"})
    CHECK(keys_of(store, prefix).empty());
  for (std::string const key : {".waybill/lock", ".waybill/tmp", ".waybill/tmp/0123456789abcdef"}) {
    CHECK(put(store, key, "x").error().code == errc::unsafe_key);
    CHECK(store.head(key).error().code == errc::unsafe_key);
    CHECK(store.open(key).error().code == errc::unsafe_key);
    CHECK(store.remove(key).error().code == errc::unsafe_key);
    CHECK_FALSE(store.local_file(key));
  }
  // Names that only begin alike are ordinary.
  for (std::string const key : {".waybill/locks", ".waybill/tmp2/x", "x/.waybill/tmp/y", ".waybill/tmpx"}) {
    REQUIRE(put(store, key, "x"));
    CHECK(keys_of(store, key) == std::vector{key});
  }
}

TEST_CASE("a directory store cannot hold a key below another one, and says so") {
  temporary_directory home;
  auto store = store_in(home.path());
  REQUIRE(put(store, "x", "file"));
  REQUIRE(put(store, "d/e/f", "file"));
  for (std::string const key : {"x/y", "x/y/z", "d/e", "d"}) {
    INFO(key);
    for (bool const only_if_absent : {false, true}) {
      auto const r = put(store, key, "new", {.only_if_absent = only_if_absent});
      REQUIRE_FALSE(r);
      CHECK(r.error().code == errc::key_conflict);
      CHECK_THAT(r.error().message(), contains(key) && contains(store.root().path()));
    }
    CHECK(store.swap_ref(key, std::nullopt, "new").error().code == errc::key_conflict);
  }
  CHECK(keys_of(store) == std::vector<std::string>{"d/e/f", "x"});
}

TEST_CASE("links are not followed, wherever they stand") {
  temporary_directory home, outside;
  write_file(outside / "secret", "secret");
  write_file(outside / "sub/secret", "secret");
  auto store = store_in(home.path());
  fs::create_symlink(outside / "secret", home / "link");
  fs::create_directory_symlink(outside / "sub", home / "dir");
  fs::create_symlink(outside / "none", home / "dangling");
  fs::create_symlink("k", home / "inner");
  REQUIRE(put(store, "k", "text"));

  for (std::string const key : {"link", "dir/secret", "dangling", "inner"}) {
    INFO(key);
    for (auto const& r : {store.head(key).error(), store.open(key).error()}) {
      CHECK(r.code == condition::unsafe_input);
      CHECK_THAT(r.message(), contains(key));
    }
    CHECK(store.read_ref(key).error().code == condition::unsafe_input);
    CHECK_FALSE(store.local_file(key));
    CHECK(put(store, key, "overwritten").error().code == condition::unsafe_input);
    CHECK_FALSE(store.swap_ref(key, std::nullopt, "x"));
  }
  CHECK_FALSE(put(store, "dir/new", "x"));
  CHECK_FALSE(put(store, "dangling/new", "x"));
  CHECK(keys_of(store) == std::vector<std::string>{"k"});
  for (std::string const prefix : {"dir", "dir/", "link", "dir/s"}) CHECK(keys_of(store, prefix).empty());
  CHECK_FALSE(store.remove("dir/secret"));
  CHECK(read_file(outside / "secret") == "secret");
  CHECK(read_file(outside / "sub/secret") == "secret");
  CHECK_FALSE(fs::exists(outside / "none"));
  CHECK_FALSE(fs::exists(outside / "sub/new"));
}

TEST_CASE("a link in the place of the store's own directory or lock is refused") {
  temporary_directory home, outside;
  SECTION("directory") { fs::create_directory_symlink(outside.path(), home / ".waybill"); }
  SECTION("lock") {
    fs::create_directory(home / ".waybill");
    fs::create_symlink(outside / "lock", home / ".waybill/lock");
  }
  auto store = store_in(home.path());
  auto const r = store.swap_ref("r", std::nullopt, "x");
  REQUIRE_FALSE(r);
  CHECK(r.error().code == condition::unsafe_input);
  CHECK(fs::is_empty(outside.path()));
  CHECK_FALSE(store.read_ref("r").value());
}

TEST_CASE("devices and pipes are no objects, and do not hang the store") {
  temporary_directory home;
  auto store = store_in(home.path());
  REQUIRE(::mkfifo((home / "pipe").c_str(), 0644) == 0);
  CHECK(store.head("pipe").error().code == errc::unsafe_path);
  CHECK(store.open("pipe").error().code == errc::unsafe_path);
  CHECK(keys_of(store).empty());
}

TEST_CASE("a version that came back is the version it was") {
  temporary_directory home;
  auto store = store_in(home.path());
  auto const a = store.swap_ref("r", std::nullopt, "a").value();
  auto const b = store.swap_ref("r", a.version, "b").value();
  REQUIRE(store.swap_ref("r", b.version, "a"));
  CHECK(store.read_ref("r").value().value().version == a.version);
}

TEST_CASE("an object that is replaced in place of an equal one has another version") {
  temporary_directory home;
  auto store = store_in(home.path());
  auto const first = put(store, "k", "same").value(), second = put(store, "k", "same").value();
  CHECK(first.version != second.version);
}

TEST_CASE("errors name the key and the store") {
  temporary_directory home;
  auto store = store_in(home.path());
  auto const path = store.root().path();
  REQUIRE(put(store, "there", "x"));
  digest_set const wrong{digest_of(algorithms::sha256, "y")};
  for (auto const& e : {store.head("some/key").error(), store.open("some/key").error(),
                        put(store, "some/key", "x", {.expected = wrong}).error(),
                        store.swap_ref("some/key", "v", "x").error(), put(store, "some/../key", "x").error()})
    CHECK_THAT(e.message(), contains("key") && contains(path));
  CHECK_THAT(put(store, "there", "x", {.only_if_absent = true}).error().message(), contains("there") && contains(path));
}

TEST_CASE("a directory without permission is an error, not an empty store") {
  if (::geteuid() == 0) WAYBILL_SKIP("root may read everything");
  temporary_directory home;
  auto store = store_in(home.path());
  REQUIRE(put(store, "d/x", "x"));
  fs::permissions(home / "d", fs::perms::none);
  CHECK(store.head("d/x").error().code == condition::denied);
  CHECK_FALSE(store.list("", [](object_info const&) { return result<void>{}; }));
  fs::permissions(home / "d", fs::perms::owner_all);
}

TEST_CASE("checked objects of a digest are sealed, and other files have the time of their writing") {
  waybill_test::temporary_directory const home;
  auto store = directory_store::open_path(home.path().string(), true).value();
  auto const content = hash_bytes<sha256_hasher>(as_bytes("bytes"));
  auto const key = object_key(content);
  auto const sealed = [&](std::string const& at) {
    return detail::is_sealed(open_local(store, at).value().state, content);
  };
  put_options checked;
  checked.expected.insert(content);
  auto const info = store.put(key, memory_content{std::string_view{"bytes"}}, checked).value();
  CHECK(sealed(key));
  CHECK(store.head(key).value().version == info.version);
  CHECK(store.put("plain", memory_content{std::string_view{"bytes"}}, checked).has_value());
  CHECK_FALSE(sealed("plain"));
  CHECK(store.put(key, memory_content{std::string_view{"bytes"}}).has_value());  // nobody compared them
  CHECK_FALSE(sealed(key));
}

TEST_CASE("a file that was written elsewhere becomes an object without being copied") {
  waybill_test::temporary_directory const home;
  auto store = store_in(home / "store");
  auto const content = hash_bytes<sha256_hasher>(as_bytes("bytes"));
  auto const key = object_key(content);
  waybill_test::write_file(home / "written", "bytes");
  auto const file = [&] { return file_descriptor{::open((home / "written").c_str(), O_RDWR | O_CLOEXEC)}; };
  CHECK(waybill_test::failure(store.adopt("plain", file())).code == errc::unsafe_key);
  CHECK(mode_of(home / "written") != 0444);
  REQUIRE(waybill_test::ok(store.adopt(key, file())));
  CHECK(fs::equivalent(home / "written", home / "store" / key));
  CHECK(mode_of(home / "store" / key) == 0444);
  CHECK(detail::is_sealed(open_local(store, key).value().state, content));
}

TEST_CASE("an object grows in place and only behind what was seen of it") {
  temporary_directory home;
  auto store = store_in(home.path());
  CHECK(store.append("log", 0, "", "x").error().code == errc::object_not_found);
  REQUIRE(put(store, "log", "one\n"));
  REQUIRE(store.append("log", 4, "", "two\n"));
  CHECK(get(store, "log").value() == "one\ntwo\n");
  for (auto const& [at, tail] : {std::pair{4, ""}, {9, ""}, {4, "tw"}, {4, "tvo\n"}, {4, "two\n\n"}}) {
    auto const again = store.append("log", static_cast<std::uint64_t>(at), tail, "three\n");
    REQUIRE_FALSE(again);
    CHECK(again.error().code == errc::lost_race);
  }
  CHECK(get(store, "log").value() == "one\ntwo\n");
  // What a killed writer left is dropped.
  REQUIRE(store.append("log", 4, "two\n", "3\n"));
  CHECK(get(store, "log").value() == "one\n3\n");
  fs::create_symlink(home / "log", home / "link");
  CHECK(store.append("link", 6, "", "x").error().code == errc::unsafe_path);
  CHECK(store.append("../log", 6, "", "x").error().code == errc::unsafe_key);
}

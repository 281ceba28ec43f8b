#include <waybill/scan/resolve.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

using namespace waybill;
using waybill_test::code_of;
namespace fs = std::filesystem;

TEST_CASE("a key is split into its parent and its last segment") {
  CHECK(detail::split("a/b/c").parent == "a/b");
  CHECK(detail::split("a/b/c").name == "c");
  CHECK(detail::split("c").parent.empty());
  CHECK(detail::split("c").name == "c");
}

TEST_CASE("no link is followed beneath a root, with openat2 and without") {
  for (bool const openat2 : {true, false}) {
    INFO("openat2 " << openat2);
    waybill_test::temporary_directory const root, outside;
    waybill_test::write_file(outside / "secret", "s");
    waybill_test::write_file(root / "d/file", "f");
    fs::create_directory_symlink(outside.path(), root / "out");
    fs::create_directory_symlink(root / "d", root / "in");
    fs::create_symlink(outside / "secret", root / "link");
    fs::create_symlink("nowhere", root / "broken");
    detail::beneath_resolver resolver{file_descriptor{::open(root.path().c_str(), O_RDONLY | O_DIRECTORY)},
                                      root.path().string()};
    resolver.has_openat2 = openat2;

    CHECK(code_of(resolver.open("d/file", O_RDONLY)) == "ok");
    for (auto const* key : {"out/secret", "in/file", "link", "broken", "d/file/x"}) {
      INFO(key);
      CHECK(code_of(resolver.open(key, O_RDONLY)) == "unsafe_path");
    }
    for (auto const* key : {"out", "in", "link", "d/file"}) {
      INFO(key);
      CHECK(code_of(resolver.directory(key, false)) == "unsafe_path");
      CHECK(code_of(resolver.directory(key, true)) == "unsafe_path");
      CHECK(code_of(resolver.directory(std::string{key} + "/new", true)) == "unsafe_path");
    }
    CHECK_FALSE(fs::exists(outside / "new"));
    CHECK(code_of(resolver.open("missing", O_RDONLY)) == "file_not_found");
    CHECK(code_of(resolver.open("missing/x", O_RDONLY)) == "file_not_found");
    CHECK(code_of(resolver.open("link", O_PATH)) == "ok");  // the link itself
    CHECK(resolver.has_openat2 == openat2);
  }
}

TEST_CASE("what is no logical key is refused before the system sees it") {
  for (bool const openat2 : {true, false}) {
    waybill_test::temporary_directory const root;
    fs::create_directory(root / "a");
    detail::beneath_resolver resolver{file_descriptor{::open(root.path().c_str(), O_RDONLY | O_DIRECTORY)},
                                      root.path().string()};
    resolver.has_openat2 = openat2;
    for (std::string_view const key : std::array<std::string_view, 9>{"..", "../x", "a/..", "a/../a", "/etc", "a//b",
                                                                      "a/", ".", std::string_view{"a\0b", 3}}) {
      INFO(key);
      CHECK(code_of(resolver.open(key, O_PATH)) == "unsafe_key");
      CHECK(code_of(resolver.directory(key, true)) == "unsafe_key");
    }
  }
}

TEST_CASE("directories are made only where that is asked for") {
  for (bool const openat2 : {true, false}) {
    waybill_test::temporary_directory const root;
    detail::beneath_resolver resolver{file_descriptor{::open(root.path().c_str(), O_RDONLY | O_DIRECTORY)},
                                      root.path().string()};
    resolver.has_openat2 = openat2;
    CHECK(code_of(resolver.directory("a/b/c", false)) == "file_not_found");
    CHECK_FALSE(fs::exists(root / "a"));
    CHECK(code_of(resolver.directory("a/b/c", true, true)) == "ok");
    CHECK(fs::is_directory(root / "a/b/c"));
    CHECK(code_of(resolver.directory("a/b/c", true)) == "ok");
    CHECK(code_of(resolver.directory("", false)) == "ok");
  }
}

TEST_CASE("an obstacle is named in the message") {
  waybill_test::temporary_directory const root;
  waybill_test::write_file(root / "d/file", "f");
  fs::create_directory_symlink("/tmp", root / "d/lnk");
  detail::beneath_resolver resolver{file_descriptor{::open(root.path().c_str(), O_RDONLY | O_DIRECTORY)},
                                    root.path().string()};
  CHECK_THAT(resolver.open("d/lnk/x/y", O_RDONLY).error().message(),
             waybill_test::contains("d/lnk is a symbolic link"));
  CHECK_THAT(resolver.open("d/file/x", O_RDONLY).error().message(),
             waybill_test::contains("d/file is not a directory"));
  CHECK_THAT(resolver.open("none", O_RDONLY).error().message(), waybill_test::contains(root.path().string() + "/none"));
}

#include <waybill/scan/seal.hpp>

#include <waybill/hash/openssl.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <string>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

using namespace waybill;
namespace fs = std::filesystem;

namespace {

digest sha256_of(std::string_view bytes) { return hash_bytes<sha256_hasher>(as_bytes(bytes)); }

file_state state_at(fs::path const& path) { return open_regular_file(path.string()).value().state; }

void seal_file(fs::path const& path, digest const& content) {
  auto const file = open_regular_file(path.string()).value();
  detail::seal(file.fd.get(), file.state, content);
}

}  // namespace

TEST_CASE("a sealed file is sealed until somebody writes to it") {
  waybill_test::temporary_directory const dir;
  auto const path = dir / "a";
  waybill_test::write_file(path, "bytes");
  auto const content = sha256_of("bytes");
  CHECK_FALSE(detail::is_sealed(state_at(path), content));
  seal_file(path, content);
  CHECK(detail::is_sealed(state_at(path), content));

  SECTION("other bytes of the same size") {
    file_descriptor const fd{::open(path.c_str(), O_WRONLY)};
    REQUIRE(::write(fd.get(), "BYTES", 5) == 5);
    CHECK_FALSE(detail::is_sealed(state_at(path), content));
  }
  SECTION("the same bytes again") {
    waybill_test::write_file(path, "bytes");
    CHECK_FALSE(detail::is_sealed(state_at(path), content));
  }
  SECTION("a second name changes nothing") {
    fs::create_hard_link(path, dir / "b");
    CHECK(detail::is_sealed(state_at(dir / "b"), content));
  }
}

TEST_CASE("a seal is of one file, one size and one digest") {
  waybill_test::temporary_directory const dir;
  auto const path = dir / "a";
  waybill_test::write_file(path, "bytes");
  auto const content = sha256_of("bytes");
  seal_file(path, content);
  CHECK_FALSE(detail::is_sealed(state_at(path), sha256_of("other")));
  auto longer = state_at(path);
  ++longer.size;
  CHECK_FALSE(detail::is_sealed(longer, content));

  // A copy that keeps its times, as `cp -p` and backups make it.
  fs::copy_file(path, dir / "copy");
  std::array<timespec, 2> times{};
  struct stat s{};
  REQUIRE(::stat(path.c_str(), &s) == 0);
  times = {s.st_atim, s.st_mtim};
  REQUIRE(::utimensat(AT_FDCWD, (dir / "copy").c_str(), times.data(), 0) == 0);
  CHECK(state_at(dir / "copy").modified_ns == state_at(path).modified_ns);
  CHECK_FALSE(detail::is_sealed(state_at(dir / "copy"), content));
}

TEST_CASE("a seal is a fixed function of what it vouches for") {
  // Registries keep seals: another function would have all of them read again.
  file_state state;
  state.inode = 42;
  state.size = 5;
  CHECK(detail::seal_time(state, sha256_of("bytes")) == 946'684'800'929'324'854);
}

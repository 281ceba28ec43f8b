#include <waybill/scan/file.hpp>

#include <array>

#include "samples.hpp"
#include "support/catch.hpp"
#include "support/data.hpp"

using namespace waybill;
namespace fs = std::filesystem;

TEST_CASE("a descriptor has one owner and closes itself") {
  int number = -1;
  {
    auto opened = open_for_reading("/proc/self/status");
    REQUIRE(opened);
    number = opened->get();
    file_descriptor moved{std::move(*opened)};
    CHECK(moved.get() == number);
    CHECK_FALSE(*opened);
    file_descriptor assigned;
    assigned = std::move(moved);
    CHECK(assigned.get() == number);
    CHECK(::fcntl(number, F_GETFD) == FD_CLOEXEC);
  }
  CHECK(::fcntl(number, F_GETFD) == -1);
}

TEST_CASE("only regular files are opened for reading") {
  waybill_test::temporary_directory const dir;
  CHECK(open_for_reading((dir / "none").string()).error().code == errc::file_not_found);
  CHECK(open_for_reading((dir / "none").string()).error().path == (dir / "none").string());
  CHECK(open_for_reading(dir.path().string()).error().code == errc::unsupported);
  ::mkfifo((dir / "pipe").c_str(), 0600);
  CHECK(open_for_reading((dir / "pipe").string()).error().code == errc::unsupported);
  waybill_test::write_file(dir / "f", "x");
  CHECK(open_for_reading((dir / "f").string()));
}

TEST_CASE("a file's state tells size, times and identity") {
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "f", "four");
  waybill_test::set_mtime(dir / "f", 1'600'000'000, 123'456'789);
  auto const fd = open_for_reading((dir / "f").string());
  auto const state = state_of(fd->get(), "f");
  REQUIRE(state);
  CHECK(state->size == 4);
  CHECK(state->modified_ns == 1'600'000'000'123'456'789);
  CHECK(state->changed_ns > 1'600'000'000'123'456'789);
  struct stat s{};
  ::stat((dir / "f").c_str(), &s);
  CHECK(state->inode == s.st_ino);
  CHECK(state->device == s.st_dev);
  CHECK(state_of(-1, "gone").error().path == "gone");
}

TEST_CASE("a file is read whole up to a limit") {
  waybill_test::temporary_directory const dir;
  auto const path = (dir / "f").string();
  auto const content = waybill_test::vector_bytes(100'000, 7);
  waybill_test::write_file(path, content);
  CHECK(*read_file(path) == content);
  CHECK(*read_file(path, content.size()) == content);
  CHECK(read_file(path, content.size() - 1).error().code == errc::too_large);
  waybill_test::write_file(path, "");
  CHECK(read_file(path, 0)->empty());
  CHECK(read_file((dir / "none").string()).error().code == errc::file_not_found);
  // Files of /proc say that they are empty.
  CHECK(read_file("/proc/self/status")->size() > 100);
}

TEST_CASE("sources and sinks move bytes through descriptors") {
  waybill_test::temporary_directory const dir;
  auto const path = (dir / "f").string();
  file_descriptor const out{::open(path.c_str(), O_CREAT | O_WRONLY, 0600)};
  file_sink sink{out.get(), path};
  CHECK(sink.write(as_bytes("hello ")));
  CHECK(sink.write(as_bytes("world")));
  auto const in = open_for_reading(path);
  file_source source{in->get(), path};
  std::array<std::byte, 8> buffer;
  CHECK(*source.read(buffer) == 8);
  CHECK(as_text(buffer) == "hello wo");
  CHECK(*source.read(buffer) == 3);
  CHECK(*source.read(buffer) == 0);
  file_sink wrong{in->get(), path};
  CHECK(wrong.write(as_bytes("x")).error().path == path);
}

TEST_CASE("an atomic write replaces the file, makes its parents and leaves nothing else") {
  waybill_test::temporary_directory const dir;
  auto const path = (dir / "a/b/c.txt").string();
  REQUIRE(write_file_atomically(path, "one"));
  struct stat before{};
  ::stat(path.c_str(), &before);
  CHECK((before.st_mode & 0777) == (0644 & ~waybill_test::current_umask()));
  // Who has the old file open keeps the old bytes.
  auto const old = open_for_reading(path);
  REQUIRE(write_file_atomically(path, "two", 0600));
  CHECK(waybill_test::read_file(path) == "two");
  struct stat after{};
  ::stat(path.c_str(), &after);
  CHECK((after.st_mode & 0777) == 0600);
  CHECK(state_of(old->get(), path)->size == 3);
  CHECK(before.st_ino != after.st_ino);
  CHECK(std::distance(fs::directory_iterator{dir / "a/b"}, {}) == 1);
}

TEST_CASE("an atomic write that fails leaves the old state") {
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "file", "x");
  CHECK(write_file_atomically((dir / "file/below").string(), "y").error().code.failed());
  fs::create_directories(dir / "taken/full");
  auto const r = write_file_atomically((dir / "taken").string(), "y");
  REQUIRE_FALSE(r);
  CHECK(r.error().path == (dir / "taken").string());
  CHECK(std::distance(fs::directory_iterator{dir.path()}, {}) == 2);
}

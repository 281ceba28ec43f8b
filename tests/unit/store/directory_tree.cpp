#include <waybill/store/directory_tree.hpp>

#include <fcntl.h>

#include <chrono>
#include <future>
#include <vector>

#include "contract.hpp"

using namespace waybill;
using namespace waybill_test;
using namespace waybill::detail;

namespace fs = std::filesystem;

namespace {

file_descriptor opened(fs::path const& path) {
  return file_descriptor{::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
}

}  // namespace

TEST_CASE("what stands at a key is told without following links") {
  temporary_directory home;
  write_file(home / "d/file", "x");
  fs::create_symlink("d", home / "link");
  auto const root = opened(home.path());
  auto const look = [&](std::string_view key) { return look_at(root.get(), key); };
  CHECK(look("d/file").what == standing::file);
  CHECK(look("d").what == standing::directory);
  CHECK(look("none").what == standing::nothing);
  CHECK(look("none/below").what == standing::nothing);
  CHECK(look("d/none").what == standing::nothing);
  CHECK(look("link").what == standing::foreign);
  auto const below_link = look("link/file");
  CHECK(below_link.what == standing::foreign);
  CHECK(below_link.where == "link");
  auto const below_file = look("d/file/x/y");
  CHECK(below_file.what == standing::file_above);
  CHECK(below_file.where == "d/file");
}

TEST_CASE("the lock is exclusive among threads, also after its file was removed") {
  temporary_directory home;
  fs::create_directory(home / ".waybill");
  auto const root = opened(home.path());
  auto first = lock_store(root.get(), home.path().string());
  REQUIRE(first);
  auto waiting =
      std::async(std::launch::async, [&] { return lock_store(root.get(), home.path().string()).has_value(); });
  CHECK(waiting.wait_for(std::chrono::milliseconds{100}) == std::future_status::timeout);
  // Who waits for a removed file must go on to the one that others lock now.
  fs::remove(home / ".waybill/lock");
  auto second = lock_store(root.get(), home.path().string());
  REQUIRE(second);
  first->reset();
  CHECK(waiting.wait_for(std::chrono::milliseconds{100}) == std::future_status::timeout);
  second->reset();
  REQUIRE(waiting.wait_for(std::chrono::seconds{10}) == std::future_status::ready);
  CHECK(waiting.get());
}

TEST_CASE("the version of a file changes with its identity, time and size") {
  file_state const state{10, 20, 30, 40, 50};
  auto const same = file_version(state);
  for (auto const& other :
       {file_state{11, 20, 30, 40, 50}, file_state{10, 21, 30, 40, 50}, file_state{10, 20, 30, 41, 50}})
    CHECK(file_version(other) != same);
  // A second link, or other permissions, leave the bytes as they are.
  CHECK(file_version({10, 20, 99, 40, 50}) == same);
}

TEST_CASE("shared holds stand beside each other and an exclusive one alone") {
  temporary_directory home;
  fs::create_directory(home / ".waybill");
  auto const root = opened(home.path());
  auto const hold = [&](hold_kind kind) { return try_hold_store(root.get(), home.path().string(), kind).value(); };
  {
    auto const one = hold(hold_kind::shared);
    auto const two = hold(hold_kind::shared);
    CHECK((one && two && !hold(hold_kind::exclusive)));
  }
  {
    auto const alone = hold(hold_kind::exclusive);
    CHECK((alone && !hold(hold_kind::shared) && !hold(hold_kind::exclusive)));
    CHECK(lock_store(root.get(), home.path().string()));  // another lock
  }
  CHECK(hold(hold_kind::exclusive));
  CHECK(is_store_internal(".waybill/hold"));
  fs::remove(home / ".waybill/hold");
  fs::create_symlink("elsewhere", home / ".waybill/hold");
  auto const refused = try_hold_store(root.get(), home.path().string(), hold_kind::shared);
  CHECK(refused.error().code == errc::unsafe_path);
}

TEST_CASE("a listing tells when a file got its place whatever its own time says") {
  temporary_directory home;
  write_file(home / "a", "x");
  fs::last_write_time(home / "a", fs::file_time_type{});
  auto const seen = std::chrono::system_clock::now();
  std::vector<object_info> found;
  auto const note = [&](object_info const& info) -> result<void> {
    found.push_back(info);
    return {};
  };
  REQUIRE(list_files(opened(home.path()).get(), home.path().string(), "", note));
  REQUIRE(found.size() == 1);
  CHECK(std::chrono::abs(found[0].stored.value() - seen) < std::chrono::minutes{5});
}

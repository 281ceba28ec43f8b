#include <waybill/store/directory.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <random>
#include <thread>

#include "contract.hpp"
#include "stores.hpp"
#include "support/processes.hpp"

using namespace waybill;
using namespace waybill_test;

namespace fs = std::filesystem;

namespace {

bool increment(directory_store& store, int times) {
  while (times > 0) {
    auto const now = store.read_ref("n");
    if (!now) return false;
    auto const next = store.swap_ref("n", *now ? std::optional{(*now)->version} : std::nullopt,
                                     std::to_string(*now ? std::stoi((*now)->text) + 1 : 1));
    if (next) --times;
    else if (next.error().code != errc::lost_race) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("no increment is lost among threads and processes") {
  // The lock is at issue, not the disk: where there is a file system in memory, it is quicker there.
  auto const shm = fs::path{"/dev/shm"};
  std::string pattern =
      ((::access(shm.c_str(), W_OK) == 0 ? shm : fs::temp_directory_path()) / "waybill-test-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  auto store = store_in(pattern);
  constexpr int each = 200;
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i)
    children.push_back(in_child([&] {
      auto own = directory_store::open_path(pattern, false);
      return own && increment(*own, each);
    }));
  std::atomic<int> failed{0};
  together(8, [&](unsigned) { failed += increment(store, each) ? 0 : 1; });
  for (auto const child : children) failed += ended_well(child) ? 0 : 1;
  auto const total = get(store, "n").value();
  fs::remove_all(pattern);
  CHECK(failed == 0);
  CHECK(total == std::to_string((8 + 4) * each));
}

TEST_CASE("of several processes with only_if_absent exactly one wins") {
  temporary_directory home;
  auto store = store_in(home.path());
  for (int round = 0; round < 10; ++round) {
    auto const key = "race/" + std::to_string(round);
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i)
      children.push_back(in_child([&] {
        auto own = directory_store::open_path(home.path().string(), false);
        return own && put(*own, key, vector_bytes(50'000, static_cast<std::uint64_t>(i)), {.only_if_absent = true});
      }));
    int won = 0;
    for (auto const child : children) won += ended_well(child) ? 1 : 0;
    CHECK(won == 1);
  }
}

TEST_CASE("a killed writer leaves no object that is short or wrong") {
  temporary_directory home;
  auto store = store_in(home.path());
  std::mt19937 random{20'240'601};
  std::size_t seen = 0;
  for (int round = 0; round < 20; ++round) {
    auto const child = in_child([&] {
      auto own = directory_store::open_path(home.path().string(), false);
      for (std::uint64_t i = 0; own && i < 200; ++i) {
        auto const bytes = vector_bytes(1'000 + i * 3'001, i);
        // A name that is replaced again and again, and names of their own.
        static_cast<void>(put(*own, object_key(digest_of(algorithms::sha256, bytes)), bytes, {.durable = false}));
        static_cast<void>(put(*own, "replaced", bytes, {.durable = false}));
        static_cast<void>(own->swap_ref(
            "ref", own->read_ref("ref").value() ? std::optional{own->read_ref("ref").value()->version} : std::nullopt,
            std::string(100, static_cast<char>('a' + i % 26))));
      }
      return true;
    });
    std::this_thread::sleep_for(std::chrono::microseconds{std::uniform_int_distribution{500, 60'000}(random)});
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    bool whole = true;
    auto const listed = store.list("", [&](object_info const& info) -> result<void> {
      auto const bytes = get(store, info.key).value();
      ++seen;
      whole = whole && bytes.size() == info.size;
      if (auto const d = digest_of_object_key(info.key)) whole = whole && digest_of(algorithms::sha256, bytes) == *d;
      else if (info.key == "replaced")
        whole = whole && bytes == vector_bytes(bytes.size(), (bytes.size() - 1'000) / 3'001);
      else whole = whole && info.key == "ref" && bytes == std::string(100, bytes.at(0));
      return {};
    });
    CHECK(listed);
    CHECK(whole);
  }
  CHECK(seen > 20);
  // The lock of the dead is free, and the next writer finishes the work.
  auto const now = store.read_ref("ref").value();
  CHECK(store.swap_ref("ref", now ? std::optional{now->version} : std::nullopt, "alive"));
}

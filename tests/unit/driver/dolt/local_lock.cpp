#include <waybill/driver/dolt/local_lock.hpp>

#include <filesystem>
#include <optional>
#include <thread>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;
using namespace std::chrono_literals;

namespace {

dolt::patience const patient{10s, [](std::chrono::milliseconds w) -> result<void> {
                               std::this_thread::sleep_for(w);
                               return {};
                             }};

}  // namespace

TEST_CASE("one holds the turn at a database and the next waits for its end") {
  temporary_directory const dir;
  std::filesystem::create_directory(dir.path() / ".dolt");
  auto first = dolt::local_lock::take(dir.path().string(), patient);
  REQUIRE(ok(first));
  CHECK(failure(dolt::local_lock::take(dir.path().string(), {})).code == errc::temporary);
  std::optional<dolt::local_lock> held{std::move(*first)};
  std::jthread const later{[&] {
    std::this_thread::sleep_for(50ms);
    held.reset();
  }};
  CHECK(ok(dolt::local_lock::take(dir.path().string(), patient)));
}

TEST_CASE("a turn leaves nothing in the database's directory") {
  temporary_directory const dir;
  std::filesystem::create_directory(dir.path() / ".dolt");
  REQUIRE(ok(dolt::local_lock::take(dir.path().string(), {})));
  CHECK(std::filesystem::is_empty(dir.path() / ".dolt"));
}

TEST_CASE("a directory without a database has no turns") {
  temporary_directory const dir;
  auto const e = failure(dolt::local_lock::take(dir.path().string(), patient));
  CHECK(e.code == errc::file_not_found);
  CHECK(e.path == dir.path().string());
  CHECK(e.detail.find("dolt init") != std::string::npos);
}

#include <waybill/scan/materialise.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "installing.hpp"

using namespace waybill;
using waybill_test::code_of;
using waybill_test::dataset_provider;
using waybill_test::entries_of;
using waybill_test::files;
using waybill_test::install;
using waybill_test::placed;
using waybill_test::snapshot;
using waybill_test::tree_of;
using waybill_test::write_file;
namespace fs = std::filesystem;

TEST_CASE("a stop request ends the job within a second, and repeating finishes it") {
  struct slow final : byte_source {
    explicit slow(std::unique_ptr<byte_source> s) : inner{std::move(s)} {}
    result<std::size_t> read(std::span<std::byte> buffer) override {
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
      return inner->read(buffer.first(std::min<std::size_t>(buffer.size(), 1000)));
    }
    std::unique_ptr<byte_source> inner;
  };
  waybill_test::temporary_directory const dir;
  files many;
  for (int i = 0; i < 20; ++i)
    many["f" + std::to_string(i)] = waybill_test::vector_bytes(i % 2 == 0 ? 500'000 : 3000, 1);
  dataset_provider contents{many};
  contents.around = [](entry const&, std::unique_ptr<byte_source> s) -> result<std::unique_ptr<byte_source>> {
    return std::make_unique<slow>(std::move(s));
  };
  std::stop_source stop;
  std::chrono::steady_clock::time_point asked;
  std::jthread const stopper{[&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    asked = std::chrono::steady_clock::now();
    stop.request_stop();
  }};
  auto const r = install(entries_of(many), dir.path(), contents, {}, {2, {}, stop.get_token()});
  CHECK(code_of(r) == "interrupted");
  CHECK(std::chrono::steady_clock::now() - asked < std::chrono::seconds{1});
  for (auto const& [name, bytes] : placed(dir.path())) CHECK(bytes == many.at(name));
  contents.around = nullptr;
  REQUIRE(code_of(install(entries_of(many), dir.path(), contents)) == "ok");
  CHECK(placed(dir.path()) == tree_of(many));
}

TEST_CASE("a killed process leaves whole files only, and repeating ends in the same state") {
  // Security row 23. Every second file is a replacement, so that the staging directory is used as well.
  files many, old;
  for (int i = 0; i < 150; ++i) {
    auto const key = "d" + std::to_string(i % 10) + "/f" + std::to_string(i);
    many[key] = waybill_test::vector_bytes(i % 50 == 0 ? 400'000U : 2000U, static_cast<std::uint64_t>(i));
    if (i % 2 == 0) old[key] = "old " + key;
  }
  auto const entries = entries_of(many);
  int killed = 0;
  for (int round = 0; round < 8; ++round) {
    waybill_test::temporary_directory const dir;
    for (auto const& [key, bytes] : old) write_file(dir / key, bytes);
    pid_t const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      dataset_provider contents{many};
      materialise_options options;
      options.durable = round % 2 == 0 ? durability::batch : durability::none;
      ::_exit(install(entries, dir.path(), contents, options, {2, {}, {}}) ? 0 : 1);
    }
    ::usleep(static_cast<useconds_t>(1000 + round * 2000));
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    killed += WIFSIGNALED(status) ? 1 : 0;
    for (auto const& [name, bytes] : snapshot(dir.path())) {
      if (name.starts_with(".waybill/tmp") || bytes == "/") continue;
      INFO(name);
      REQUIRE(many.contains(name));
      CHECK((bytes == many.at(name) || (old.contains(name) && bytes == old.at(name))));
    }
    dataset_provider contents{many};
    REQUIRE(code_of(install(entries, dir.path(), contents)) == "ok");
    fs::remove_all(dir / ".waybill");
    CHECK(snapshot(dir.path()) == tree_of(many));
  }
  CHECK(killed > 0);
}

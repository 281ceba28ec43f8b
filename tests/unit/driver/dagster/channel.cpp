#include <waybill/driver/dagster/channel.hpp>

#include <waybill/store/memory.hpp>

#include <atomic>
#include <chrono>
#include <thread>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace p = waybill::dagster_pipes;

result<any_store> no_bucket(std::string const& name) { return make_error(errc::denied, "no bucket here", name); }

/// What a key of a store holds, or what is said where it holds nothing.
std::string text_of(any_store const& store, std::string const& key) {
  auto const source = store.open(key);
  if (!source) return name_of(source.error().code);
  std::string out(1000, '\0');
  out.resize((*source)->read(std::as_writable_bytes(std::span{out})).value());
  return out;
}

/// A memory store that refuses the first few writes.
struct moody_store : memory_store {
  std::shared_ptr<std::atomic<int>> refusals;
  result<object_info> put(std::string_view key, object_content const& c, put_options const& o = {}) {
    if ((*refusals)-- > 0) return make_error(errc::temporary, "not now");
    return memory_store::put(key, c, o);
  }
};

TEST_CASE("A file of messages is written at its end", "[dagster]") {
  temporary_directory const here;
  write_file(here / "m", "before\n");
  auto const to = dagster::open_channel(p::file_place{here / "m"}, no_bucket).value();
  REQUIRE(to->write("one\n"));
  CHECK(read_file(here / "m") == "before\none\n");
  REQUIRE(to->write("two\n"));
  REQUIRE(to->finish());
  CHECK(read_file(here / "m") == "before\none\ntwo\n");
  auto const missing = failure(dagster::open_channel(p::file_place{here / "no/m"}, no_bucket));
  CHECK(missing.path == here / "no/m");
}

TEST_CASE("A message that cannot be written is an error", "[dagster]") {
  auto const to = dagster::open_channel(p::file_place{"/dev/full"}, no_bucket).value();
  auto const e = failure(to->write("one\n"));
  CHECK(name_of(e.code) == "ENOSPC");
  CHECK(e.path == "/dev/full");
}

TEST_CASE("A bucket gets a chunk after each interval and the rest at the end", "[dagster]") {
  any_store const bucket{memory_store{}};
  auto const open = [&](std::string const& name) -> result<any_store> {
    return name == "b" ? result<any_store>{bucket} : no_bucket(name);
  };
  auto const to =
      dagster::open_channel(p::chunk_place{"b", "run/messages"}, open, std::chrono::milliseconds{5}).value();
  REQUIRE(to->write("one\n"));
  REQUIRE(to->write("two\n"));
  for (int i = 0; i < 2000 && text_of(bucket, "run/messages/1.json") == "object_not_found"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  CHECK(text_of(bucket, "run/messages/1.json").starts_with("one"));
  REQUIRE(to->write("three\n"));
  REQUIRE(to->finish());
  std::string all;
  for (int n = 1; n < 5; ++n)
    if (auto const chunk = text_of(bucket, "run/messages/" + std::to_string(n) + ".json"); chunk != "object_not_found")
      all += chunk + "\n";
  CHECK(all == "one\ntwo\nthree\n");
  CHECK(code_of(dagster::open_channel(p::chunk_place{"c", ""}, open)) == "denied");
}

TEST_CASE("Chunks without a prefix stand at the root and nothing said makes none", "[dagster]") {
  any_store const bucket{memory_store{}};
  auto const open = [&](std::string const&) -> result<any_store> { return bucket; };
  REQUIRE(dagster::open_channel(p::chunk_place{"b", ""}, open).value()->finish());
  CHECK(text_of(bucket, "1.json") == "object_not_found");
  auto const to = dagster::open_channel(p::chunk_place{"b", ""}, open).value();
  REQUIRE(to->write("one\n"));
  REQUIRE(to->finish());
  CHECK(text_of(bucket, "1.json") == "one");
}

TEST_CASE("A chunk that a bucket refused keeps its number and what came later follows it", "[dagster]") {
  auto const refusals = std::make_shared<std::atomic<int>>(3);
  moody_store store;
  store.refusals = refusals;
  any_store const bucket{store};
  auto const open = [&](std::string const&) -> result<any_store> { return bucket; };
  auto const to = dagster::open_channel(p::chunk_place{"b", "p"}, open, std::chrono::milliseconds{1}).value();
  REQUIRE(to->write("one\n"));
  for (int i = 0; i < 2000 && *refusals > 2; ++i) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  REQUIRE(to->write("two\n"));
  for (int i = 0; i < 2000 && *refusals > 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  REQUIRE(to->finish());
  CHECK(text_of(bucket, "p/1.json") == "one");
  CHECK(text_of(bucket, "p/2.json") == "two");
  *refusals = 1000;
  auto const lost = dagster::open_channel(p::chunk_place{"b", "q"}, open).value();
  REQUIRE(lost->write("one\n"));
  CHECK(failure(lost->finish()).detail == "not now");
}

}  // namespace

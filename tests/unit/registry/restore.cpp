#include <waybill/registry/restore.hpp>

#include <waybill/registry/contents.hpp>

#include "bucket.hpp"

using namespace waybill;
using waybill_test::bucket_registry;
using waybill_test::bucket_state;
using waybill_test::contains;
using waybill_test::failure;
using waybill_test::name;
using waybill_test::ok;
using waybill_test::push;
using waybill_test::second;
using waybill_test::temporary_directory;
using waybill_test::write_file;

namespace {

result<push_directory_report> push_checked(registry& r, std::filesystem::path const& directory, std::int64_t when,
                                           std::optional<std::string> prefix = {}, bool dry_run = false) {
  push_directory_options options;
  options.now = second(when);
  options.prefix = std::move(prefix);
  options.check = true;
  options.dry_run = dry_run;
  return push_directory(r, name("ns/d"), directory.string(), options);
}

std::string object_of(registry const& r, manifest const& m, std::string_view key) {
  return r.key_of_place(m.find(key)->places.front()).value();
}

}  // namespace

TEST_CASE("what was deleted from a bucket is named when it is read and put back by a push that looks") {
  temporary_directory dir;
  for (int i = 0; i < 50; ++i) write_file(dir / ("d/" + std::to_string(i)), "bytes " + std::to_string(i));
  auto const state = std::make_shared<bucket_state>();
  state->versions = GENERATE(true, false);
  auto const prefix = GENERATE(std::optional<std::string>{}, std::optional<std::string>{"data"});
  auto r = bucket_registry(state);
  push_directory_options first;
  first.now = second(1);
  first.prefix = prefix;
  auto const before = push_directory(r, name("ns/d"), (dir / "d").string(), first).value();
  for (auto const* lost : {"7", "8"}) REQUIRE(ok(r.store().remove(object_of(r, before.pushed, lost))));
  auto const told = failure(waybill_test::open(r, "ns/d").read("7"));
  CHECK(told.code == errc::object_not_found);
  CHECK(told.path == "7");
  CHECK_THAT(told.detail, contains("waybill push DIR --check"));

  CHECK(push(r, "ns/d", dir / "d", 2).data.files_copied == 0);  // believes the version before
  auto const planned = push_checked(r, dir / "d", 3, prefix, true).value();
  CHECK(planned.restored == 2);
  CHECK_FALSE(waybill_test::open(r, "ns/d").read("7"));
  state->asked.clear();
  auto const mended = push_checked(r, dir / "d", 3, prefix).value();
  CHECK_FALSE(mended.new_version);
  CHECK(mended.restored == 2);
  CHECK(mended.data.files_copied == 2);
  CHECK(mended.data.files_skipped == 48);
  CHECK(mended.pushed.top_hash() == before.pushed.top_hash());
  CHECK(state->count("LIST") == 1);
  CHECK(r.versions(name("ns/d")).value().size() == 1);
  waybill_test::check_whole(r);
  CHECK(push_checked(r, dir / "d", 4, prefix).value().restored == 0);
}

TEST_CASE("a push that looks and publishes puts back what stayed and sends what is new") {
  temporary_directory dir;
  for (int i = 0; i < 50; ++i) write_file(dir / ("d/" + std::to_string(i)), "bytes " + std::to_string(i));
  auto const state = std::make_shared<bucket_state>();
  state->versions = GENERATE(true, false);
  auto const prefix = GENERATE(std::optional<std::string>{}, std::optional<std::string>{"data"});
  auto r = bucket_registry(state);
  auto const before = push(r, "ns/d", dir / "d", 1);
  for (auto const* lost : {"7", "8", "9"}) REQUIRE(ok(r.store().remove(object_of(r, before.pushed, lost))));
  write_file(dir / "d/8", "changed");
  std::filesystem::rename(dir / "d/9", dir / "d/nine");
  auto const next = push_checked(r, dir / "d", 2, prefix).value();
  CHECK(next.new_version);
  CHECK(next.restored == 1);
  CHECK(next.data.files_copied == 3);
  waybill::package const p{r, name("ns/d"), next.pushed};
  for (auto const& e : next.pushed.entries()) CHECK(ok(p.read(e.key)));
}

TEST_CASE("a directory registry that lost an object gets it back too and what nobody has is an error") {
  temporary_directory dir;
  write_file(dir / "d/a", "one");
  write_file(dir / "d/b", "two");
  auto r = waybill_test::directory_registry(dir / "reg");
  auto const before = push(r, "ns/d", dir / "d", 1);
  REQUIRE(ok(r.store().remove(object_of(r, before.pushed, "a"))));
  CHECK(push_checked(r, dir / "d", 2).value().restored == 1);
  waybill_test::check_whole(r);
  auto const lost = before.pushed;
  REQUIRE(ok(r.store().remove(object_of(r, lost, "a"))));
  // As it is for entries of a partial or lazy installation: the registry is all there is.
  CHECK(failure(detail::restore_version(r, lost, lost, {}, {})).code == errc::object_not_found);
}

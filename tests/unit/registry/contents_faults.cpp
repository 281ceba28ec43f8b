/// Bytes that cannot be had at the first place that was to have them.

#include <waybill/registry/contents.hpp>

#include <waybill/registry/layout.hpp>

#include "entries.hpp"
#include "unit/scan/samples.hpp"
#include "unit/store/faulty.hpp"

using namespace waybill;
using waybill_test::contains;
using waybill_test::drain;
using waybill_test::entry_of;
using waybill_test::failure;
using waybill_test::network_store;
using waybill_test::ok;
using waybill_test::put;
using waybill_test::temporary_directory;
using waybill_test::write_file;

TEST_CASE("a store that fails for a moment is not one without the bytes") {
  memory_store inner;
  auto const plan = std::make_shared<waybill_test::fault_plan>();
  registry const r{waybill_test::faulty{inner, plan}, "flaky"};
  any_store writable = r.store();
  auto const e = entry_of("a", "right", {r.store().url("data/a"), r.store().url("data/b")});
  put(writable, "data/a", "right");
  put(writable, "data/b", "right");
  auto const with_object = GENERATE(false, true);
  if (with_object) put(writable, object_key(*e.digests.strongest()), "right");
  plan->before = [&](std::string_view called, std::string_view key) {
    bool const first = with_object ? key.starts_with(".waybill/") : key == "data/a";
    return called == "open" && first ? std::optional{waybill_test::passing_failure("open")} : std::nullopt;
  };
  registry_contents contents{r, {}};
  CHECK(failure(contents.open(e)) == waybill_test::passing_failure("open"));
}

TEST_CASE("a place that is none is passed over for the next one") {
  temporary_directory dir;
  auto r = waybill_test::directory_registry(dir / "reg");
  put(r.store(), "data/b", "right");
  std::filesystem::create_directories(dir / "reg/data/a");
  std::filesystem::create_symlink(dir / "elsewhere", dir / "reg/data/link");
  registry_contents contents{r, {}};
  for (auto const* first : {"data/a", "data/link", "data/none"}) {
    INFO(first);
    CHECK(drain(contents.open(entry_of("k", "right", {r.store().url(first), r.store().url("data/b")}))) == "right");
  }
}

TEST_CASE("what is refused at one place may still lie at another") {
  temporary_directory dir;
  write_file(dir / "a", "bytes");
  auto const file = physical_key::file((dir / "a").string());
  registry far{network_store{}, "s3://bucket"};
  put(far.store(), "data/a", "bytes");
  registry_contents contents{far, default_policy(far)};
  CHECK(drain(contents.open(entry_of("k", "bytes", {file, far.store().url("data/a")}))) == "bytes");
  auto const e = failure(contents.open(entry_of("k", "bytes", {file, far.store().url("data/none")})));
  CHECK(e.code == errc::foreign_location);
  CHECK_THAT(e.detail, contains((dir / "a").string()));
}

TEST_CASE("a part that ends early is an error and not a shorter part") {
  auto r = waybill_test::memory_registry();
  auto const e = entry_of("k", "0123456789", {r.store().url("data/k")});
  put(r.store(), "data/k", "01234");
  registry_contents contents{r, {}};
  CHECK(drain(entry_content{e, contents}.open({3, 4})) == "<size_mismatch>");
}

TEST_CASE("an object that vanished since it was found is looked for at its places") {
  memory_store inner;
  auto const plan = std::make_shared<waybill_test::fault_plan>();
  registry const r{waybill_test::faulty{inner, plan}, "flaky"};
  any_store writable = r.store();
  auto const e = entry_of("a", "right", {r.store().url("data/a")});
  put(writable, object_key(*e.digests.strongest()), "right");
  put(writable, "data/a", "right");
  plan->before = [](std::string_view called, std::string_view key) {
    return called == "open" && key.starts_with(".waybill/") ? std::optional{make_error(errc::object_not_found, "gone")}
                                                            : std::nullopt;
  };
  CHECK(drain(registry_contents{r, {}}.open(e)) == "right");
}

TEST_CASE("a cache that may not be read is read around, and one that may not be cleared says so") {
  temporary_directory dir;
  std::filesystem::permissions(dir.path(), std::filesystem::perms{0755});
  auto r = waybill_test::memory_registry();
  object_cache cache{directory_store::open_path((dir / "cache").string(), true).value()};
  auto const e = entry_of("a", "bytes", {});
  put(r.store(), object_key(*e.digests.strongest()), "bytes");
  registry_contents contents{r, {}, cache.store()};
  CHECK(cache.fetch(e, contents).value() == 5);
  auto const file = cache.store().local_file(object_key(*e.digests.strongest())).value();
  std::filesystem::permissions(file, std::filesystem::perms::none);
  std::filesystem::permissions(std::filesystem::path{file}.parent_path(), std::filesystem::perms{0555});
  {
    waybill_test::without_privileges const now;
    if (!now.ok()) WAYBILL_SKIP("root's rights cannot be given up here");
    CHECK(drain(contents.open(e)) == "bytes");
    CHECK(failure(cache.clear()).code == condition::denied);
  }
  std::filesystem::permissions(std::filesystem::path{file}.parent_path(), std::filesystem::perms{0755});
}

TEST_CASE("bytes that could not be asked for are not nowhere") {
  memory_store inner;
  auto const plan = std::make_shared<waybill_test::fault_plan>();
  registry const r{waybill_test::faulty{inner, plan}, "flaky"};
  any_store writable = r.store();
  auto const moved = physical_key::file("/old/place/a");
  auto const e = entry_of("a", "right", {moved});
  put(writable, object_key(*e.digests.strongest()), "right");
  plan->before = [](std::string_view called, std::string_view key) {
    return called == "head" && key.starts_with(".waybill/") ? std::optional{waybill_test::passing_failure("head")}
                                                            : std::nullopt;
  };
  registry_contents contents{r, {}};
  CHECK(failure(contents.open(e)) == waybill_test::passing_failure("head"));
  // A place that has them serves all the same.
  put(writable, "data/a", "right");
  CHECK(drain(contents.open(entry_of("a", "right", {moved, r.store().url("data/a")}))) == "right");
  plan->before = {};
  CHECK(drain(contents.open(e)) == "right");
}

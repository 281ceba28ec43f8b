#include <waybill/registry/collect.hpp>

#include <waybill/registry/layout.hpp>
#include <waybill/registry/publish_onto.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fixture.hpp"
#include "unit/store/faulty.hpp"

using namespace waybill;
using waybill_test::check_whole;
using waybill_test::directory_registry;
using waybill_test::failure;
using waybill_test::fault_plan;
using waybill_test::faulty;
using waybill_test::memory_registry;
using waybill_test::name;
using waybill_test::network_store;
using waybill_test::ok;
using waybill_test::publish;
using waybill_test::second;
using waybill_test::stored_manifest;
using waybill_test::temporary_directory;
using waybill_test::write_file;

namespace {

collection collect_all(registry& r, gate_times times = {}) {
  static int runs = 0;
  collection_options options;
  options.older_than = std::chrono::nanoseconds{0};
  options.nonce = "run " + std::to_string(++runs);
  options.times = times;
  return collect(r, options, {}).value();
}

std::set<std::string> keys_of(registry const& r, std::string_view prefix) {
  std::set<std::string> out;
  REQUIRE(ok(r.store().list(prefix, [&](object_info const& info) -> result<void> {
    out.insert(info.key);
    return {};
  })));
  return out;
}

/// A registry behind a network in which something happens right before an operation.
struct interrupted_registry {
  network_store inner;
  std::shared_ptr<fault_plan> plan = std::make_shared<fault_plan>();
  registry r{faulty{inner, plan}, "s3://bucket"};
  registry direct{inner, "s3://bucket"};

  /// @return whether the operation of that number came
  std::shared_ptr<bool> before(int number, std::function<void()> happens, std::string not_before = {}) {
    auto const came = std::make_shared<bool>(false);
    auto const seen = std::make_shared<int>(0);
    plan->before = [=](std::string_view operation, std::string_view) -> std::optional<error> {
      if (++*seen < number || *came || operation == not_before) return std::nullopt;
      *came = true;
      happens();
      return std::nullopt;
    };
    return came;
  }
};

}  // namespace

TEST_CASE("a collection removes the manifests and objects that nothing reaches") {
  auto r = memory_registry();
  auto const kept = stored_manifest(r, {"shared", "kept"});
  auto const gone = stored_manifest(r, {"shared", "gone"});
  publish(r, kept, "ns/kept", 1);
  publish(r, gone, "ns/gone", 2);
  REQUIRE(ok(r.store().remove(layout::latest_key(name("ns/gone")))));
  REQUIRE(ok(r.store().remove(layout::pointer_key(name("ns/gone"), 2))));
  auto const objects = keys_of(r, layout::objects);
  auto const done = collect_all(r);
  CHECK(done.manifests == std::vector<std::string>{gone.top_hash().hex()});
  CHECK((done.removed.manifests == 1 && done.removed.objects == 1 && done.removed.bytes > 4));
  CHECK((done.kept.manifests == 1 && done.kept.objects == 2 && done.young.objects == 0));
  CHECK(keys_of(r, layout::objects).size() == objects.size() - 1);
  CHECK(keys_of(r, layout::manifests) == std::set{layout::manifest_key(kept.top_hash().hex())});
  check_whole(r);
  CHECK(collect_all(r).removed.objects == 0);
}

TEST_CASE("what a store knows no age of is removed only where age does not matter") {
  auto r = memory_registry();
  static_cast<void>(stored_manifest(r, {"gone"}));
  collection_options options;
  options.now = second(1'000'000);
  auto const done = collect(r, options, {}).value();
  CHECK((done.removed.objects == 0 && done.young.objects == 1));
  CHECK(collect_all(r).removed.objects == 1);
}

TEST_CASE("in a directory age counts from when an object got its place") {
  temporary_directory const dir;
  auto r = directory_registry(dir.path());
  static_cast<void>(stored_manifest(r, {"gone"}));
  collection_options options;
  options.now = std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
  options.older_than = std::chrono::hours{1};
  CHECK(collect(r, options, {}).value().young.objects == 1);
  options.now += std::chrono::hours{2};
  options.dry_run = true;
  CHECK(collect(r, options, {}).value().removed.objects == 1);
  options.dry_run = false;
  CHECK(collect(r, options, {}).value().removed.objects == 1);
  CHECK(keys_of(r, layout::objects).empty());
}

TEST_CASE("a collection that cannot remove a manifest removes no object") {
  interrupted_registry f;
  auto const gone = stored_manifest(f.r, {"gone"});
  publish(f.r, gone, "ns/gone", 1);
  for (auto const& key : keys_of(f.r, layout::named_packages)) REQUIRE(ok(f.r.store().remove(key)));
  f.plan->before = [](std::string_view operation, std::string_view key) -> std::optional<error> {
    if (operation != "remove" || !key.starts_with(layout::manifests)) return std::nullopt;
    return make_error(errc::denied, "not you");
  };
  collection_options options;
  options.older_than = std::chrono::nanoseconds{0};
  options.nonce = "one";
  CHECK(failure(collect(f.r, options, {})).code == errc::denied);
  CHECK(keys_of(f.direct, layout::objects).size() == 1);
  CHECK(f.direct.load(gone.top_hash().hex()));
  f.plan->before = {};
  CHECK(collect_all(f.r).removed.objects == 1);
}

TEST_CASE("a collection at any moment of a push takes nothing from its version") {
  temporary_directory const dir;
  for (auto const* file : {"a", "b", "c"}) write_file(dir.path() / "tree" / file, file);
  int moments = 0;
  for (int number = 1;; ++number) {
    INFO("before operation " << number);
    interrupted_registry f;
    static_cast<void>(stored_manifest(f.r, {"a", "b"}));  // what a killed push left
    auto const came = f.before(number, [&] { static_cast<void>(collect_all(f.direct)); });
    push_directory_options options;
    options.now = second(1);
    options.tags = {"t"};
    auto const pushed = push_directory(f.r, name("ns/data"), (dir.path() / "tree").string(), options);
    REQUIRE(ok(pushed));
    CHECK(pushed->new_version);
    f.plan->before = {};
    CHECK(f.direct.versions(name("ns/data")).value().size() == 1);
    check_whole(f.direct);
    CHECK(collect_all(f.direct).removed.objects == 0);
    check_whole(f.direct);
    if (!*came) break;
    ++moments;
  }
  CHECK(moments > 15);
}

TEST_CASE("a version that is put onto another while collections are at work is whole") {
  int moments = 0;
  for (int number = 1;; ++number) {
    INFO("before operation " << number);
    interrupted_registry f;
    auto const first = stored_manifest(f.direct, {"x"});
    publish(f.direct, first, "ns/data", 1);
    auto const came = f.before(number, [&] { static_cast<void>(collect_all(f.direct)); });
    auto const put_once = [&](bool) -> result<void> {
      auto held = passage::enter(f.r.store());
      if (!held) return held.error();
      auto const m = stored_manifest(f.direct, {"a", "b"});  // bytes that a push found, or put there
      return publish_onto(f.r, m, name("ns/data"), first.top_hash().hex(), "t", second(2), *held);
    };
    CHECK(ok(repeat_collected(put_once)));
    f.plan->before = {};
    check_whole(f.direct);
    CHECK(collect_all(f.direct).removed.objects == 0);
    check_whole(f.direct);
    if (!*came) break;
    ++moments;
  }
  CHECK(moments > 8);
}

TEST_CASE("a version that is tagged while a collection takes it is not tagged") {
  int refused = 0;
  for (int number = 1;; ++number) {
    INFO("before operation " << number);
    interrupted_registry f;
    publish(f.r, stored_manifest(f.r, {"a"}), "ns/data", 1);
    auto const loose = stored_manifest(f.r, {"b"});
    publish(f.r, loose, "ns/data", 2, {"t"});
    REQUIRE(ok(f.r.remove_tag(name("ns/data"), "t")));
    REQUIRE(ok(f.r.store().remove(layout::pointer_key(name("ns/data"), 2))));
    REQUIRE(ok(f.r.set_latest(name("ns/data"), stored_manifest(f.r, {"a"}).top_hash().hex())));
    auto const came = f.before(number, [&] { static_cast<void>(collect_all(f.direct)); });
    auto const tagged = f.r.set_tag(name("ns/data"), "t", loose.top_hash().hex());
    f.plan->before = {};
    CHECK(f.direct.tags(name("ns/data")).value().count("t") == (tagged ? 1 : 0));
    if (!tagged) CHECK((++refused, tagged.error().code == errc::version_not_found));
    static_cast<void>(collect_all(f.direct));
    check_whole(f.direct);
    if (!*came) break;
  }
  CHECK(refused > 1);
}

TEST_CASE("a push at any moment of a collection loses nothing") {
  constexpr gate_times quick{std::chrono::milliseconds{1}, std::chrono::milliseconds{20}, std::chrono::milliseconds{1}};
  int moments = 0;
  for (int number = 1;; ++number) {
    INFO("before operation " << number);
    interrupted_registry f;
    publish(f.direct, stored_manifest(f.direct, {"x"}), "ns/data", 1);
    auto const wanted = stored_manifest(f.direct, {"a", "b"});
    static_cast<void>(stored_manifest(f.direct, {"c"}));
    // What is under way when its collection is taken for dead is what nobody can take back.
    auto const came = f.before(
        number,
        [&] {
          auto const push_once = [&](bool) -> result<publication> {
            auto through = passage::enter(f.direct.store(), {}, quick).value();
            auto const m = stored_manifest(f.direct, {"a", "b"});
            return f.direct.publish(m, name("ns/data"), {}, second(2), false, &through);
          };
          CHECK(ok(repeat_collected(push_once)));
        },
        "remove");
    collection_options options;
    options.older_than = std::chrono::nanoseconds{0};
    options.nonce = "slow";
    options.times = quick;
    auto const done = collect(f.r, options, {});
    if (!done) CHECK(done.error().code == errc::lost_race);
    f.plan->before = {};
    if (*came) CHECK(f.direct.resolve(parse_package_ref("ns/data").value()).value() == wanted.top_hash().hex());
    check_whole(f.direct);
    if (!*came) break;
    ++moments;
  }
  CHECK(moments > 10);
}

TEST_CASE("bytes that were collected since a draft's data was pushed are not published") {
  auto r = memory_registry();
  auto const m = stored_manifest(r, {"a"});
  static_cast<void>(collect_all(r));
  auto const e = failure(r.publish(m, name("ns/data"), {}, second(1), false));
  CHECK(e.code == errc::object_not_found);
  CHECK(e.path == "a");
  CHECK(r.list().value().empty());
  publish(r, stored_manifest(r, {"a"}), "ns/data", 2);
  check_whole(r);
}

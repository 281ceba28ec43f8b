/// A directory with placeholders behaves as the package it stands for.
#include <waybill/registry/checkout.hpp>
#include <waybill/registry/lazy.hpp>

#include "bucket.hpp"
#include "fixture.hpp"

using namespace waybill;
using waybill_test::check_whole;
using waybill_test::contains;
using waybill_test::directory_registry;
using waybill_test::failure;
using waybill_test::name;
using waybill_test::ok;
using waybill_test::open;
using waybill_test::push;
using waybill_test::read_file;
using waybill_test::second;
using waybill_test::temporary_directory;
using waybill_test::write_file;

namespace {

/// A package with metadata, installed lazily in `out`.
struct lazy_shop {
  lazy_shop() : r{directory_registry(dir / "reg")} {
    write_file(dir / "d/a", "alpha");
    write_file(dir / "d/b", "beta");
    write_file(dir / "d/sub/e", "epsilon");
    package_builder b{name("ns/data")};
    b.add_directory("", (dir / "d").string()).value();
    REQUIRE(ok(b.set_meta("b", json::object{{"label", "cat"}})));
    b.push_data(r).value();
    b.push_manifest(r, {{}, {}, false, second(1)}).value();
    registry_contents contents{r, {}};
    install_lazily(open(r, "ns/data"), out(), {}, {}, contents, {}).value();
  }
  [[nodiscard]] std::string out() const { return (dir / "out").string(); }
  installed_package record() const { return workspace::at(out()).value().load_installed().value().value(); }
  result<push_directory_report> publish(std::string const& package, registry& to, bool allow = false,
                                        std::optional<std::string> prefix = {}) {
    auto const what = record();
    push_directory_options options;
    options.now = second(9);
    options.prefix = std::move(prefix);
    options.placeholders = what.known_placeholders();
    options.allow_placeholders = allow;
    return push_directory(to, name(package), out(), options);
  }

  temporary_directory dir;
  registry r;
};

}  // namespace

TEST_CASE("a lazy directory has the manifest of its package and pushing it makes no new version") {
  lazy_shop s;
  auto const what = s.record();
  auto const now =
      manifest_of_directory(s.out(), &what.manifest, nullptr, {}, what.known_placeholders()).value().manifest;
  CHECK(now == what.manifest);
  CHECK(now.find("a")->places == what.manifest.find("a")->places);
  auto const report = s.publish("ns/data", s.r).value();
  CHECK_FALSE(report.new_version);
  CHECK(report.placeholders == 3);
}

TEST_CASE("only what was fetched and edited goes into the next version") {
  lazy_shop s;
  write_file(s.dir / "out/a", "edited");
  std::filesystem::remove(s.dir / "out/sub/e");
  write_file(s.dir / "out/new", "new");
  auto const report = s.publish("ns/data", s.r).value();
  CHECK(report.new_version);
  CHECK(report.placeholders == 1);
  CHECK(report.data.files_copied == 2);
  auto const p = open(s.r, "ns/data");
  CHECK(waybill_test::keys(p.manifest()) == std::vector<std::string>{"a", "b", "new"});
  CHECK(p.read("b").value() == "beta");
  CHECK(user_meta(*p.manifest().find("b")) != nullptr);
  check_whole(s.r);
}

TEST_CASE("a lazy directory can become another package in the same registry or in another one") {
  lazy_shop s;
  auto const prefix = GENERATE(as<std::string>{}, "", "data/v0");
  auto other = directory_registry(s.dir / "other");
  auto const wanted = prefix.empty() ? std::nullopt : std::optional{prefix};
  CHECK(s.publish("ns/copy", s.r, false, wanted).value().data.files_copied == 0);
  CHECK(s.publish("ns/copy", other, false, wanted).value().data.files_copied == 3);
  std::filesystem::remove_all(s.dir / "out");
  CHECK(open(other, "ns/copy").read("sub/e").value() == "epsilon");
  check_whole(s.r);
  check_whole(other);
}

TEST_CASE("what looks like a placeholder and stands for nothing is not published unless that is meant") {
  lazy_shop s;
  auto const text = read_file(s.dir / "out/a");
  SECTION("copied to another key") { write_file(s.dir / "out/copy", text); }
  SECTION("moved over another one") { write_file(s.dir / "out/b", text); }
  SECTION("damaged") { write_file(s.dir / "out/a", text + " "); }
  auto const e = failure(s.publish("ns/data", s.r));
  CHECK(e.code == errc::refused);
  CHECK_THAT(e.detail, contains("--allow-placeholders"));
  CHECK(s.r.versions(name("ns/data")).value().size() == 1);
  CHECK(s.publish("ns/data", s.r, true).value().new_version);
  // Now it is data.
  CHECK_FALSE(s.publish("ns/data", s.r).value().new_version);
}

TEST_CASE("a lazy directory is pushed to a bucket as to a directory and hashed once") {
  lazy_shop s;
  auto const bucket = std::make_shared<waybill_test::bucket_state>();
  registry far{waybill_test::bucket_store{bucket}, "s3://bucket"};
  write_file(s.dir / "out/sub/e", "edited");
  auto const first = s.publish("ns/copy", far).value();
  CHECK(first.placeholders == 2);
  CHECK(first.data.files_copied == 3);
  // Those that come from the other registry, not the one that was read here.
  CHECK(bucket->contents_hashed - bucket->count("PUT .quilt/named") - bucket->count("PUT-NEW .quilt/packages") == 2);
  CHECK(open(far, "ns/copy").read("sub/e").value() == "edited");
  CHECK(open(far, "ns/copy").read("a").value() == "alpha");
  write_file(s.dir / "out/strange", read_file(s.dir / "out/a"));
  CHECK_THAT(failure(s.publish("ns/copy", far)).detail, contains("'strange'"));
  CHECK(s.publish("ns/copy", far, true).value().new_version);
  // Now it is data.
  CHECK_FALSE(s.publish("ns/copy", far).value().new_version);
}

TEST_CASE("without its record a lazy directory is not published") {
  lazy_shop s;
  std::filesystem::remove_all(s.dir / "out/.waybill");
  push_directory_options options;
  options.now = second(9);
  registry far{waybill_test::bucket_store{std::make_shared<waybill_test::bucket_state>()}, "s3://bucket"};
  auto const e = failure(push_directory(GENERATE(true, false) ? s.r : far, name("ns/data"), s.out(), options));
  CHECK(e.code == errc::refused);
  CHECK_THAT(e.detail, contains("'a', 'b', 'sub/e'"));
}

TEST_CASE("a draft does not take a placeholder for data") {
  lazy_shop s;
  package_builder b{name("ns/draft")};
  REQUIRE(ok(b.set_file("x", (s.dir / "out/a").string())));
  CHECK(failure(b.build()).code == errc::refused);
  CHECK(failure(b.push_data(s.r)).code == errc::refused);
  CHECK(failure(s.r.versions(name("ns/draft"))).code == errc::package_not_found);
}

TEST_CASE("a diff with digests of another kind leaves what was not fetched alone") {
  lazy_shop s;
  auto const what = s.record();
  std::vector<entry> entries{what.manifest.entries().begin(), what.manifest.entries().end()};
  for (auto& e : entries) {
    auto const bytes = read_file(s.dir / ("d/" + e.key.str()));
    e.digests = {hash_bytes<sha256_hasher>(as_bytes(bytes))};
  }
  auto const other = manifest::create({}, std::move(entries)).value();
  std::filesystem::rename(s.dir / "reg", s.dir / "moved");
  auto const now =
      manifest_of_directory(s.out(), &what.manifest, nullptr, {}, what.known_placeholders()).value().manifest;
  CHECK(with_digests_of(now, other).value() == now);
}

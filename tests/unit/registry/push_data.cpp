#include <waybill/registry/push_data.hpp>

#include "fixture.hpp"

using namespace waybill;
using waybill_test::contains;
using waybill_test::failure;
using waybill_test::name;
using waybill_test::ok;
using waybill_test::rows;
using waybill_test::second;
using waybill_test::temporary_directory;
using waybill_test::write_file;

TEST_CASE("pushed data is skipped, shared and pointed to") {
  temporary_directory dir;
  write_file(dir / "d/1", "same");
  write_file(dir / "d/2", "same");
  write_file(dir / "d/3", "other!");
  auto r = waybill_test::directory_registry(dir / "reg");
  package_builder b{name("ns/data")};
  b.add_directory("d", (dir / "d").string()).value();
  CHECK(b.local_entries(r) == 3);
  push_data_options dry;
  dry.dry_run = true;
  auto report = b.push_data(r, dry).value();
  CHECK(report.files_copied == 2);
  CHECK(b.local_entries(r) == 3);
  report = b.push_data(r).value();
  CHECK(report.files_copied == 2);
  CHECK(report.bytes_copied == 10);
  CHECK(report.files_skipped == 1);
  CHECK(report.bytes_skipped == 4);
  CHECK(b.local_entries(r) == 0);
  CHECK(b.draft().find("d/1")->places == b.draft().find("d/2")->places);
  report = b.push_data(r).value();
  CHECK(report.files_copied == 0);
  CHECK(report.files_skipped == 3);
  CHECK(rows(b, &r) == std::vector<std::string>{"d/ -> " + r.store().url(".waybill/objects/").url() + "..."});
  auto const p = b.push_manifest(r, {{}, "msg", false, second(1)}).value();
  CHECK(p.read("d/3").value() == "other!");
  CHECK(waybill_test::open(r, "ns/data").manifest().header().message() == "msg");
}

TEST_CASE("a top hash does not change when data is pushed") {
  temporary_directory dir;
  write_file(dir / "d/1", "1");
  auto r = waybill_test::directory_registry(dir / "reg");
  package_builder b{name("ns/data")};
  b.add_directory("d", (dir / "d").string()).value();
  auto const hash = b.build().value().top_hash();
  b.push_data(r).value();
  CHECK(b.top_hash() == hash.hex());
  CHECK(b.build().value().top_hash() == hash);
}

TEST_CASE("a file that changed since the build is noticed, named, and hashed again") {
  temporary_directory dir;
  write_file(dir / "d/1", "before");
  auto const later = GENERATE(as<std::string>{}, "behind", "longer than before");
  auto r = waybill_test::directory_registry(dir / "reg");
  package_builder b{name("ns/data")};
  b.add_directory("d", (dir / "d").string()).value();
  b.build().value();
  write_file(dir / "d/1", later);
  auto const e = failure(b.push_data(r));
  CHECK(e.code == errc::source_changed);
  CHECK_THAT(e.path, contains("d/1"));
  CHECK_THAT(e.detail, contains("build again"));
  CHECK_FALSE(b.top_hash());
  CHECK(b.local_entries(r) == 1);
  b.build().value();
  REQUIRE(ok(b.push_data(r)));
  CHECK(b.push_manifest(r, {{}, {}, false, second(1)}).value().read("d/1").value() == later);
}

TEST_CASE("with a prefix files keep their names, and other bytes are never overwritten") {
  temporary_directory dir;
  write_file(dir / "d/1", "one");
  write_file(dir / "d/2", "two");
  auto r = waybill_test::directory_registry(dir / "reg");
  push_data_options options;
  options.prefix = "/data/v0/";
  package_builder b{name("ns/data")};
  b.add_directory("d", (dir / "d").string()).value();
  CHECK(b.push_data(r, options).value().files_copied == 2);
  CHECK(waybill_test::read_file(dir / "reg/data/v0/d/1") == "one");
  CHECK(b.draft().find("d/1")->places.front() == r.store().url("data/v0/d/1"));
  CHECK(b.push_data(r, options).value().files_skipped == 2);
  package_builder again{name("ns/data")};
  again.add_directory("d", (dir / "d").string()).value();
  CHECK(again.push_data(r, options).value().files_skipped == 2);
  CHECK(again.local_entries(r) == 0);

  auto const later = GENERATE(as<std::string>{}, "TWO", "three");
  write_file(dir / "d/0", "zero");
  write_file(dir / "d/2", later);
  package_builder changed{name("ns/data")};
  changed.add_directory("d", (dir / "d").string()).value();
  auto const e = failure(changed.push_data(r, options));
  CHECK(e.code == errc::collision);
  CHECK_THAT(e.detail, contains("data/v0/d/2") && contains("--prefix"));
  CHECK(waybill_test::read_file(dir / "reg/data/v0/d/2") == "two");
  CHECK_FALSE(std::filesystem::exists(dir / "reg/data/v0/d/0"));
}

TEST_CASE("a prefix cannot reach what the registry itself keeps") {
  temporary_directory dir;
  write_file(dir / "a", "1");
  auto r = waybill_test::directory_registry(dir / "reg");
  package_builder b{name("ns/data")};
  REQUIRE(ok(b.set_file("a", (dir / "a").string())));
  for (std::string const& bad : {std::string{".quilt/packages"}, std::string{"/.waybill/tags/"}}) {
    push_data_options options;
    options.prefix = bad;
    CHECK(failure(b.push_data(r, options)).code == errc::protected_name);
  }
  for (std::string const& bad : {std::string{"../x"}, std::string{"a//b"}, std::string{}}) {
    push_data_options options;
    options.prefix = bad;
    CHECK(failure(b.push_data(r, options)).code == errc::usage);
  }
}

TEST_CASE("local files only leaves what lies elsewhere where it is") {
  temporary_directory dir;
  write_file(dir / "a", "1");
  auto r = waybill_test::directory_registry(dir / "reg");
  package_builder b{name("ns/data")};
  REQUIRE(ok(b.set_file("a", (dir / "a").string())));
  auto const d = hash_bytes(as_bytes("x"), sha2_256_chunked_hasher{1});
  auto const remote = physical_key::s3("other", "x");
  REQUIRE(ok(b.set_entry({logical_key::parse("b").value(), 1, {d}, nullptr, {remote}, json::object{}})));
  push_data_options options;
  options.local_files_only = true;
  auto const report = b.push_data(r, options).value();
  CHECK(report.files_copied == 1);
  CHECK(report.files_skipped == 0);
  CHECK(b.draft().find("b")->places.front() == remote);
  CHECK(failure(b.push_data(r)).code == errc::unsupported);
}

TEST_CASE("a lost or cut object is copied again from the file at hand") {
  temporary_directory dir;
  write_file(dir / "d/1", "bytes");
  auto r = waybill_test::directory_registry(dir / "reg");
  waybill_test::push(r, "ns/data", dir / "d", 1);
  auto const object = r.key_of_place(waybill_test::open(r, "ns/data").manifest().find("1")->places.front()).value();
  SECTION("lost") { std::filesystem::remove(dir / "reg" / object); }
  SECTION("cut") {
    std::filesystem::remove(dir / "reg" / object);
    write_file(dir / "reg" / object, "byt");
  }
  package_builder b{name("ns/data")};
  b.add_directory("", (dir / "d").string()).value();
  CHECK(b.push_data(r).value().files_copied == 1);
  CHECK(waybill_test::open(r, "ns/data").read("1").value() == "bytes");
}

TEST_CASE("publishing is data, flush, manifest, pointers, in that order") {
  temporary_directory dir;
  write_file(dir / "a", "1");
  write_file(dir / "b", "2");
  auto const watch = std::make_shared<waybill_test::store_watch>();
  registry r{waybill_test::watched_store{watch}, "watched"};
  package_builder b{name("ns/data")};
  REQUIRE(ok(b.set_file("a", (dir / "a").string())));
  REQUIRE(ok(b.set_file("b", (dir / "b").string())));
  b.push_data(r).value();
  auto const p = b.push_manifest(r, {{"v1"}, {}, false, second(7)}).value();
  auto const& changes = watch->changes;
  REQUIRE(changes.size() == 7);
  CHECK_THAT(changes[0], contains("put .waybill/objects/"));
  CHECK_THAT(changes[1], contains("put .waybill/objects/"));
  CHECK(changes[2] == "flush");
  CHECK(changes[3] == "put .quilt/packages/" + p.top_hash());
  CHECK(changes[4] == "swap .quilt/named_packages/ns/data/7");
  CHECK(changes[5] == "swap .quilt/named_packages/ns/data/latest");
  CHECK(changes[6] == "swap .waybill/tags/ns/data/v1");
}

TEST_CASE("a stopped build or push changes nothing that a repetition would miss") {
  temporary_directory dir;
  for (int i = 0; i < 20; ++i) write_file(dir / "d" / std::to_string(i), std::to_string(i));
  auto r = waybill_test::directory_registry(dir / "reg");
  package_builder b{name("ns/data")};
  b.add_directory("d", (dir / "d").string()).value();
  std::stop_source stop;
  stop.request_stop();
  job_control control{};
  control.stop = stop.get_token();
  CHECK(failure(b.build(control)).code == errc::interrupted);
  b.build().value();
  CHECK(failure(b.push_data(r, {}, control)).code == errc::interrupted);
  CHECK(b.local_entries(r) == 20);
  CHECK(b.push_data(r).value().files_copied == 20);
}

#include <waybill/registry/workspace.hpp>

#include "fixture.hpp"

using namespace waybill;
using waybill_test::contains;
using waybill_test::failure;
using waybill_test::memory_registry;
using waybill_test::name;
using waybill_test::ok;
using waybill_test::temporary_directory;
using waybill_test::write_file;

TEST_CASE("a draft comes back as it was saved, built or not") {
  temporary_directory dir;
  write_file(dir / "src/a", "1");
  auto const space = workspace::at(dir.path().string()).value();
  CHECK_FALSE(space.load_draft().value());
  package_builder b{name("ns/data")};
  REQUIRE(ok(space.save_draft(b)));
  CHECK(space.load_draft().value()->draft().entries().empty());

  b.add_directory("d", (dir / "src").string()).value();
  REQUIRE(ok(b.set_meta("d/", json::object{{"of", "directory"}})));
  REQUIRE(ok(b.set_meta("d/a", json::object{{"x", json::number{"1.5"}}})));
  REQUIRE(ok(space.save_draft(b)));
  auto loaded = space.load_draft().value();
  REQUIRE(loaded);
  CHECK(loaded->name() == b.name());
  CHECK(loaded->draft().entries() == b.draft().entries());
  CHECK(loaded->draft().directories() == b.draft().directories());
  CHECK_FALSE(loaded->top_hash());

  auto const hash = b.build().value().top_hash().hex();
  REQUIRE(ok(space.save_draft(b)));
  loaded = space.load_draft().value();
  CHECK(loaded->top_hash() == hash);
  CHECK(loaded->build().value().top_hash().hex() == hash);

  REQUIRE(ok(space.discard_draft()));
  CHECK_FALSE(space.load_draft().value());
  CHECK(ok(space.discard_draft()));
}

TEST_CASE("a top hash that does not belong to the lines is not believed") {
  temporary_directory dir;
  write_file(dir / "src/a", "1");
  auto const space = workspace::at(dir.path().string()).value();
  package_builder b{name("ns/data")};
  b.add_directory("d", (dir / "src").string()).value();
  b.build().value();
  REQUIRE(ok(space.save_draft(b)));
  auto record = waybill_test::read_file(dir / ".waybill/draft.json");
  record.replace(record.find(*b.top_hash()), 64, std::string(64, '0'));
  write_file(dir / ".waybill/draft.json", record);
  CHECK_FALSE(space.load_draft().value()->top_hash());
}

TEST_CASE("an installation is recorded with its manifest") {
  temporary_directory dir;
  auto r = memory_registry();
  auto const m = waybill_test::stored_manifest(r, {"a", "b/c"}, "msg");
  auto const space = workspace::at(dir.path().string()).value();
  CHECK_FALSE(space.load_installed().value());
  REQUIRE(ok(space.save_installed({name("ns/data"), "/data/registry", "v1", m})));
  auto const loaded = space.load_installed().value();
  REQUIRE(loaded);
  CHECK(loaded->name.str() == "ns/data");
  CHECK(loaded->registry == "/data/registry");
  CHECK(loaded->tag == "v1");
  CHECK(loaded->manifest == m);
  REQUIRE(ok(space.save_installed({name("ns/data"), "/data/registry", {}, m})));
  CHECK_FALSE(space.load_installed().value()->tag);
}

TEST_CASE("a workspace is found from below and its absence says what to do") {
  temporary_directory dir;
  std::filesystem::create_directories(dir / "w/deep/er");
  auto const start = (dir / "w/deep/er").string();
  auto const space = workspace::at((dir / "w").string()).value();
  REQUIRE(ok(space.save_draft(package_builder{name("ns/data")})));
  CHECK(workspace::find(start).value().directory() == space.directory());
  REQUIRE(ok(space.discard_draft()));
  auto const e = failure(workspace::find(start));
  CHECK(e.code == errc::no_workspace);
  CHECK_THAT(e.detail, contains("waybill init"));
  CHECK(failure(workspace::at((dir / "none").string())).code == errc::file_not_found);
}

TEST_CASE("hostile and damaged records are errors that name the file") {
  temporary_directory dir;
  auto const space = workspace::at(dir.path().string()).value();
  write_file(dir / "src/a", "1");
  package_builder b{name("ns/data")};
  b.add_directory("d", (dir / "src").string()).value();
  REQUIRE(ok(space.save_draft(b)));
  auto const lines = waybill_test::read_file(dir / ".waybill/draft.jsonl");
  auto const draft_error = [&](std::string const& record, std::string const& text) {
    write_file(dir / ".waybill/draft.json", record);
    write_file(dir / ".waybill/draft.jsonl", text);
    auto const e = failure(space.load_draft());
    INFO(e.message());
    CHECK_THAT(e.path, contains(".waybill/draft.json"));
    return e.code;
  };
  std::string const good = R"({"schema":"waybill/draft/1","name":"ns/data","top_hash":null})";
  for (std::string const& record :
       {std::string{}, std::string{"{"}, std::string{"[]"}, std::string{"null"}, std::string{R"({"name":"ns/data"})"},
        std::string{R"({"schema":"waybill/draft/2","name":"ns/data"})"}, std::string{R"({"schema":"waybill/draft/1"})"},
        std::string{R"({"schema":"waybill/draft/1","name":"../../x"})"},
        std::string{R"({"schema":"waybill/draft/1","name":7})"},
        std::string{R"({"schema":"waybill/draft/1","name":"a/b","name":"c/d"})"},
        std::string{R"({"schema":"waybill/draft/1","name":"a/b","top_hash":[]})"}, std::string(100'000, '['),
        std::string(2'000'000, ' ')})
    CHECK(draft_error(record, lines) == errc::corrupt_state);
  for (std::string const& text :
       {std::string{}, std::string{"{"}, lines + "\n", lines + lines.substr(lines.find('\n') + 1), lines + "[]\n",
        lines + std::string(100'000, '[') + "\n",
        lines + R"({"logical_key": "../x", "physical_keys": ["file:///x"], "size": null, "hash": null, "meta": {}})" +
            "\n",
        lines + R"({"logical_key": "d", "physical_keys": ["file:///x"], "size": null, "hash": null, "meta": {}})" +
            "\n",
        lines + R"({"logical_key": "y", "physical_keys": ["x"], "size": -1, "hash": null, "meta": {}})" + "\n"})
    CHECK(make_error_code(static_cast<errc>(draft_error(good, text).value())) == condition::unsafe_input);
}

TEST_CASE("a manifest that is not the recorded one is not believed") {
  temporary_directory dir;
  auto r = memory_registry();
  auto const space = workspace::at(dir.path().string()).value();
  REQUIRE(ok(space.save_installed({name("ns/data"), "reg", {}, waybill_test::stored_manifest(r, {"a"}, "one")})));
  auto const file =
      ".waybill/installed-" + space.load_installed().value()->manifest.top_hash().hex().substr(0, 16) + ".jsonl";
  auto lines = waybill_test::read_file(dir / file);
  write_file(dir / file, lines.replace(lines.find("one"), 3, "two"));
  auto const e = failure(space.load_installed());
  CHECK(e.code == errc::corrupt_state);
  CHECK_THAT(e.detail, contains("install the package again"));
  std::filesystem::remove(dir / file);
  CHECK(failure(space.load_installed()).code == errc::corrupt_state);
}

TEST_CASE("a workspace does not follow symbolic links") {
  temporary_directory dir;
  std::filesystem::create_directories(dir / "w");
  std::filesystem::create_directories(dir / "outside");
  std::filesystem::create_directory_symlink(dir / "outside", dir / "w/.waybill");
  auto const space = workspace::at((dir / "w").string()).value();
  CHECK(failure(space.save_draft(package_builder{name("ns/data")})).code == condition::unsafe_input);
  CHECK(std::filesystem::is_empty(dir / "outside"));
  write_file(dir / "outside/draft.json", R"({"schema":"waybill/draft/1","name":"ns/data"})");
  CHECK(failure(space.load_draft()).code == condition::unsafe_input);
}

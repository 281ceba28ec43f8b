#include <waybill/registry/workspace.hpp>

#include "fixture.hpp"
#include "support/system_calls.hpp"

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
        std::string(2'000'000, ' '), std::string(2'000'000, ' ') + good})
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

TEST_CASE("an installed package makes a workspace too") {
  temporary_directory dir;
  auto r = memory_registry();
  std::filesystem::create_directories(dir / "w/deep");
  auto const space = workspace::at((dir / "w").string()).value();
  REQUIRE(ok(space.save_installed({name("ns/data"), "reg", {}, waybill_test::stored_manifest(r, {"a"})})));
  CHECK(workspace::find((dir / "w/deep").string()).value().directory() == space.directory());
}

TEST_CASE("an installation's record is checked like a stranger's") {
  temporary_directory dir;
  auto r = memory_registry();
  auto const space = workspace::at(dir.path().string()).value();
  auto const m = waybill_test::stored_manifest(r, {"a"});
  REQUIRE(ok(space.save_installed({name("ns/data"), "reg", {}, m})));
  auto const hash = m.top_hash().hex();
  auto const record = [&](std::string const& package, std::string const& tag, std::string const& top_hash) {
    write_file(dir / ".waybill/installed.json", R"({"schema":"waybill/installed/1","name":")" + package +
                                                    R"(","registry":"reg","tag":)" + tag + R"(,"top_hash":")" +
                                                    top_hash + "\"}");
    return space.load_installed();
  };
  CHECK(ok(record("ns/data", "\"v1\"", hash)));
  for (auto const& bad :
       {record("../x", "null", hash), record("ns/data", "\"../x\"", hash), record("ns/data", "\"latest\"", hash),
        record("ns/data", "7", hash), record("ns/data", "null", "../../../x"),
        record("ns/data", "null", hash.substr(0, 63)), record("ns/data", "null", std::string(64, '0'))})
    CHECK(failure(bad).code == errc::corrupt_state);
}

TEST_CASE("a next installation leaves no manifest of the one before") {
  temporary_directory dir;
  auto r = memory_registry();
  auto const space = workspace::at(dir.path().string()).value();
  auto const files = [&] {
    std::size_t n = 0;
    for (auto const& file : std::filesystem::directory_iterator{dir / ".waybill"})
      n += file.path().extension() == ".jsonl" ? 1U : 0U;
    return n;
  };
  auto const two = waybill_test::stored_manifest(r, {"a"}, "two");
  for (auto const& m : {waybill_test::stored_manifest(r, {"a"}, "one"), two, two}) {
    REQUIRE(ok(space.save_installed({name("ns/data"), "reg", {}, m})));
    CHECK(files() == 1);
    CHECK(space.load_installed().value()->manifest == m);
  }
}

TEST_CASE("a record names only what is written already") {
  // A directory in a file's place stops the second of two writes, as a crash between them would.
  temporary_directory dir;
  auto r = memory_registry();
  auto const space = workspace::at(dir.path().string()).value();
  auto const one = waybill_test::stored_manifest(r, {"a"}, "one");
  auto const two = waybill_test::stored_manifest(r, {"a"}, "two");
  SECTION("a draft's lines come before its record") {
    std::filesystem::create_directories(dir / ".waybill/draft.jsonl");
    CHECK_FALSE(space.save_draft(package_builder{name("ns/data")}).has_value());
    CHECK_FALSE(std::filesystem::exists(dir / ".waybill/draft.json"));
  }
  SECTION("a draft's record goes before its lines") {
    REQUIRE(ok(space.save_draft(package_builder{name("ns/data")})));
    std::filesystem::remove(dir / ".waybill/draft.json");
    std::filesystem::create_directories(dir / ".waybill/draft.json");
    CHECK_FALSE(space.discard_draft().has_value());
    CHECK(std::filesystem::exists(dir / ".waybill/draft.jsonl"));
  }
  SECTION("an installed manifest comes before the record") {
    REQUIRE(ok(space.save_installed({name("ns/data"), "reg", {}, one})));
    std::filesystem::create_directories(dir / (".waybill/installed-" + two.top_hash().hex().substr(0, 16) + ".jsonl"));
    CHECK_FALSE(space.save_installed({name("ns/data"), "reg", {}, two}).has_value());
    CHECK(space.load_installed().value()->manifest == one);
  }
  SECTION("and the one before it goes last") {
    REQUIRE(ok(space.save_installed({name("ns/data"), "reg", {}, one})));
    // A staging directory that is a link: new names are still made, but none is replaced.
    std::filesystem::remove_all(dir / ".waybill/tmp");
    std::filesystem::create_directory_symlink(dir.path(), dir / ".waybill/tmp");
    CHECK_FALSE(space.save_installed({name("ns/data"), "reg", {}, two}).has_value());
    CHECK(space.load_installed().value()->manifest == one);
  }
}

TEST_CASE("a draft's lines without its record are no draft and a record without its lines is damaged") {
  temporary_directory dir;
  auto const space = workspace::at(dir.path().string()).value();
  REQUIRE(ok(space.save_draft(package_builder{name("ns/data")})));
  std::filesystem::rename(dir / ".waybill/draft.json", dir / "record");
  CHECK_FALSE(space.load_draft().value());
  std::filesystem::rename(dir / "record", dir / ".waybill/draft.json");
  std::filesystem::remove(dir / ".waybill/draft.jsonl");
  auto const e = failure(space.load_draft());
  CHECK(e.code == errc::corrupt_state);
  CHECK_THAT(e.detail, contains("draft.jsonl"));
}

TEST_CASE("a discarded draft leaves nothing") {
  temporary_directory dir;
  auto const space = workspace::at(dir.path().string()).value();
  REQUIRE(ok(space.save_draft(package_builder{name("ns/data")})));
  REQUIRE(ok(space.discard_draft()));
  CHECK_FALSE(std::filesystem::exists(dir / ".waybill/draft.json"));
  CHECK_FALSE(std::filesystem::exists(dir / ".waybill/draft.jsonl"));
}

TEST_CASE("what a workspace records is flushed to disk before it is relied on") {
  temporary_directory dir;
  auto r = memory_registry();
  auto const space = workspace::at(dir.path().string()).value();
  std::filesystem::create_directories(dir / ".waybill");
  auto const kept = space.directory() + "/.waybill";
  waybill_test::syncs.take();
  REQUIRE(ok(space.save_draft(package_builder{name("ns/data")})));
  CHECK(waybill_test::syncs.take() == std::vector<std::string>{"unnamed", kept, "unnamed", kept});
  REQUIRE(ok(space.save_installed({name("ns/data"), "reg", {}, waybill_test::stored_manifest(r, {"a"})})));
  CHECK(waybill_test::syncs.take() == std::vector<std::string>{"unnamed", kept, "unnamed", kept});
}

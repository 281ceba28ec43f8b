#include <waybill/registry/lazy.hpp>

#include <waybill/scan/placeholder.hpp>

#include "fixture.hpp"

using namespace waybill;
using waybill_test::contains;
using waybill_test::directory_registry;
using waybill_test::failure;
using waybill_test::name;
using waybill_test::ok;
using waybill_test::open;
using waybill_test::push;
using waybill_test::read_file;
using waybill_test::temporary_directory;
using waybill_test::write_file;

namespace {

using keys = std::vector<std::string>;

/// A registry with two versions of a package: v2 changes a, drops b and adds c.
struct shop {
  shop() : r{directory_registry(dir / "reg")} {
    write_file(dir / "d/a", "first");
    write_file(dir / "d/b", "to go");
    write_file(dir / "d/sub/e", "same");
    push(r, "ns/data", dir / "d", 1, {"v1"});
    write_file(dir / "d/a", "second");
    std::filesystem::remove(dir / "d/b");
    write_file(dir / "d/c", "new");
    push(r, "ns/data", dir / "d", 2, {"v2"});
  }
  [[nodiscard]] std::string at(std::string const& where) const { return (dir / where).string(); }
  lazy_report lazily(std::string const& ref, std::vector<std::string> globs = {},
                     materialise_options const& options = {}) {
    auto const p = open(r, ref);
    registry_contents contents{r, {}};
    return install_lazily(p, at("out"), key_filter{std::move(globs)}, std::nullopt, contents, options).value();
  }
  materialise_report fully(std::string const& ref, std::vector<std::string> globs = {},
                           materialise_options const& options = {}) {
    auto const p = open(r, ref);
    registry_contents contents{r, {}};
    return install_package(p, at("out"), key_filter{std::move(globs)}, std::nullopt, contents, options).value();
  }
  result<fetch_report> fetch(std::vector<std::string> const& wanted, materialise_options const& options = {}) {
    registry_contents contents{r, {}};
    return fetch_entries(at("out"), wanted, contents, options);
  }
  installed_package record() { return workspace::at(at("out")).value().load_installed().value().value(); }
  lazy_verification state() {
    auto const what = record();
    return verify_lazy_directory(at("out"), what.placed().value(), what.known_placeholders()).value();
  }
  [[nodiscard]] bool holds_placeholder(std::string const& key) const {
    return looks_like_placeholder(as_bytes(read_file(dir / ("out/" + key))));
  }

  temporary_directory dir;
  registry r;
};

}  // namespace

TEST_CASE("a lazy installation puts a placeholder for every file and says so in its record") {
  shop s;
  auto const done = s.lazily("ns/data:v1");
  CHECK(done.placed.added == keys{"a", "b", "sub/e"});
  CHECK(done.placeholders == 3);
  CHECK(done.placed.bytes_transferred == 0);
  auto const p = open(s.r, "ns/data:v1");
  CHECK(s.record().placeholders == "ns/data@" + p.top_hash());
  CHECK(read_file(s.dir / "out/sub/e") == placeholder_text(*p.manifest().find("sub/e"), "ns/data@" + p.top_hash()));
  CHECK(s.state().placeholders == 3);
  CHECK(s.state().differences.empty());
  auto const again = s.lazily("ns/data:v1");
  CHECK(again.placed.added.empty());
  CHECK(again.placed.replaced.empty());
  CHECK(again.placed.unchanged == 3);
  CHECK(again.placeholders == 3);
}

TEST_CASE("a lazy installation keeps files that are right and needs no record when all are") {
  shop s;
  s.fully("ns/data:v1");
  write_file(s.dir / "out/a", "edited");
  auto const done = s.lazily("ns/data:v1");
  CHECK(done.placed.replaced == keys{"a"});
  CHECK(done.placed.unchanged == 2);
  CHECK(done.placed.bytes_kept == 9);
  CHECK(done.placeholders == 1);
  REQUIRE(ok(s.fetch({})));
  CHECK(s.lazily("ns/data:v1").placeholders == 0);
  CHECK_FALSE(s.record().placeholders);
}

TEST_CASE("a planned lazy installation changes nothing") {
  shop s;
  materialise_options plan;
  plan.dry_run = true;
  CHECK(s.lazily("ns/data:v1", {}, plan).placed.added.size() == 3);
  CHECK_FALSE(std::filesystem::exists(s.dir / "out"));
  s.lazily("ns/data:v1");
  auto const next = s.lazily("ns/data:v2", {}, plan);
  CHECK(next.placed.added == keys{"c"});
  CHECK(next.placed.replaced == keys{"a", "sub/e"});
  CHECK(next.placed.removed == keys{"b"});
  CHECK(s.state().placeholders == 3);
}

TEST_CASE("what an installation refuses a lazy one refuses before anything is written") {
  shop s;
  auto const hostile = [&](std::string key) {
    auto const m = open(s.r, "ns/data:v1").manifest();
    std::vector<entry> entries{m.entries().begin(), m.entries().end()};
    entries[0].key = logical_key::trusted(std::move(key));
    package const p{s.r, name("ns/data"), manifest::create({}, entries).value()};
    registry_contents contents{s.r, {}};
    auto const e = failure(install_lazily(p, s.at("bad"), {}, {}, contents, {}));
    CHECK_FALSE(std::filesystem::exists(s.dir / "bad"));
    return e.code;
  };
  CHECK(hostile("C:\\x") == errc::unsafe_key);
  CHECK(hostile(".git/hooks/post-checkout") == errc::protected_name);
  std::filesystem::create_directories(s.dir / "outside");
  std::filesystem::create_directories(s.dir / "out");
  std::filesystem::create_directory_symlink(s.dir / "outside", s.dir / "out/sub");
  auto const p = open(s.r, "ns/data:v1");
  registry_contents contents{s.r, {}};
  CHECK(failure(install_lazily(p, s.at("out"), {}, {}, contents, {})).code == errc::unsafe_path);
  CHECK(std::filesystem::is_empty(s.dir / "outside"));
  CHECK_FALSE(std::filesystem::exists(s.dir / "out/a"));
  CHECK(failure(install_lazily(p, s.at("out"), key_filter{{"none"}}, {}, contents, {})).code == errc::key_not_found);
  materialise_options sync;
  sync.delete_extra = true;
  CHECK(failure(install_lazily(p, s.at("new"), {}, {}, contents, sync)).code == errc::usage);
}

TEST_CASE("fetching by key by directory and by glob replaces only what was named") {
  shop s;
  s.lazily("ns/data:v1");
  auto const by_key = s.fetch({"a"}).value();
  CHECK(by_key.placed.replaced == keys{"a"});
  CHECK(by_key.placed.bytes_transferred == 5);
  CHECK(read_file(s.dir / "out/a") == "first");
  CHECK(s.holds_placeholder("b"));
  CHECK(s.fetch({"sub/"}).value().placed.replaced == keys{"sub/e"});
  CHECK(s.fetch({"a", "?"}).value().placed.replaced == keys{"b"});
  CHECK(s.record().placeholders);
  CHECK(s.fetch({}).value().placed.unchanged == 3);
  CHECK_FALSE(s.record().placeholders);
  CHECK(s.fetch({}).value().placed.unchanged == 3);
  CHECK(open(s.r, "ns/data:v1").verify(s.at("out")).value().empty());
}

TEST_CASE("a word that names nothing fetches nothing") {
  shop s;
  s.lazily("ns/data:v1");
  for (std::string const word : {"nope", "su", "e", "sub/e/", "*.png", ""}) {
    INFO(word);
    CHECK(failure(s.fetch({"a", word})).code == errc::key_not_found);
  }
  CHECK(s.holds_placeholder("a"));
  write_file(s.dir / "plain/x", "x");
  registry_contents contents{s.r, {}};
  CHECK(failure(fetch_entries(s.at("plain"), {}, contents, {})).code == errc::no_workspace);
}

TEST_CASE("files that were changed are kept, missing ones come back") {
  shop s;
  s.lazily("ns/data:v1");
  write_file(s.dir / "out/a", "mine");
  auto const damaged = read_file(s.dir / "out/b") + "x";
  write_file(s.dir / "out/b", damaged);
  std::filesystem::remove_all(s.dir / "out/sub");
  materialise_options plan;
  plan.dry_run = true;
  auto const planned = s.fetch({}, plan).value();
  CHECK(planned.placed.added == keys{"sub/e"});
  CHECK_FALSE(std::filesystem::exists(s.dir / "out/sub"));
  CHECK(s.record().placeholders);
  auto const done = s.fetch({}).value();
  CHECK(done.kept == keys{"a", "b"});
  CHECK(done.placed.added == keys{"sub/e"});
  CHECK(read_file(s.dir / "out/a") == "mine");
  CHECK(read_file(s.dir / "out/b") == damaged);
}

TEST_CASE("wrong bytes do not take a placeholder's place") {
  shop s;
  s.lazily("ns/data:v1");
  for (auto const& at : std::filesystem::recursive_directory_iterator{s.dir / "reg/.waybill/objects"})
    if (at.is_regular_file() && read_file(at.path()) == "first") {
      std::filesystem::permissions(at.path(), std::filesystem::perms{0644});
      write_file(at.path(), "FIRST");
    }
  CHECK(failure(s.fetch({"a"})).code == condition::integrity);
  CHECK(s.holds_placeholder("a"));
  CHECK(ok(s.fetch({"b"})));
}

TEST_CASE("another version takes the place of placeholders and removes those that it has no entry for") {
  shop s;
  s.lazily("ns/data:v1");
  SECTION("lazily") {
    auto const done = s.lazily("ns/data:v2");
    CHECK(done.placed.added == keys{"c"});
    CHECK(done.placed.removed == keys{"b"});
    CHECK(s.state().placeholders == 3);
  }
  SECTION("with its bytes") {
    auto const done = s.fully("ns/data:v2");
    CHECK(done.removed == keys{"b"});
    CHECK_FALSE(s.record().placeholders);
  }
  SECTION("in part") {
    CHECK(s.fully("ns/data:v2", {"c"}).removed == keys{"a", "b", "sub/e"});
    CHECK_FALSE(s.record().placeholders);
  }
  SECTION("synchronised") {
    materialise_options sync;
    sync.delete_extra = true;
    CHECK(s.fully("ns/data:v2", {}, sync).removed == keys{"b"});
  }
  CHECK(s.state().differences.empty());
  CHECK_FALSE(std::filesystem::exists(s.dir / "out/b"));
}

TEST_CASE("data that stands where a placeholder stood is never removed with another version") {
  shop s;
  s.lazily("ns/data:v1");
  write_file(s.dir / "out/b", "mine");
  CHECK(s.lazily("ns/data:v2").placed.removed.empty());
  CHECK(read_file(s.dir / "out/b") == "mine");
}

TEST_CASE("parts of one version add up, lazily or not") {
  shop s;
  s.lazily("ns/data:v1", {"a"});
  CHECK(s.record().include == keys{"a"});
  CHECK(failure(s.fetch({"b"})).code == errc::key_not_found);
  s.fully("ns/data:v1", {"b"});
  CHECK(s.record().include == keys{"a", "b"});
  CHECK(s.state().placeholders == 1);
  CHECK(s.state().differences.empty());
  CHECK(s.fetch({}).value().placed.replaced == keys{"a"});

  s.lazily("ns/data:v2");
  s.fully("ns/data:v2", {"c"});
  CHECK(s.record().include.empty());
  CHECK(s.state().placeholders == 2);
  CHECK(s.state().differences.size() == 1);  // b, which v2 does not have, and which is data
}

TEST_CASE("a record that names no exact version of its placeholders is damaged and installing again repairs it") {
  shop s;
  s.lazily("ns/data:v1");
  auto const file = s.dir / "out/.waybill/installed.json";
  auto const record = read_file(file);
  auto const version = s.record().placeholders.value();
  auto const at = record.find(version);
  REQUIRE(at != std::string::npos);
  for (std::string const other : {"", "ns/data", "ns/data@abcdef", "ns/data:v1", "data", "."}) {
    INFO(other);
    auto text = record;
    write_file(file, text.replace(at, version.size(), other));
    CHECK(failure(workspace::at(s.at("out")).value().load_installed()).code == errc::corrupt_state);
  }
  CHECK(s.lazily("ns/data:v1").placed.unchanged == 3);
  CHECK(s.state().placeholders == 3);
}

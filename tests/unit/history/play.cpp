#include <waybill/history/play.hpp>

#include <waybill/history/content.hpp>

#include "samples.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

json::value content(std::string_view token) { return json::object{{"content", token_content(token)}}; }

std::string played(history::state& on, std::string_view kind, json::object params) {
  auto const did = history::play(on, kind, json::value{std::move(params)});
  if (!did) return name_of(did.error().code) + " " + did.error().path;
  if (did->failed) return name_of(make_error_code(did->failed->reason)) + " at " + did->failed->at;
  return did->did == history::effect::applied ? "applied" : "satisfied";
}

history::state files(std::initializer_list<entry> all) {
  history::state out;
  for (auto const& e : all) out.set(e);
  return out;
}

}  // namespace

TEST_CASE("an action whose result is there is satisfied before it is a conflict") {
  auto s = files({file("a", "A2")});
  CHECK(played(s, "File.replace", {{"key", "a"}, {"old", content("A1")}, {"new", content("A2")}}) == "satisfied");
  CHECK(played(s, "File.replace", {{"key", "a"}, {"old", content("A1")}, {"new", content("A3")}}) == "changed at a");
  CHECK(played(s, "File.add", {{"key", "a"}, {"new", content("A2")}}) == "satisfied");
  CHECK(played(s, "File.add", {{"key", "a"}, {"new", content("A1")}}) == "exists at a");
  CHECK(played(s, "File.remove", {{"key", "b"}, {"old", content("A1")}}) == "satisfied");
  CHECK(played(s, "File.move", {{"key", "b"}, {"to", "a"}, {"old", content("A2")}}) == "satisfied");
  CHECK(played(s, "File.move", {{"key", "b"}, {"to", "a"}, {"old", content("A1")}}) == "missing at b");
}

TEST_CASE("a file travels with its metadata and is removed only with the metadata that was seen") {
  auto s = files({file("a", "A1", R"({"user_meta":{"l":"cat"}})"), file("b", "B1")});
  CHECK(played(s, "File.remove", {{"key", "a"}, {"old", content("A1")}}) == "meta_changed at a");
  CHECK(played(s, "File.move", {{"key", "a"}, {"to", "b"}, {"old", content("A1")}}) == "exists at b");
  CHECK(played(s, "File.move", {{"key", "a"}, {"to", "c"}, {"old", content("A1")}}) == "applied");
  CHECK(played(s, "File.replace", {{"key", "c"}, {"old", content("A1")}, {"new", content("A2")}}) == "applied");
  CHECK(shown(s) == R"(b=B1 c=A2{"user_meta":{"l":"cat"}})");
  CHECK(played(s, "Meta.unset", {{"key", "c"}, {"name", "l"}, {"old", "dog"}}) == "meta_changed at c#l");
  CHECK(played(s, "Meta.unset", {{"key", "c"}, {"name", "l"}, {"old", "cat"}}) == "applied");
  CHECK(played(s, "File.remove", {{"key", "c"}, {"old", content("A2")}}) == "applied");
  CHECK(shown(s) == "b=B1");
}

TEST_CASE("a field that holds null is not a field that is absent") {
  auto s = files({file("a", "A1")});
  CHECK(played(s, "Meta.set", {{"key", "a"}, {"name", "x"}, {"new", nullptr}}) == "applied");
  CHECK(played(s, "Meta.set", {{"key", "a"}, {"name", "x"}, {"new", "y"}}) == "meta_changed at a#x");
  CHECK(played(s, "Meta.set", {{"key", "a"}, {"name", "x"}, {"old", nullptr}, {"new", "y"}}) == "applied");
  CHECK(played(s, "Meta.set", {{"key", "b"}, {"name", "x"}, {"new", "y"}}) == "missing at b");
  CHECK(played(s, "Meta.set", {{"name", "x"}, {"old", 1 == 1}, {"new", "y"}}) == "meta_changed at #x");
  CHECK(played(s, "Meta.set", {{"key", "dir/"}, {"name", "x"}, {"new", "y"}}) == "applied");
  CHECK(s.directories().contains("dir"));
  CHECK(played(s, "Meta.set", {{"key", "a/"}, {"name", "x"}, {"new", "y"}}) == "missing at a/");
}

TEST_CASE("no name is a file and a directory at once") {
  auto s = files({file("a", "A1"), file("d/x", "X")});
  CHECK(played(s, "File.add", {{"key", "a/b"}, {"new", content("B")}}) == "exists at a");
  CHECK(played(s, "File.add", {{"key", "d"}, {"new", content("B")}}) == "exists at d/x");
  CHECK(played(s, "File.move", {{"key", "a"}, {"to", "a/b"}, {"old", content("A1")}}) == "applied");
  CHECK(played(s, "Meta.set", {{"key", "e/"}, {"name", "x"}, {"new", "y"}}) == "applied");
  CHECK(played(s, "File.add", {{"key", "e"}, {"new", content("B")}}) == "exists at e/");
}

TEST_CASE("a composite action plays its parts in order or changes nothing") {
  auto s = files({file("a", "A1")});
  auto const one = [](char const* kind, json::object params) {
    return json::value{json::object{{"key", kind}, {"params", std::move(params)}}};
  };
  auto const add = one("File.add", {{"key", "b"}, {"new", content("B")}});
  auto const set = one("Meta.set", {{"name", "v"}, {"new", "1"}});
  auto const bad = one("File.remove", {{"key", "a"}, {"old", content("A9")}});
  CHECK(played(s, "Package.apply", {{"changes", json::array{add, set, bad}}}) == "changed at a");
  CHECK(shown(s) == "a=A1");
  CHECK(s.meta().is_null());
  CHECK(played(s, "Package.apply", {{"changes", json::array{add, set}}}) == "applied");
  CHECK(played(s, "Package.apply", {{"changes", json::array{add, set}}}) == "satisfied");
  CHECK(played(s, "Package.apply", {{"changes", json::array{one("Package.apply", {})}}}) ==
        "unknown_action at Package.apply");
  CHECK(played(s, "Package.apply", {{"changes", json::array{add, one("File.add", {{"key", "c"}})}}}) ==
        "missing_member /changes/1/params/new");
}

TEST_CASE("contents without a common digest are never equal") {
  entry sha = file("a", "A1");
  entry md5 = file("a", "A1");
  md5.digests = {};
  md5.foreign_hash = json::object{{"type", "xx"}, {"value", "1"}};
  CHECK(history::same_content(sha, sha));
  CHECK_FALSE(history::same_content(sha, md5));
  CHECK(history::same_content(md5, md5));
  CHECK(history::same_meta(json::object{}, json::object{{"user_meta", json::object{}}}));
  CHECK_FALSE(history::same_meta(json::object{}, json::object{{"x", "y"}}));
}

TEST_CASE("params that are none are told where") {
  history::state s;
  CHECK(played(s, "File.add", {{"key", "a/../b"}, {"new", content("B")}}) == "malformed_key /key");
  CHECK(played(s, "File.add", {{"key", "a"}, {"new", json::object{{"content", json::object{{"size", "1"}}}}}}) ==
        "wrong_type /new/content/size");
  CHECK(played(s, "Meta.set", {{"name", "x"}}) == "missing_member /new");
  CHECK(played(s, "File.copy", {}) == "unknown_action at File.copy");
}

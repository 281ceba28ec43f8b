#include <waybill/history/action.hpp>

#include <waybill/json/parse.hpp>

#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {
json::value parsed(std::string_view text) { return json::parse(text).value(); }
}  // namespace

TEST_CASE("an action's hash is SHA-256 over its tag and its canonical form") {
  // Python: sha256(b"waybill-action-v1\0" + json.dumps({...}, sort_keys=True, separators=(",", ":")).encode())
  auto const a = history::make_action("Meta.set", parsed(R"({"name": "é", "key": "a", "new": 1.50})"), "origin", 7);
  CHECK(a.hash == "ad77a431ae49e533ffa3679aa7788d8fbfaf14d2b0dc5e912d6a4b5bc5bde195");
  // Neither the order of members nor their spelling counts.
  CHECK(history::make_action("Meta.set", parsed(R"({"key":"a","new":1.5,"name":"é"})"), "origin", 7).hash == a.hash);
}

TEST_CASE("the same done again or elsewhere is another action") {
  auto const params = parsed(R"({"key": "a"})");
  auto const a = history::make_action("File.remove", params, "o", 1);
  CHECK(history::make_action("File.remove", params, "o", 2).hash != a.hash);
  CHECK(history::make_action("File.remove", params, "p", 1).hash != a.hash);
  CHECK(history::make_action("File.add", params, "o", 1).hash != a.hash);
}

TEST_CASE("an action is read as it was written and never with another's hash") {
  auto const a = history::make_action("File.move", parsed(R"({"key":"a","to":"b"})"), "o", 3);
  CHECK(history::read_action(json::value{history::to_json(a)}, "").value() == a);
  auto forged = history::to_json(a);
  json::set_member(forged, "seq", json::value::integer(std::uint64_t{4}));
  auto const e = failure(history::read_action(json::value{forged}, "/action"));
  CHECK(e.code == errc::digest_mismatch);
  CHECK(e.path == "/action/hash");
  json::set_member(forged, "seq", "4");
  CHECK(code_of(history::read_action(json::value{forged}, "")) == "wrong_type");
}

TEST_CASE("an action touches its keys and a composite one those of its parts") {
  using keys = std::vector<std::string>;
  CHECK(history::touched_keys("File.move", parsed(R"({"key":"b","to":"a"})")) == keys{"a", "b"});
  CHECK(history::touched_keys("Meta.set", parsed(R"({"key":"dir/","name":"x"})")) == keys{"dir/"});
  CHECK(history::touched_keys("Meta.set", parsed(R"({"name":"x"})")) == keys{"#x"});
  CHECK(history::touched_keys("Dataset.edit", parsed(R"({"name":"x"})")) == keys{});
  CHECK(history::touched_keys("Package.apply", parsed(R"({"changes":[{"key":"File.add","params":{"key":"b"}},
                                        {"key":"File.remove","params":{"key":"a"}},
                                        {"key":"Meta.set","params":{"key":"b","name":"n"}}]})")) == keys{"a", "b"});
}

TEST_CASE("the catalogue knows its kinds and no other") {
  CHECK(history::is_known("Package.apply"));
  CHECK_FALSE(history::is_known("package.apply"));
  CHECK(history::is_local("Dataset.edit"));
  CHECK_FALSE(history::is_local("Meta.set"));
}

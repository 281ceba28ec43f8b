#include <waybill/history/state.hpp>

#include <waybill/history/changes.hpp>

#include "samples.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

manifest sealed(std::initializer_list<entry> files, json::value meta = {}) {
  manifest_header header;
  if (!meta.is_null()) header.set_user_meta(std::move(meta));
  return manifest::create(header, files, {{logical_key::trusted("d"), json::object{{"x", "1"}}}}).value();
}

}  // namespace

TEST_CASE("a state is its manifest and what was changed since in walk order") {
  history::state s{sealed({file("a", "A"), file("d/x", "X"), file("d-1", "D"), file("z", "Z")})};
  s.erase("d-1");
  s.set(file("d/y", "Y"));
  s.set(file("z", "Z2"));
  s.erase("nothing");
  CHECK(shown(s) == "a=A d/x=X d/y=Y z=Z2");
  CHECK(s.find("d-1") == nullptr);
  CHECK(s.in_the_way("d") == "d/x");
  CHECK(s.in_the_way("z/1") == "z");
  s.erase("d/x");
  CHECK(s.in_the_way("d") == "d/y");
  s.erase("d/y");
  CHECK(s.in_the_way("d") == "d/");
  CHECK_FALSE(s.in_the_way("d-1"));
}

TEST_CASE("a state that was not changed seals to the manifest it was made of") {
  for (auto const& meta : {json::value{}, json::value{json::object{}}, json::value{json::object{{"v", "1"}}}}) {
    auto const m = sealed({file("a", "A", R"({"user_meta":{},"more":1})")}, meta);
    CHECK(history::state{m}.to_manifest(m.header()).value() == m);
  }
  auto const m = sealed({file("a", "A")}, json::object{{"v", "1"}});
  history::state s{m};
  s.set_field(std::nullopt, "v", std::nullopt);
  s.set_field("a", "w", json::value{"2"});
  s.set_field("d/", "x", std::nullopt);
  auto const changed = s.to_manifest(m.header()).value();
  CHECK(json::compact(*changed.header().user_meta()) == "{}");
  CHECK(json::compact(changed.find("a")->meta) == R"({"user_meta":{"w":"2"}})");
  CHECK(changed.directories().empty());
}

TEST_CASE("what was kept of a state can be put back") {
  history::state s{sealed({file("a", "A")})};
  s.set(file("b", "B"));
  auto const kept = s.keep({"a", "b", "c"});
  s.erase("a");
  s.erase("b");
  s.set(file("c", "C"));
  s.set_field(std::nullopt, "v", json::value{"1"});
  s.set_field("d/", "x", json::value{"2"});
  s.put_back(kept);
  CHECK(shown(s) == "a=A b=B");
  CHECK(s.meta().is_null());
  CHECK(json::compact(*s.field("d/", "x")) == "\"1\"");
}

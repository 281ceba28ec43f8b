#include <waybill/manifest/top_hash.hpp>

#include "support/catch.hpp"
#include "support/quilt_cases.hpp"
#include "support/results.hpp"

using namespace waybill;
using waybill_test::load_text;
using waybill_test::text_of;

TEST_CASE("manifests quilt3 wrote have the top hash quilt3 computed and are written again byte by byte") {
  auto const cases = waybill_test::quilt_json("cases.json");
  REQUIRE(cases.as_array()->size() == 23);
  for (auto const& c : *cases.as_array()) {
    INFO(text_of(c, "name"));
    auto const text = waybill_test::read_file(waybill_test::vectors("quilt/" + text_of(c, "manifest")));
    auto const loaded = load_text(text);
    REQUIRE(loaded);
    CHECK(loaded->top_hash().text() == text_of(c, "top_hash"));
    CHECK(waybill_test::dump(*loaded) == text);
  }
}

TEST_CASE("canonical JSON of package metadata gives the recorded top hashes") {
  auto const inputs = waybill_test::quilt_json("canonical_json.json");
  std::size_t seen = 0;
  for (auto const& row : *inputs.as_array()) {
    INFO(text_of(row, "input"));
    manifest_header header;
    header.set_user_meta(json::parse(text_of(row, "input"), {.python_extensions = true}).value());
    header.set_message(std::nullopt);
    CHECK(top_hasher{header}.finish().text() == text_of(row, "top_hash"));
    ++seen;
  }
  CHECK(seen == 27);
}

TEST_CASE("the top hash covers key, size, hash and metadata, but no physical key") {
  entry const base{logical_key::parse("a").value(),
                   3,
                   {digest::parse(algorithms::sha256, std::string(64, '0')).value()},
                   nullptr,
                   {physical_key::file("/a")},
                   json::object{}};
  auto const hash_of = [](entry const& e) {
    top_hasher hash{manifest_header{}};
    hash.add(e).value();
    return hash.finish();
  };
  auto other = base;
  other.places = {physical_key::s3("b", "k", "v")};
  other.digests.insert(digest::parse(algorithms::md5, std::string(32, '0')).value());
  CHECK(hash_of(other) == hash_of(base));
  other = base;
  other.key = logical_key::parse("b").value();
  CHECK_FALSE(hash_of(other) == hash_of(base));
  other = base;
  other.size = 4;
  CHECK_FALSE(hash_of(other) == hash_of(base));
  other = base;
  other.meta = json::object{{"user_meta", json::object{}}};
  CHECK_FALSE(hash_of(other) == hash_of(base));
  other = base;
  other.digests.insert(digest::parse(algorithms::sha256, std::string(64, '1')).value());
  CHECK_FALSE(hash_of(other) == hash_of(base));
}

TEST_CASE("an entry without size, hash or a metadata object has no top hash") {
  entry e{logical_key::parse("d/f").value(),
          3,
          {digest::parse(algorithms::sha256, std::string(64, '0')).value()},
          nullptr,
          {},
          json::object{}};
  top_hasher hash{manifest_header{}};
  auto unsized = e;
  unsized.size.reset();
  CHECK(hash.add(unsized).error().code == errc::missing_member);
  CHECK(hash.add(unsized).error().path == "d/f");
  auto unhashed = e;
  unhashed.digests = {digest::parse(algorithms::md5, std::string(32, '0')).value()};
  CHECK(hash.add(unhashed).error().code == errc::missing_member);
  auto odd = e;
  odd.meta = nullptr;
  CHECK(hash.add(odd).error().code == errc::wrong_type);
  CHECK(hash.add(e));
}

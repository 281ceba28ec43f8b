#include <waybill/json/write.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/json/number.hpp>
#include <waybill/json/parse.hpp>

#include <random>
#include <span>

#include "support/catch.hpp"
#include "support/data.hpp"

using namespace waybill;

namespace {

json::value read(std::string_view text) {
  json::parse_options o;
  o.python_extensions = true;
  return json::parse(text, o).value();
}

std::string sha256(std::string_view text) {
  sha256_hasher h;
  h.update(std::as_bytes(std::span{text.data(), text.size()}));
  return h.finish().hex();
}

result<std::string> manifest_form(json::value const& v) {
  std::string out;
  if (auto const r = json::append_manifest_form(out, v); !r) return r.error();
  return out;
}

/// Random documents: nested, with every kind of character and number.
class generator {
 public:
  explicit generator(unsigned seed) : engine_{seed} {}

  json::value document(int depth = 0) {
    switch (below(depth < 5 ? 7u : 5u)) {
      case 0: return {};
      case 1: return json::value{below(2) == 0};
      case 2: return json::value{json::number{number()}};
      case 3:
      case 4: return json::value{text()};
      case 5: {
        json::array items;
        for (auto n = below(6); n > 0; --n) items.push_back(document(depth + 1));
        return json::value{std::move(items)};
      }
      default: {
        json::object members;
        for (auto n = below(30); n > 0; --n) json::set_member(members, text(), document(depth + 1));
        return json::value{std::move(members)};
      }
    }
  }

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(engine_() % n); }

  std::string number() {
    switch (below(4)) {
      case 0: return std::to_string(static_cast<std::int64_t>(engine_()));
      case 1: return std::to_string(below(10)) + "." + std::to_string(below(1000)) + "0";
      case 2: return "-" + std::to_string(1 + below(9)) + "E+" + std::to_string(below(400));
      default: return "1" + std::to_string(engine_()) + std::to_string(engine_()) + "e-" + std::to_string(below(400));
    }
  }

  std::string text() {
    std::string out;
    for (auto n = below(12); n > 0; --n) {
      char32_t const limits[] = {0x80, 0x80, 0x800, 0x10000, 0x110000};
      char32_t c = below(static_cast<unsigned>(limits[below(5)]));
      if (c >= 0xD800 && c <= 0xDFFF) c = 'x';
      append_utf8(out, c);
    }
    return out;
  }

  std::mt19937_64 engine_;
};

}  // namespace

TEST_CASE("canonical form, manifest form and top hash are Quilt's") {
  auto const rows = read(waybill_test::read_file(waybill_test::vectors("quilt/canonical_json.json")));
  REQUIRE(rows.as_array()->size() == 27);
  for (auto const& row : *rows.as_array()) {
    auto const& input = *row.find("input")->as_string();
    INFO(input);
    auto const v = read(input);
    CHECK(json::canonical(v) == *row.find("canonical")->as_string());
    auto const written = manifest_form(v);
    if (row.find("manifest_error") == nullptr) {
      REQUIRE(written.has_value());
      CHECK(*written == *row.find("manifest_form")->as_string());
    } else {
      REQUIRE(written.has_error());
      CHECK(written.error().code == errc::not_representable);
    }
    json::value const header{json::object{{"version", "v0"}, {"user_meta", v}, {"message", nullptr}}};
    CHECK(sha256(json::canonical(header)) == *row.find("top_hash")->as_string());
  }
}

TEST_CASE("canonical members are sorted by code point at every level") {
  auto const v = read("{\"\\ue000\":1,\"\\ud800\\udc00\":2,\"\\ud800\":3,\"b\":[{\"d\":1,\"c\":2}],\"a\":{},\"\":0}");
  CHECK(json::canonical(v) ==
        "{\"\":0,\"a\":{},\"b\":[{\"c\":2,\"d\":1}],\"\\ud800\":3,\"\\ue000\":1,\"\\ud800\\udc00\":2}");
}

TEST_CASE("canonical strings are ASCII") {
  std::string out;
  json::append_canonical_string(
      out, std::string_view{"\0\x1f\x7f/\"\\\b\t\n\f\r \xC2\x80\xE2\x82\xAC\xF4\x8F\xBF\xBF\0", 22});
  CHECK(out == "\"\\u0000\\u001f\\u007f/\\\"\\\\\\b\\t\\n\\f\\r \\u0080\\u20ac\\udbff\\udfff\\u0000\"");
}

TEST_CASE("bytes that are not UTF-8 become the surrogates Python gives them, and JSON stays valid") {
  json::value const v{json::object{{"\xFF", json::value{"a\xE2\x82"}}}};
  CHECK(json::canonical(v) == R"({"\udcff":"a\udce2\udc82"})");
  CHECK(json::compact(v) == R"({"\udcff":"a\udce2\udc82"})");
  CHECK(manifest_form(v).error().code == errc::not_representable);
  CHECK(json::compact(json::value{"\xED\xA0"}) == R"("\udced\udca0")");
}

TEST_CASE("manifest form keeps what a canonical form escapes") {
  std::string const text = "\x7f\xC3\xA9\xE2\x80\xA8/\xF0\x9F\x98\x80";
  CHECK(manifest_form(json::value{text}).value() == "\"" + text + "\"");
  CHECK(manifest_form(json::value{std::string_view{"\0\x1f\b\f\n\r\t\"\\", 9}}).value() ==
        R"("\u0000\u001f\b\f\n\r\t\"\\")");
  CHECK(manifest_form(read(R"({"b":[],"a":{},"c":[1,[2]],"d":-0,"e":1E2})")).value() ==
        R"({"b": [], "a": {}, "c": [1, [2]], "d": 0, "e": 100.0})");
}

TEST_CASE("manifest form points at what it cannot write") {
  auto const place = [](std::string_view text) {
    auto const r = manifest_form(read(text));
    REQUIRE(r.has_error());
    CHECK(r.error().code == errc::not_representable);
    return r.error().path;
  };
  CHECK(place(R"({"a":1,"b/c":[0,{"d":NaN}]})") == "/b~1c/1/d");
  CHECK(place("[1e999]") == "/0");
  CHECK(place("[0,\"\\ud800\"]") == "/1");
  CHECK(place("Infinity") == "");
  CHECK_FALSE(manifest_form(read("{\"\\ud800\":1}")).has_value());
}

TEST_CASE("compact form is valid JSON whatever it is given") {
  auto const v = read(R"([NaN,Infinity,-Infinity,1e400,1.10,-0,"\ud800\u0001é\u2028"])");
  CHECK(json::compact(v) == "[null,null,null,1e400,1.10,-0,\"\\ud800\\u0001\xC3\xA9\xE2\x80\xA8\"]");
  CHECK(json::compact(json::value{json::object{{"b", json::value{}}, {"a", json::value{true}}}}) ==
        R"({"b":null,"a":true})");
}

TEST_CASE("random documents survive writing and reading") {
  generator random{20240501};
  for (int i = 0; i < 1000; ++i) {
    auto const v = random.document();
    auto const text = json::compact(v);
    auto const again = json::parse(text);
    REQUIRE(again.has_value());
    REQUIRE(*again == v);
    REQUIRE(json::compact(*again) == text);
    auto const canonical = json::canonical(v);
    REQUIRE(json::canonical(read(canonical)) == canonical);
    if (auto const written = manifest_form(v)) {
      REQUIRE(json::canonical(read(*written)) == canonical);
      REQUIRE(manifest_form(read(*written)).value() == *written);
    }
  }
}

TEST_CASE("a large document survives writing and reading") {
  generator random{7};
  json::array items;
  while (items.size() < 20000) items.push_back(random.document(3));
  json::value const v{std::move(items)};
  auto const text = json::compact(v);
  CHECK(text.size() > 1000000);
  CHECK(json::parse(text).value() == v);
}

TEST_CASE("every naughty string survives as value and as name") {
  auto const file = waybill_test::third_party("naughty-strings/blns.json");
  if (file.empty()) WAYBILL_SKIP("naughty-strings are not below WAYBILL_TEST_DATA");
  auto const all = read(waybill_test::read_file(file));
  REQUIRE(all.as_array()->size() > 500);
  for (auto const& item : *all.as_array()) {
    auto const& text = *item.as_string();
    json::value const v{json::object{{text, item}}};
    REQUIRE(json::parse(json::compact(v)).value() == v);
    REQUIRE(read(json::canonical(v)) == v);
    REQUIRE(json::parse(manifest_form(v).value()).value() == v);
    for (char const c : json::canonical(v)) REQUIRE((c >= 0x20 && c < 0x7F));
  }
}

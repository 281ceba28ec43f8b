#include <waybill/json/write.hpp>
#include <waybill/manifest/quilt_line.hpp>

#include "support/catch.hpp"
#include "support/quilt_cases.hpp"
#include "support/results.hpp"

using namespace waybill;
using waybill_test::contains;

namespace {

std::string const sha =
    R"({"type": "SHA256", "value": "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"})";

/// An entry line with some members replaced; an empty text leaves one out.
struct parts {
  std::string key = R"("a/b")";
  std::string places = R"(["file:///x"])";
  std::string size = "5";
  std::string hash = sha;
  std::string meta = "{}";

  [[nodiscard]] std::string text() const {
    std::string out;
    auto const put = [&out](char const* name, std::string const& value) {
      if (!value.empty()) out.append(out.empty() ? "{" : ", ").append("\"").append(name).append("\": ").append(value);
    };
    put("logical_key", key);
    put("physical_keys", places);
    put("size", size);
    put("hash", hash);
    put("meta", meta);
    return out + "}";
  }
};

entry read(std::string const& text) { return std::get<entry>(quilt::parse_line(text, 7).value()); }

void refuses(std::string const& text, errc code, std::string const& path) {
  INFO(text);
  auto const got = quilt::parse_line(text, 7);
  REQUIRE_FALSE(got);
  CHECK(got.error().code == code);
  CHECK(got.error().path == path);
}

std::string written(entry const& e) {
  std::string out;
  quilt::append_entry_line(out, e).value();
  return out;
}

}  // namespace

TEST_CASE("an entry line is read and written again as it was") {
  for (auto const& text :
       {parts{}.text(), parts{.meta = R"({"user_meta": {"b": 1.0, "a": [9007199254740993, null]}})"}.text(),
        parts{.meta = R"({"format": {"name": "x"}, "target": "np.ndarray"})"}.text(),
        parts{.key = R"("q\"\\\n\u0001\u007f/é")"}.text(), parts{.size = "null", .hash = "null"}.text(),
        parts{.hash = R"({"type": "MD5", "value": "00"})"}.text(),
        parts{.places = R"(["s3://b/k%20x?versionId=a%2Fb"])"}.text(),
        parts{.places = R"(["https://h/é?a=b"])"}.text()}) {
    INFO(text);
    if (text.find("u007f") == text.npos) CHECK(written(read(text)) == text + "\n");
    else CHECK(read(text).key.str() == "q\"\\\n\x01\x7f/\xc3\xa9");
  }
}

TEST_CASE("how a line is spaced, what it holds besides and where its bytes lie otherwise do not matter") {
  auto const plain = read(parts{}.text());
  CHECK(read(" {\"size\":5,\"hash\":" + sha +
             ",\"x\":{\"size\":1},\"meta\":null,\t\"logical_key\":\"a\\/b\",\"physical_keys\":[\"file:///x\"]}\r") ==
        plain);
  auto const many = read(parts{.places = R"(["file:///x", "s3://b/k"])"}.text());
  CHECK(many.places.size() == 2);
  CHECK(written(many) == written(plain));
}

TEST_CASE("a line without physical keys is a directory") {
  for (auto const* text :
       {R"({"logical_key": "d/e/", "meta": {"q": 1.0}})", R"({"meta": {"q": 1.0}, "logical_key": "d/e"})",
        R"({"logical_key": "d/e/", "physical_keys": [], "meta": {"q": 1.0}})",
        R"({"logical_key": "d/e/", "physical_keys": null, "size": 3, "hash": null, "meta": {"q": 1.0}})"}) {
    INFO(text);
    auto const d = std::get<directory_meta>(quilt::parse_line(text, 7).value());
    CHECK(d.key.str() == "d/e");
    std::string out;
    CHECK(quilt::append_directory_line(out, d));
    CHECK(out == "{\"logical_key\": \"d/e/\", \"meta\": {\"q\": 1.0}}\n");
  }
  refuses(R"({"logical_key": "d/"})", errc::missing_member, "line 7, /meta");
  refuses(R"({"logical_key": "d/", "meta": 1})", errc::wrong_type, "line 7, /meta");
  refuses(R"({"logical_key": "d//", "meta": {}})", errc::malformed_key, "line 7, /logical_key");
  refuses(R"({"logical_key": "/", "meta": {}})", errc::malformed_key, "line 7, /logical_key");
}

TEST_CASE("a file whose physical key was lost is not taken for a directory") {
  refuses(parts{.places = ""}.text(), errc::missing_member, "line 7, /physical_keys");
  refuses(parts{.places = "[]"}.text(), errc::missing_member, "line 7, /physical_keys");
  refuses(parts{.places = "null", .size = "null"}.text(), errc::missing_member, "line 7, /physical_keys");
}

TEST_CASE("what is wrong with a line is said, with its place") {
  refuses("", errc::malformed_json, "line 7, column 1");
  refuses("{\"a\": }", errc::malformed_json, "line 7, column 7");
  refuses(parts{}.text() + "x", errc::malformed_json, "line 7, column " + std::to_string(parts{}.text().size() + 1));
  refuses("[]", errc::malformed_manifest, "line 7");
  refuses(parts{.key = ""}.text(), errc::missing_member, "line 7, /logical_key");
  refuses(parts{.key = "3"}.text(), errc::wrong_type, "line 7, /logical_key");
  refuses(parts{.size = ""}.text(), errc::missing_member, "line 7, /size");
  refuses(parts{.hash = ""}.text(), errc::missing_member, "line 7, /hash");
  refuses(parts{.meta = ""}.text(), errc::missing_member, "line 7, /meta");
  refuses(parts{.places = R"("file:///x")"}.text(), errc::wrong_type, "line 7, /physical_keys");
  refuses(parts{.places = R"(["file:///x", 3])"}.text(), errc::wrong_type, "line 7, /physical_keys/1");
  refuses(parts{.places = R"(["file:///x", "y"])"}.text(), errc::malformed_url, "line 7, /physical_keys/1");
  refuses(parts{.places = R"(["file://host/x"])"}.text(), errc::malformed_url, "line 7, /physical_keys/0");
  refuses(parts{.hash = "[]"}.text(), errc::wrong_type, "line 7, /hash");
  refuses(parts{.hash = R"({"type": "SHA256", "value": "zz"})"}.text(), errc::malformed_digest, "line 7, /hash/value");
  refuses(parts{.hash = R"({"type": "MD5", "value": "0", "value": "1"})"}.text(), errc::duplicate_member,
          "line 7, /hash/value");
  refuses(parts{.meta = "[]"}.text(), errc::wrong_type, "line 7, /meta");
  refuses(parts{.meta = R"({"user_meta": })"}.text(), errc::malformed_json,
          "line 7, column " + std::to_string(parts{.meta = R"({"user_meta": })"}.text().size() - 1));
  refuses(parts{.meta = R"({"m": )" + std::string(600, '[') + std::string(600, ']') + "}"}.text(), errc::too_deep,
          quilt::parse_line(parts{.meta = R"({"m": )" + std::string(600, '[') + std::string(600, ']') + "}"}.text(), 7)
              .error()
              .path);
}

TEST_CASE("keys that quilt3 does not take are refused") {
  auto const names = waybill_test::quilt_json("names.json");
  for (auto const& row : waybill_test::list_of(names, "logical_keys")) {
    auto const& key = (*row.as_array())[0];
    auto const text = parts{.key = json::compact(key)}.text();
    INFO(text);
    CHECK(quilt::parse_line(text, 7).has_value() == *(*row.as_array())[1].as_bool());
  }
  for (auto const* key : {R"("")", R"("..")", R"("a/./b")", R"("a//b")", R"("a/")", R"("\ud800")"})
    refuses(parts{.key = key}.text(), errc::malformed_key, "line 7, /logical_key");
  CHECK(read(parts{.key = R"("a\u0000b:\\c")"}.text()).key.str() == std::string{"a\0b:\\c", 6});
}

TEST_CASE("a size is a whole number of bytes up to 2^63-1") {
  CHECK(read(parts{.size = "9223372036854775807"}.text()).size == 9223372036854775807U);
  CHECK(read(parts{.size = "0"}.text()).size == 0U);
  CHECK_FALSE(read(parts{.size = "null"}.text()).size);
  for (auto const* size :
       {"-1", "5.0", "1e3", "9223372036854775808", "123456789012345678901234567890", "NaN", "Infinity"})
    refuses(parts{.size = size}.text(), errc::size_out_of_range, "line 7, /size");
  for (auto const* size : {"\"5\"", "true", "[5]"})
    refuses(parts{.size = size}.text(), errc::wrong_type, "line 7, /size");
}

TEST_CASE("metadata that JSON cannot hold is read as Python reads it, and not written") {
  for (auto const* meta : {R"({"user_meta": {"x": NaN}})", R"({"user_meta": {"x": [-Infinity]}})",
                           R"({"user_meta": {"x": 1e999}})", R"({"user_meta": {"\ud800": 1}})"}) {
    INFO(meta);
    auto const e = read(parts{.meta = meta}.text());
    std::string out = "before";
    auto const done = quilt::append_entry_line(out, e);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == errc::not_representable);
    CHECK(done.error().path == "a/b");
    CHECK(out == "before");
  }
}

TEST_CASE("an entry that a line cannot hold is refused") {
  auto const e = read(parts{}.text());
  std::string out;
  auto lost = e;
  lost.places = {};
  CHECK(quilt::append_entry_line(out, lost).error().code == errc::missing_member);
  auto raw = e;
  raw.key = logical_key::trusted("a\xff");
  CHECK(quilt::append_entry_line(out, raw).error().code == errc::not_representable);
  CHECK(quilt::append_directory_line(out, {logical_key::trusted("a\xff"), json::object{}}).error().code ==
        errc::not_representable);
  CHECK(out.empty());
}

TEST_CASE("a line of a million bytes is written, one more is not") {
  auto e = read(parts{}.text());
  e.meta = json::object{{"user_meta", json::object{{"x", ""}}}};
  auto const rest = written(e).size() - 1;
  auto const fill = [&e](std::size_t n) {
    e.meta = json::object{{"user_meta", json::object{{"x", std::string(n, 'y')}}}};
  };
  fill(1'000'000 - rest);
  CHECK(written(e).size() == 1'000'001);
  fill(1'000'001 - rest);
  std::string out = "before";
  CHECK(quilt::append_entry_line(out, e).error().code == errc::too_large);
  CHECK(out == "before");
  CHECK(quilt::append_directory_line(out, {e.key, e.meta}));
  manifest_header header;
  header.set_message(std::string(1'000'000, 'z'));
  CHECK(quilt::append_header_line(out, header).error().code == errc::too_large);
}

TEST_CASE("the header keeps everything but an old top hash") {
  auto const read_header = [](std::string const& text) { return quilt::parse_header(text); };
  auto const h = read_header(R"( {"message":null,"version":"v9","top_hash":"dead","custom":[1,2.50]})").value();
  std::string out;
  CHECK(quilt::append_header_line(out, h));
  CHECK(out == "{\"message\": null, \"version\": \"v9\", \"custom\": [1, 2.5]}\n");
  CHECK(read_header("{}")->members.empty());
  CHECK(read_header("\xef\xbb\xbf{}").error().code == errc::malformed_manifest);
  CHECK_THAT(read_header("\xef\xbb\xbf{}").error().detail, contains("byte order mark"));
  CHECK(read_header("[]").error().code == errc::malformed_manifest);
  CHECK(read_header("[]").error().path == "line 1");
  CHECK(read_header(R"({"a": 1, "a": 1})").error().code == errc::duplicate_member);
  CHECK(read_header(R"({"a": 1, "a": 1})").error().path == "line 1, /a");
  CHECK(read_header(R"({"user_meta": {"a": 1, "a": 2}})"));
  CHECK(read_header("nonsense").error().path == "line 1, column 1");
}

#include <waybill/manifest/plain_line.hpp>

#include "support/catch.hpp"
#include "support/quilt_cases.hpp"
#include "support/results.hpp"

using namespace waybill;

namespace {

std::string const chunked_hash =
    R"({"type": "sha2-256-chunked", "value": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="})";

std::string line(std::string const& key, std::string const& place = "file:///x", std::string const& size = "5",
                 std::string const& hash = chunked_hash, std::string const& meta = "{}") {
  return R"({"logical_key": ")" + key + R"(", "physical_keys": [")" + place + R"("], "size": )" + size +
         R"(, "hash": )" + hash + R"(, "meta": )" + meta + "}";
}

bool valid(std::string const& text) {
  auto const scanned = quilt::scan_plain_line(text);
  return scanned && quilt::is_valid(*scanned);
}

}  // namespace

TEST_CASE("a canonical line is taken apart") {
  auto const text = line("a/\xc3\xa9", "s3://b/k?versionId=v", "9223372036854775807");
  auto const got = quilt::scan_plain_line(text);
  REQUIRE(got);
  CHECK(got->key == "a/\xc3\xa9");
  CHECK(got->place == "s3://b/k?versionId=v");
  CHECK(got->size == 9223372036854775807U);
  CHECK(got->hash_type == "sha2-256-chunked");
  CHECK(got->hash_value == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  CHECK(got->meta == "{}");
  CHECK_FALSE(got->key_escaped);
  CHECK_FALSE(got->place_escaped);
  CHECK(quilt::is_valid(*got));
}

TEST_CASE("lines without metadata that quilt3 wrote are all plain, and parse to what the parser reads") {
  auto const cases = waybill_test::quilt_json("cases.json");
  std::size_t plain = 0;
  for (auto const& c : *cases.as_array()) {
    auto const text = waybill_test::read_file(waybill_test::vectors("quilt/" + waybill_test::text_of(c, "manifest")));
    memory_source source{text};
    line_reader lines{source, 1 << 20};
    for (std::string_view l; lines.next(l).value();) {
      INFO(l);
      bool const bare = l.find("physical_keys") != l.npos && l.ends_with(R"("meta": {}})");
      auto const got = quilt::scan_plain_line(l);
      REQUIRE(got.has_value() == bare);
      if (!got || !quilt::is_valid(*got)) continue;
      // A blank makes the line unusual, so that the parser reads it.
      CHECK(quilt::to_entry(*got).value() == std::get<entry>(quilt::parse_line(std::string{l} + " ", 1).value()));
      ++plain;
    }
  }
  CHECK(plain == 78);
}

TEST_CASE("a line written otherwise is not plain") {
  auto const good = line("k");
  REQUIRE(quilt::scan_plain_line(good));
  for (std::size_t i = 0; i < good.size(); ++i) {
    INFO(i);
    CHECK_FALSE(quilt::scan_plain_line(good.substr(0, i)));
    auto damaged = good;
    damaged[i] = '\x01';
    CHECK_FALSE(quilt::scan_plain_line(damaged));
    damaged[i] = '\xff';
    CHECK_FALSE(quilt::scan_plain_line(damaged));
    damaged[i] = '"';
    CHECK((good[i] == '"' || !quilt::scan_plain_line(damaged)));
    damaged = good;
    damaged.insert(i, "\"");
    CHECK_FALSE(quilt::scan_plain_line(damaged));
  }
  CHECK_FALSE(quilt::scan_plain_line(good + " "));
  CHECK_FALSE(quilt::scan_plain_line(" " + good));
  CHECK_FALSE(quilt::scan_plain_line(line("k", "file:///x", "5", "null")));
  CHECK_FALSE(quilt::scan_plain_line(line("k", "file:///x", "null")));
  CHECK_FALSE(quilt::scan_plain_line(line("k", "file:///x\", \"file:///y")));
  CHECK_FALSE(quilt::scan_plain_line(line("k", "file:///x", "5", chunked_hash, R"({"user_meta": {}})")));
  CHECK_FALSE(quilt::scan_plain_line(line("k", "file:///x", "5", R"({"type": "x", "value": "\n"})")));
}

TEST_CASE("sizes are whole, without leading zeros, and fit 63 bits") {
  for (auto const* good : {"0", "7", "10", "9223372036854775807"})
    CHECK(quilt::scan_plain_line(line("k", "file:///x", good)));
  for (auto const* bad : {"", "-1", "00", "01", "1.0", "1e3", "9223372036854775808", "18446744073709551616",
                          "99999999999999999999", "+1", " 1"})
    CHECK_FALSE(quilt::scan_plain_line(line("k", "file:///x", bad)));
}

TEST_CASE("escapes are noticed, and only those a writer makes are plain") {
  for (auto const* good :
       {R"(\")", R"(\\)", R"(\n)", R"(\r)", R"(\t)", R"(\b)", R"(\f)", R"(\u0000)", R"(\u001f)", R"(\u0007)"}) {
    INFO(good);
    auto const got = quilt::scan_plain_line(line(std::string{"longer than eight "} + good));
    REQUIRE(got);
    CHECK(got->key_escaped);
    CHECK_FALSE(quilt::is_valid(*got));
  }
  for (auto const* bad : {R"(\/)", R"(\u0041)", R"(\u000a)", R"(\u001F)", R"(\ud800)", R"(\x)", R"(\u00)"})
    CHECK_FALSE(quilt::scan_plain_line(line(bad)));
  CHECK(quilt::scan_plain_line(line("k", R"(https://h/\")"))->place_escaped);
  CHECK(quilt::scan_plain_line(line("\x7f")));
}

TEST_CASE("text of a plain line is UTF-8") {
  CHECK(quilt::scan_plain_line(line("\xf0\x9f\x98\x80/\xef\xbf\xbf")));
  for (auto const* bad : {"\xc3", "\x80", "\xed\xa0\x80", "\xc0\xaf", "\xf5\x80\x80\x80", "abcdefgh\xff",
                          "\xff"
                          "abcdefgh"}) {
    CHECK_FALSE(quilt::scan_plain_line(line(bad)));
    CHECK_FALSE(quilt::scan_plain_line(line("k", std::string{"https://h/"} + bad)));
  }
}

TEST_CASE("what is called valid is what the parsers take") {
  auto const names = waybill_test::quilt_json("names.json");
  auto const takes = [](std::string const& key) { CHECK(valid(line(key)) == logical_key::parse(key).has_value()); };
  for (auto const& row : waybill_test::list_of(names, "logical_keys")) {
    auto const key = *(*row.as_array())[0].as_string();
    if (key.find('\\') != key.npos) continue;  // escaped, so left to the parser
    takes(key);
    takes("d/" + key);
    takes(key + "/d");
  }
  for (auto const* key : {"", "..", "a/..", "a/.", "../a", "a/...", "..a", "a..", "//", "/", "a//"}) takes(key);
  for (auto const* url : {"file:///x",
                          "file:///a%20b",
                          "file:///",
                          "file:///a/../b",
                          "file:///%00",
                          "file:///x?y",
                          "file:///x#y",
                          "file://host/x",
                          "file:x",
                          "s3://b/k",
                          "s3://b",
                          "s3://",
                          "s3:///k",
                          "s3://?versionId=1",
                          "s3://#x",
                          "s3://b/k?versionId=1",
                          "s3://b/k?versionId=",
                          "s3://b/k?other=1",
                          "s3://b/k?versionId=1&x=2",
                          "",
                          "x",
                          "/abs",
                          "https://h/p",
                          "file:///\x7f",
                          "s3://b/\x7f",
                          "s3://b/k?",
                          "s3://b/k#?x"}) {
    INFO(url);
    // Doubt is allowed, a wrong yes is not.
    CHECK((!valid(line("k", url)) || physical_key::parse(url).has_value()));
  }
  CHECK(valid(line("k", "file:///a%20b")));
  CHECK(valid(line("k", "s3://b/a%20b?versionId=x")));
}

TEST_CASE("hash values of known types must be plainly spelled") {
  auto const with = [](std::string const& type, std::string const& value) {
    return valid(line("k", "file:///x", "5", R"({"type": ")" + type + R"(", "value": ")" + value + "\"}"));
  };
  CHECK(with("SHA256", std::string(64, 'a')));
  CHECK_FALSE(with("SHA256", std::string(64, 'A')));
  CHECK_FALSE(with("SHA256", std::string(64, 'g')));
  CHECK_FALSE(with("SHA256", std::string(63, 'a')));
  CHECK(with("CRC64NVME", "whKBFUAIg0w="));
  CHECK_FALSE(with("CRC64NVME", "whKBFUAIg0x="));
  CHECK_FALSE(with("CRC64NVME", "whKBFUAIg0w"));
  CHECK_FALSE(with("CRC64NVME", "whKBFUAIg-w="));
  CHECK(with("sha2-256-chunked", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="));
  CHECK_FALSE(with("sha2-256-chunked", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV="));
  CHECK_FALSE(with("sha2-256-chunked", std::string(64, 'a')));
  CHECK(with("MD5", "anything"));
}

TEST_CASE("a line with metadata hands out the metadata's text") {
  auto const text = line("k", "file:///x", "5", chunked_hash, R"({"user_meta": {"a": [1.0]}})");
  auto const got = quilt::scan_line_with_meta(text);
  REQUIRE(got);
  CHECK(got->meta == R"({"user_meta": {"a": [1.0]}})");
  CHECK_FALSE(quilt::scan_line_with_meta(line("k", "file:///x", "5", chunked_hash, "null")));
  CHECK_FALSE(quilt::scan_line_with_meta(line("k", "file:///x", "5", chunked_hash, "{") + " "));
}

#include <waybill/core/physical_key.hpp>

#include <boost/json/parse.hpp>

#include <string>

#include "support/catch.hpp"
#include "support/data.hpp"

using namespace waybill;

namespace {

boost::json::value vectors() {
  return boost::json::parse(waybill_test::read_file(waybill_test::vectors("quilt/physical_keys.json")));
}

std::string text_of(boost::json::value const& v) { return std::string{v.as_string()}; }

std::string normal(std::string_view url) {
  auto const key = physical_key::parse(url);
  return key ? key->url() : "refused";
}

}  // namespace

TEST_CASE("physical keys are written as quilt3 writes them") {
  auto const document = vectors();
  auto const& rows = document.at("format").as_array();
  REQUIRE(rows.size() >= 9);
  for (auto const& row : rows) {
    INFO(row);
    if (row.at("kind") == "local") {
      auto const key = physical_key::file(text_of(row.at("path")));
      CHECK(key.url() == text_of(row.at("url")));
      CHECK(key.file_path() == text_of(row.at("path")));
      CHECK(physical_key::parse(key.url())->url() == key.url());
      continue;
    }
    std::optional<std::string> version;
    if (!row.at("version_id").is_null()) version = text_of(row.at("version_id"));
    auto const key = physical_key::s3(text_of(row.at("bucket")), text_of(row.at("key")), version);
    CHECK(key.url() == text_of(row.at("url")));
    CHECK(key.location() ==
          physical_location{physical_location::kind::s3, text_of(row.at("bucket")), text_of(row.at("key")), version});
    CHECK(physical_key::parse(key.url())->url() == key.url());
  }
}

TEST_CASE("physical keys are read as quilt3 reads them") {
  auto const document = vectors();
  auto const& rows = document.at("parse").as_array();
  REQUIRE(rows.size() >= 15);
  for (auto const& row : rows) {
    INFO(row);
    auto const url = text_of(row.at("url"));
    auto const key = physical_key::parse(url);
    if (row.as_object().contains("error")) {
      // quilt3 knows no scheme but file and s3; our manifests also hold https and datum URLs.
      CHECK(key.has_value() == url.starts_with("http://"));
      continue;
    }
    REQUIRE(key.has_value());
    CHECK(key->url() == text_of(row.at("reencoded")));
    auto const location = key->location();
    auto path = text_of(row.at("path"));
    if (row.at("bucket").is_null()) {
      // quilt3 keeps the slash of a directory in memory and drops it when writing.
      if (path.size() > 1 && path.ends_with('/')) path.pop_back();
      CHECK(key->is_file());
      CHECK(location == physical_location{physical_location::kind::file, "", path, std::nullopt});
      CHECK(key->file_path() == path);
      continue;
    }
    CHECK(key->is_s3());
    CHECK(location.host == text_of(row.at("bucket")));
    CHECK(location.path == path);
    auto const& version = row.at("version_id");
    CHECK(location.version.value_or("none") == (version.is_null() ? "none" : text_of(version)));
  }
}

// Expected by Python 3.11's urllib.parse and pathlib, on which quilt3 builds.
TEST_CASE("unusual spellings of a URL come out in one form") {
  CHECK(normal("FILE:///qv/a") == "file:///qv/a");
  CHECK(normal("S3://Bkt/a") == "s3://Bkt/a");
  CHECK(normal("file:/qv/a") == "file:///qv/a");
  CHECK(normal("file:///qv/./x//y/../z") == "file:///qv/x/z");
  CHECK(normal("file:///../../x") == "file:///x");
  CHECK(normal("file:///qv/%2e%2e/x") == "file:///x");
  CHECK(normal("file:///") == "file:///");
  CHECK(normal("file:///qv/.hidden") == "file:///qv/.hidden");
  CHECK(normal("file:///qv/a%2fb") == "file:///qv/a/b");
  CHECK(normal("file:///qv/\xc3\xa9 (1)") == "file:///qv/%C3%A9%20%281%29");
  CHECK(normal("file:///qv/a#fragment") == "file:///qv/a");
  CHECK(normal("file:///qv/100%") == "file:///qv/100%25");
  CHECK(normal("file:///qv/%4") == "file:///qv/%254");
  CHECK(normal("file:///qv/%zz;p") == "file:///qv/%25zz%3Bp");
  CHECK(normal("s3://bkt/a#fragment") == "s3://bkt/a");
  CHECK(normal("s3://bkt/a?versionId=v#fragment") == "s3://bkt/a?versionId=v");
  CHECK(normal("s3://bkt?versionId=v") == "s3://bkt/?versionId=v");
  CHECK(normal("s3://bkt/../a/./b//c/") == "s3://bkt/../a/./b//c/");
  CHECK(normal("s3://bkt/a?versionId=1&versionId=2") == "s3://bkt/a?versionId=1");
  CHECK(normal("s3://bkt/a?versionId=&versionId=2") == "s3://bkt/a?versionId=2");
  CHECK(normal("s3://bkt/a?x=&versionId=2&y") == "s3://bkt/a?versionId=2");
  CHECK(normal("s3://bkt/a?version%49d=a+b%2B/c") == "s3://bkt/a?versionId=a+b%2B%2Fc");
  CHECK(normal("s3://bkt/a?versionId") == "s3://bkt/a");
  CHECK(normal("HTTPS://Host.example/a%20b?x=1#f") == "https://Host.example/a%20b?x=1#f");
  CHECK(normal("datum://0167d05d-a1d8-c5ac") == "datum://0167d05d-a1d8-c5ac");
}

TEST_CASE("a text that is no usable URL is refused") {
  using namespace std::string_literals;
  for (auto const& url : {""s,
                          "a.txt"s,
                          "/qv/a"s,
                          "C:\\x"s,
                          "c:/x"s,
                          ":x"s,
                          "1s://x"s,
                          "https:"s,
                          "file:"s,
                          "file://"s,
                          "file:rel"s,
                          "file://host/a"s,
                          "file:///a?x"s,
                          "file:///a%00b"s,
                          "s3:"s,
                          "s3://"s,
                          "s3:///a"s,
                          "s3:bkt/a"s,
                          "s3://b/a?x=1"s,
                          "s3://b/a?versionId=1&x=1"s,
                          "s3://b/a\nb"s,
                          "file:///a\0b"s,
                          "s3://b/\xff"s}) {
    INFO(url);
    auto const key = physical_key::parse(url);
    REQUIRE_FALSE(key.has_value());
    CHECK(key.error().code == errc::malformed_url);
    CHECK_FALSE(key.error().detail.empty());
  }
}

TEST_CASE("an error about a URL shows neither its password nor its query") {
  auto const shown = physical_key::parse("s3://user:secret@bkt/a?X-Signature=secret").error().message();
  CHECK_THAT(shown, waybill_test::contains("s3://bkt/a"));
  CHECK_THAT(shown, !waybill_test::contains("secret"));
}

TEST_CASE("a local name that is not UTF-8 keeps its bytes, and its location reads as text") {
  auto const key = physical_key::file("/qv/\xff");
  CHECK(key.url() == "file:///qv/%FF");
  CHECK(key.file_path() == "/qv/\xff");
  CHECK(key.location().path == "/qv/\xef\xbf\xbd");
  CHECK(physical_key::parse("file:///qv/%ff")->file_path() == "/qv/\xff");
}

TEST_CASE("other URLs are taken apart but not decoded") {
  auto const location = physical_key::parse("https://host.example/a%20b?x=1")->location();
  CHECK(location == physical_location{physical_location::kind::other, "host.example", "/a%20b?x=1", std::nullopt});
  CHECK(physical_key::parse("datum://0167")->location().host == "0167");
}

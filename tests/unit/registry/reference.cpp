#include <waybill/registry/reference.hpp>

#include <waybill/json/parse.hpp>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

using namespace waybill;
using waybill_test::contains;
using waybill_test::failure;

namespace {

package_ref parsed(std::string_view text) { return parse_package_ref(text).value(); }

std::string refusal(std::string_view text) {
  auto const e = failure(parse_reference(text));
  CHECK(e.code == condition::usage);
  return e.message();
}

}  // namespace

TEST_CASE("package names are those quilt3 accepts") {
  auto const recorded = json::parse(waybill_test::read_file(waybill_test::vectors("quilt/names.json"))).value();
  auto const* rows = recorded.find("package_names")->as_array();
  REQUIRE(rows->size() >= 11);
  for (auto const& row : *rows) {
    auto const& name = *(*row.as_array())[0].as_string();
    INFO(name);
    CHECK(package_name::parse(name).has_value() == *(*row.as_array())[1].as_bool());
  }
}

TEST_CASE("a package name is two words, whatever stands around them") {
  for (std::string_view const bad :
       {"", "/", "a/", "/b", "a/b/c", "a//b", "a/..", "../b", "a/b\n", "a b/c", "a/\xff", "a/b:c"}) {
    INFO(bad);
    auto const r = package_name::parse(bad);
    REQUIRE_FALSE(r.has_value());
    CHECK(r.error().code == errc::malformed_name);
  }
}

TEST_CASE("a bare name is refused with the hint to add a namespace") {
  CHECK_THAT(refusal("dataset"), contains("`dataset` has no namespace; write `ns/dataset`"));
  CHECK_THAT(refusal("dataset:v1"), contains("write `ns/dataset`"));
}

TEST_CASE("a reference names a package, a tag or a hash") {
  CHECK(parsed("bucket/dataset").name.str() == "bucket/dataset");
  CHECK(parsed("bucket/dataset:2019-10-30").tag == "2019-10-30");
  CHECK(parsed("ns/name@18b6a7").hash == "18b6a7");
  CHECK_FALSE(parsed("ns/name@18b6a7").tag);
  CHECK_FALSE(parsed("ns/name:latest").tag);
  CHECK(to_string(parsed("ns/name:v1")) == "ns/name:v1");
  CHECK(to_string(parsed("ns/name@abcdef")) == "ns/name@abcdef");
  CHECK(to_string(parsed("ns/name:latest")) == "ns/name");
}

TEST_CASE("hashes have 6 to 64 lower-case hex digits") {
  CHECK(parsed("a/b@" + std::string(64, 'f')).hash->size() == 64);
  for (std::string const bad : {"a/b@abcde", "a/b@", "a/b@ABCDEF", "a/b@abcdeg", "a/b@../../x"}) refusal(bad);
  refusal("a/b@" + std::string(65, 'f'));
  CHECK_THAT(refusal("a/b:v1@abcdef"), contains("not both"));
  refusal("a/b@abcdef:v1");
}

TEST_CASE("a tag cannot be a path or an option") {
  for (std::string_view const good : {"v1", "2019-10-30", "a.b_c-d", "_"}) CHECK(check_tag(good).has_value());
  for (std::string_view const bad : {"", ".", "..", "-x", ".hidden", "a/b", "a b", "latest", "\xc3\xa9", "a\n"}) {
    INFO(bad);
    auto const r = check_tag(bad);
    REQUIRE_FALSE(r.has_value());
    CHECK(r.error().code == errc::usage);
  }
  CHECK(check_tag(std::string(128, 'x')).has_value());
  CHECK_FALSE(check_tag(std::string(129, 'x')).has_value());
  refusal("a/b:../../c");
  refusal("a/b:");
}

TEST_CASE("what starts with a dot or a slash is a path") {
  for (std::string_view const path : {".", "./x", "../x", "/data", "-", ".hidden/m.jsonl"}) {
    auto const r = parse_reference(path).value();
    REQUIRE(std::holds_alternative<path_ref>(r));
    CHECK(std::get<path_ref>(r).path == path);
    CHECK(parse_package_ref(path).error().code == errc::malformed_reference);
  }
  refusal("");
  refusal(std::string_view{"/a\0b", 4});
  CHECK_THAT(refusal("s3://bucket/ns/name"), contains("quilt+s3://bucket#package=ns/name"));
}

TEST_CASE("Quilt+ URIs name registry, package, version and entry") {
  auto ref = parsed("quilt+s3://my-bucket#package=foo/bar&path=root/readme.md");
  CHECK(ref.registry == "s3://my-bucket");
  CHECK(ref.name.str() == "foo/bar");
  CHECK(ref.path == "root/readme.md");
  CHECK_FALSE((ref.tag || ref.hash));

  ref = parsed("quilt+s3://bucket#package=foo/bar@abcdef12&catalog=open.example.org");
  CHECK(ref.hash == "abcdef12");
  ref = parsed("quilt+s3://bucket/#package=foo/bar:v1");
  CHECK(ref.registry == "s3://bucket");
  CHECK(ref.tag == "v1");
  ref = parsed("quilt+file:///data/my%20registry#package=foo/bar");
  CHECK(ref.registry == "file:///data/my%20registry");
}

TEST_CASE("values of a Quilt+ URI are decoded as the Quilt catalog decodes them") {
  CHECK(parsed("quilt+s3://b#package=prefix%2fsuffix").name.str() == "prefix/suffix");
  CHECK(parsed("quilt+s3://b#package=a/b&path=x%20y%26z%2Bw/%C3%A9.txt").path == "x y&z+w/\xc3\xa9.txt");
  CHECK(parsed("quilt+s3://b#package=a/b&path=x+y").path == "x y");
  CHECK(parsed("quilt+s3://b#package=a/b&path=50%_sample.csv").path == "50%_sample.csv");
  CHECK(parsed("quilt+s3://b#package=a/b&path=dir/").path == "dir/");
}

TEST_CASE("broken Quilt+ URIs are refused with the right form") {
  CHECK_THAT(refusal("quilt+s3://bucket"), contains("package="));
  CHECK_THAT(refusal("quilt+s3://bucket#path=x"), contains("quilt+s3://bucket#package=ns/name"));
  refusal("quilt+s3://bucket/prefix#package=a/b");
  refusal("quilt+s3://#package=a/b");
  refusal("quilt+s3://user:secret@bucket#package=a/b");
  refusal("quilt+http://host#package=a/b");
  CHECK_THAT(refusal("quilt+file://host/dir#package=a/b"), contains("quilt+file:///dir#package=ns/name"));
  refusal("quilt+file:relative#package=a/b");
  CHECK_THAT(refusal("quilt+s3://b#package=a/b&package=c/d"), contains("twice"));
  CHECK_THAT(refusal("quilt+s3://b#package=a/b&path=%FF"), contains("not UTF-8"));
  refusal("quilt+s3://b#package=a/b&path=../x");
  refusal("quilt+s3://b#package=a/b:x@abcdef");
  CHECK_THAT(refusal("quilt+s3://b#package=data"), contains("ns/data"));
}

#include <waybill/store/s3_read.hpp>

#include "contract/tools.hpp"
#include "s3_fixture.hpp"

using namespace waybill;
using namespace waybill_test;

TEST_CASE("bytes that end early are an error, not an end") {
  s3_fixture f;
  auto const store = f.store();
  f.client->expect("GET", f.url("k"), scripted_answer{200, {}, "0123456789", 4});
  CHECK(get(store, "k").error().code == errc::temporary);
  f.client->expect("GET", f.url("k"), scripted_answer{200, {{"Content-Length", "20"}}, "0123456789"});
  CHECK(get(store, "k").error().code == errc::temporary);
  f.client->expect("GET", f.url("k"), scripted_answer{200, {{"Content-Length", "5"}}, "0123456789"});
  auto const longer = store.open("k");
  REQUIRE(longer);
  std::array<std::byte, 10> buffer;
  CHECK((*longer)->read(buffer).error().code == errc::temporary);  // before a byte too many is passed on
}

TEST_CASE("what a refusal to read says is told") {
  s3_fixture f;
  auto const store = f.store();
  f.client->expect("GET", f.url("k"), s3_refusal(400, "ExpiredToken"));
  auto const refused = get(store, "k");
  CHECK(refused.error().code == errc::denied);
  CHECK_THAT(refused.error().message(), contains("ExpiredToken"));
}

TEST_CASE("a range is asked for, and an empty one asks whether there is an object") {
  s3_fixture f;
  auto const store = f.store();
  f.client->expect("GET", f.url("k"), [](seen_request const& r) {
    CHECK(r.header("Range") == "bytes=2-4");
    return scripted_answer{206, {{"Content-Range", "bytes 2-4/10"}}, "234"};
  });
  CHECK(get(store, "k", {2, 3}).value() == "234");
  f.client->expect("GET", f.url("k"), s3_refusal(416, "InvalidRange"));
  CHECK(get(store, "k", {10, {}}).value().empty());
  f.client->expect("HEAD", f.url("k"), head_of("x", "e"));
  CHECK(get(store, "k", {0, 0}).value().empty());
  f.client->expect("HEAD", f.url("k"), scripted_answer{404});
  CHECK(get(store, "k", {0, 0}).error().code == errc::object_not_found);
}

TEST_CASE("a version is read by its id, under any key S3 can have") {
  s3_fixture f;
  auto const store = f.store();
  f.client->expect("GET", f.url("a//b?versionId=v%2F1"), object("old", "e"));
  auto const source = store.open_version("a//b", "v/1");
  REQUIRE(source);
  CHECK(read_all(**source).value() == "old");
  CHECK(store.open("a//b").error().code == errc::unsafe_key);
  CHECK(store.open_version("", {}).error().code == errc::unsafe_key);
  f.client->expect("HEAD", f.url("k?versionId=v1"), head_of("old", "e"));
  CHECK(store.head_version("k", "v1")->size == 3);
}

TEST_CASE("a head tells the digests the service keeps, and asks once more only for the size of a part") {
  s3_fixture f;
  auto const store = f.store();
  auto single = head_of("text", "e");
  single.headers.add({"x-amz-checksum-sha256", base64_of("text")});
  f.client->expect("HEAD", f.url("k"), single);
  auto const small = store.head("k");
  REQUIRE(small);
  CHECK(*small->digests.find(algorithms::sha256) == sha256_of("text"));
  CHECK(*small->digests.find(algorithms::sha2_256_chunked) == digest_of(algorithms::sha2_256_chunked, "text"));
  auto const large = [&](std::string const& composite) {
    return scripted_answer{200, {{"Content-Length", "9437184"}, {"ETag", "e"}, {"x-amz-checksum-sha256", composite}}};
  };
  auto const part = [](int status, std::string size, std::string etag) {
    return scripted_answer{status, {{"Content-Length", std::move(size)}, {"ETag", std::move(etag)}}};
  };
  for (auto const& [first, told] :
       std::vector<std::pair<scripted_answer, bool>>{{part(206, "8388608", "e"), true},
                                                     {part(206, "5242880", "e"), false},
                                                     {part(206, "8388608", "of another version"), false},
                                                     {part(200, "8388608", "e"), false}}) {
    f.client->expect("HEAD", f.url("k"), large(base64_of("x") + "-2"));
    f.client->expect("HEAD", f.url("k?partNumber=1"), first);
    CHECK((store.head("k")->digests.find(algorithms::sha2_256_chunked) != nullptr) == told);
  }
  f.client->expect("HEAD", f.url("k"), large(base64_of("x") + "-3"));
  CHECK(store.head("k")->digests.empty());
}

TEST_CASE("a listing goes through all pages and leaves out the store's own object") {
  s3_fixture f;
  auto const store = f.store();
  auto const page = [](std::string const& keys, std::string const& next) {
    std::string xml = "<ListBucketResult><IsTruncated>" + std::string{next.empty() ? "false" : "true"} +
                      "</IsTruncated><NextContinuationToken>" + next + "</NextContinuationToken>";
    for (std::size_t at = 0; at < keys.size();
         at = keys.find(' ', at) == std::string::npos ? keys.size() : keys.find(' ', at) + 1)
      xml += "<Contents><Key>" + keys.substr(at, keys.find(' ', at) - at) + "</Key><Size>1</Size></Contents>";
    return scripted_answer{200, {}, xml + "</ListBucketResult>"};
  };
  f.client->expect("GET", f.bucket_url("encoding-type=url&list-type=2&prefix="),
                   page(".waybill/conditional-writes a", "t1"));
  f.client->expect("GET", f.bucket_url("continuation-token=t1&encoding-type=url&list-type=2&prefix="), page("b c", ""));
  CHECK(keys_of(store) == std::vector<std::string>{"a", "b", "c"});
  f.client->expect("GET", f.bucket_url("encoding-type=url&list-type=2&prefix="), page("a", "t1"));
  f.client->expect("GET", f.bucket_url("continuation-token=t1&encoding-type=url&list-type=2&prefix="), page("b", "t1"));
  CHECK_THAT(keys_of(store).at(0), contains("error") && contains("circles"));
  f.client->expect("GET", f.bucket_url("encoding-type=url&list-type=2&prefix=d"), page("d1 d2", ""));
  CHECK(keys_of(store, "d\xC3").empty());
}

TEST_CASE("a prefix that a service refuses is looked for in what lies around it") {
  s3_fixture f;
  auto const store = f.store();
  auto const refusal = s3_refusal(400, "XMinioInvalidResourceName");
  f.client->expect("GET", f.bucket_url("encoding-type=url&list-type=2&prefix=a%2F."), refusal);
  f.client->expect("GET", f.bucket_url("encoding-type=url&list-type=2&prefix=a%2F"),
                   scripted_answer{200,
                                   {},
                                   "<ListBucketResult><Contents><Key>a/.h</Key><Size>1</Size></Contents><Contents>"
                                   "<Key>a/b</Key><Size>1</Size></Contents></ListBucketResult>"});
  CHECK(keys_of(store, "a/.") == std::vector<std::string>{"a/.h"});
  f.client->expect("GET", f.bucket_url("encoding-type=url&list-type=2&prefix=a%2F..%2F"), refusal);
  CHECK(keys_of(store, "a/../").empty());
}

TEST_CASE("all versions are listed and one of them removed") {
  s3_fixture f;
  auto store = f.store();
  f.client->expect(
      "GET", f.bucket_url("encoding-type=url&prefix=p&versions="),
      scripted_answer{200,
                      {},
                      "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>p1</NextKeyMarker>"
                      "<NextVersionIdMarker>v1</NextVersionIdMarker><Version><Key>p1</Key><VersionId>v1"
                      "</VersionId><Size>1</Size></Version></ListVersionsResult>"});
  f.client->expect("GET", f.bucket_url("encoding-type=url&key-marker=p1&prefix=p&version-id-marker=v1&versions="),
                   scripted_answer{200,
                                   {},
                                   "<ListVersionsResult><DeleteMarker><Key>p2</Key><VersionId>v2</VersionId>"
                                   "</DeleteMarker></ListVersionsResult>"});
  std::vector<std::string> seen;
  REQUIRE(store.list_versions("p", [&](s3_version const& v) -> result<void> {
    seen.push_back(v.key + "@" + v.version_id + (v.removal ? " removed" : ""));
    return {};
  }));
  CHECK(seen == std::vector<std::string>{"p1@v1", "p2@v2 removed"});
  f.client->expect("DELETE", f.url("p2?versionId=v2"), scripted_answer{204});
  CHECK(store.remove_version("p2", "v2"));
  auto const nothing = [](s3_version const&) -> result<void> { return {}; };
  auto const circle = scripted_answer{200,
                                      {},
                                      "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>p1"
                                      "</NextKeyMarker></ListVersionsResult>"};
  f.client->expect("GET", f.bucket_url("encoding-type=url&prefix=p&versions="), circle);
  f.client->expect("GET", f.bucket_url("encoding-type=url&key-marker=p1&prefix=p&versions="), circle);
  CHECK(store.list_versions("p", nothing).error().code == errc::permanent);
  f.client->expect("GET", f.bucket_url("encoding-type=url&prefix=d&versions="),
                   scripted_answer{200,
                                   {},
                                   "<ListVersionsResult><Version><Key>d1</Key><VersionId>v</VersionId><Size>1</Size>"
                                   "</Version></ListVersionsResult>"});
  std::size_t beside = 0;
  CHECK(store.list_versions("d\xC3", [&](s3_version const&) -> result<void> {
    ++beside;
    return {};
  }));
  CHECK(beside == 0);
}

TEST_CASE("attributes are gathered from all pages") {
  s3_fixture f;
  auto const store = f.store();
  auto const page = [](int first, bool more) {
    return scripted_answer{
        200,
        {},
        "<GetObjectAttributesResponse><ObjectSize>11</ObjectSize><ObjectParts><PartsCount>2</PartsCount>"
        "<IsTruncated>" +
            std::string{more ? "true" : "false"} + "</IsTruncated><NextPartNumberMarker>" + std::to_string(first) +
            "</NextPartNumberMarker><Part><PartNumber>" + std::to_string(first) +
            "</PartNumber><Size>8</Size></Part></ObjectParts></GetObjectAttributesResponse>"};
  };
  f.client->expect("GET", f.url("k?attributes="), page(1, true));
  f.client->expect("GET", f.url("k?attributes="), page(2, false));
  auto const all = store.attributes("k");
  REQUIRE(all);
  CHECK(all->parts.parts.size() == 2);
  CHECK(all->part_count == 2);
}

TEST_CASE("whether versions are kept is asked of the bucket") {
  s3_fixture f;
  auto const store = f.store();
  f.client->expect(
      "GET", f.bucket_url("versioning="),
      scripted_answer{200, {}, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"});
  CHECK(store.keeps_versions().value());
}

#include <waybill/store/s3.hpp>

#include <waybill/store/any_store.hpp>
#include <waybill/store/cached.hpp>
#include <waybill/store/counted.hpp>
#include <waybill/store/memory.hpp>
#include <waybill/store/retrying.hpp>
#include <waybill/store/verified.hpp>

#include "contract/tools.hpp"
#include "s3_fixture.hpp"
#include "watched_content.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

std::string base64_of(std::string_view text) { return to_base64(sha256_of(text).bytes()); }

scripted_answer head_of(std::string const& text, std::string const& etag) {
  return {200, {{"Content-Length", std::to_string(text.size())}, {"ETag", "\"" + etag + "\""}}};
}
scripted_answer object(std::string const& text, std::string const& etag) {
  return {200, {{"ETag", "\"" + etag + "\""}}, text};
}

/// The service keeps conditions.
void expect_conditions(s3_fixture& f) {
  f.client->expect("PUT", f.url(".waybill/conditional-writes"), s3_refusal(412, "PreconditionFailed"));
}

}  // namespace

TEST_CASE("a store is made of what can be a bucket, a clock and a checksum S3 keeps") {
  s3_fixture f;
  auto const made = [&](auto change) {
    auto options = f.options;
    change(options);
    return s3_store<scripted_client>::create(f.client, options).error().code;
  };
  CHECK(made([](s3_options& o) { o.bucket.name = "a/b"; }) == errc::usage);
  CHECK(made([](s3_options& o) { o.clock = {}; }) == errc::usage);
  CHECK(made([](s3_options& o) { o.checksum = algorithms::md5; }) == errc::unknown_algorithm);
}

TEST_CASE("a small content is one request whose digest the service checks") {
  s3_fixture f;
  auto store = f.store();
  f.client->expect("PUT", f.url("a%20b/k"), [](seen_request const& r) {
    CHECK(r.body == "text");
    CHECK(r.header("x-amz-content-sha256") == sha256_of("text").hex());
    CHECK(r.header("x-amz-checksum-sha256") == base64_of("text"));
    return stored_as("e", {{"x-amz-version-id", "v1"}});
  });
  auto const stored = put(store, "a b/k", "text");
  REQUIRE(stored);
  CHECK(stored->key == "a b/k");
  CHECK(stored->size == 4);
  CHECK(stored->version == "e");
  CHECK(stored->version_id == "v1");
  CHECK(*stored->digests.find(algorithms::sha2_256_chunked) == digest_of(algorithms::sha2_256_chunked, "text"));
  CHECK(store.url("a b/k").url() == "s3://bucket/a%20b/k");
  CHECK(store.url_of(*stored).url() == "s3://bucket/a%20b/k?versionId=v1");
}

TEST_CASE("a version reaches the physical key through every decorator") {
  s3_fixture f;
  object_info const info{"k", 4, "e", {}, "v1"};
  any_store const wrapped{verified{retrying{counted{f.store()}}}};
  CHECK(wrapped.url_of(info).url() == "s3://bucket/k?versionId=v1");
  CHECK(cached{memory_store{}, f.store()}.url_of(info).url() == "s3://bucket/k?versionId=v1");
  CHECK(any_store{memory_store{}}.url_of(info).url() == "memory:///k");
}

TEST_CASE("exactly one version is opened through every decorator, in one request") {
  s3_fixture f;
  object_info const info{"a//k", 4, {}, {}, "v1"};
  any_store const wrapped{verified{retrying{counted{f.store()}}}};
  f.client->expect("GET", f.url("a//k?versionId=v1"), object("text", "e"));
  auto const source = wrapped.open_exactly(info);
  REQUIRE(source);
  CHECK(read_all(**source).value() == "text");
  cached const kept{memory_store{}, f.store()};
  f.client->expect("GET", f.url("a//k?versionId=v1"), object("text", "e"));
  CHECK(read_all(**kept.open_exactly(info)).value() == "text");
  counted const numbers{f.store()};
  f.client->expect("GET", f.url("a//k?versionId=v1"), object("text", "e"));
  CHECK(read_all(**numbers.open_exactly(info)).value() == "text");
  CHECK(numbers.counts().open == operation_count{1, 0, 4});
}

TEST_CASE("a listing gives version ids where the bucket keeps versions") {
  auto const seen_in = [](s3_fixture& f) {
    std::string seen;
    any_store const store{verified{retrying{counted{f.store()}}}};
    CHECK(store.list_exactly("p", [&](object_info const& info) -> result<void> {
      seen += info.key + "@" + info.version_id.value_or("none") + " ";
      return {};
    }));
    return seen;
  };
  s3_fixture f;
  f.client->expect(
      "GET", f.bucket_url("versioning="),
      scripted_answer{200, {}, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"});
  f.client->expect(
      "GET", f.bucket_url("encoding-type=url&prefix=p&versions="),
      scripted_answer{200,
                      {},
                      "<ListVersionsResult><Version><Key>p1</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest>"
                      "<Size>1</Size></Version><Version><Key>p1</Key><VersionId>v1</VersionId><Size>1</Size></Version>"
                      "<Version><Key>p2</Key><VersionId>null</VersionId><IsLatest>true</IsLatest><Size>1</Size>"
                      "</Version><DeleteMarker><Key>p3</Key><VersionId>v</VersionId><IsLatest>true</IsLatest>"
                      "</DeleteMarker></ListVersionsResult>"});
  CHECK(seen_in(f) == "p1@v2 p2@none ");
  s3_fixture plain;  // who may not ask lists as anybody does
  plain.client->expect("GET", plain.bucket_url("versioning="), s3_refusal(403, "AccessDenied"));
  plain.client->expect(
      "GET", plain.bucket_url("encoding-type=url&list-type=2&prefix=p"),
      scripted_answer{
          200, {}, "<ListBucketResult><Contents><Key>p1</Key><Size>1</Size></Contents></ListBucketResult>"});
  CHECK(seen_in(plain) == "p1@none ");
}

TEST_CASE("a content with a known digest is read once and only to be sent") {
  s3_fixture f;
  auto store = f.store();
  seen_content const content{std::string(300'000, 'x'), {sha256_of(std::string(300'000, 'x'))}};
  f.client->expect("PUT", f.url("k"), stored_as("e"));
  REQUIRE(store.put("k", content, {.expected = {digest_of(algorithms::sha2_256_chunked, std::string(300'000, 'x'))}}));
  CHECK(content.opened() == 1);
}

TEST_CASE("a wrong expectation that the service finds out is explained with both digests") {
  s3_fixture f;
  auto store = f.store();
  f.client->expect("PUT", f.url("k"), s3_refusal(400, "XAmzContentSHA256Mismatch"));
  auto const refused = put(store, "k", "text", {.expected = {sha256_of("other")}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::digest_mismatch);
  CHECK_THAT(refused.error().message(), contains(sha256_of("text").text()) && contains(sha256_of("other").text()));
}

TEST_CASE("a service that has kept other bytes than were sent is not believed") {
  s3_fixture f;
  auto store = f.store();
  f.client->expect("PUT", f.url("k"), stored_as("e", {{"x-amz-checksum-sha256", base64_of("other")}}));
  CHECK(put(store, "k", "text").error().code == errc::temporary);
}

TEST_CASE("only_if_absent is a condition of the request, on a service that keeps conditions") {
  s3_fixture f;
  auto store = f.store();
  expect_conditions(f);
  f.client->expect("PUT", f.url("k"), [](seen_request const& r) {
    CHECK(r.header("If-None-Match") == "*");
    return s3_refusal(412, "PreconditionFailed");
  });
  CHECK(put(store, "k", "text", {.only_if_absent = true}).error().code == errc::collision);
  f.client->expect("PUT", f.url("k"), s3_refusal(409, "ConditionalRequestConflict"));
  CHECK(put(store, "k", "text", {.only_if_absent = true}).error().code == errc::temporary);
}

TEST_CASE("whether conditional writes hold is tried once per store with at most two requests") {
  s3_fixture f;
  auto store = f.store();
  SECTION("they do, and the object was there") { expect_conditions(f); }
  SECTION("they do, and the object was not there") {
    f.client->expect("PUT", f.url(".waybill/conditional-writes"), stored_as("p"));
    expect_conditions(f);
  }
  f.client->expect("PUT", f.url("r"), stored_as("1"));
  f.client->expect("PUT", f.url("r"), stored_as("2"));
  auto copy = store;
  REQUIRE(store.swap_ref("r", std::nullopt, "x"));
  REQUIRE(copy.swap_ref("r", "1", "y"));
}

TEST_CASE("a service that ignores conditional writes is refused for references, unless that is forced") {
  s3_fixture f;
  bool const unknown_header = GENERATE(false, true);
  auto const expect_ignorance = [&] {
    if (unknown_header)
      return f.client->expect("PUT", f.url(".waybill/conditional-writes"), s3_refusal(501, "NotImplemented"));
    f.client->expect("PUT", f.url(".waybill/conditional-writes"), stored_as("p"));
    f.client->expect("PUT", f.url(".waybill/conditional-writes"), stored_as("p"));
  };
  SECTION("refused") {
    auto store = f.store();
    expect_ignorance();
    auto const refused = store.swap_ref("r", std::nullopt, "x");
    CHECK(refused.error().code == errc::unsupported);
    CHECK_THAT(refused.error().message(), contains("--force-unsafe-refs"));
    // Not asked again.
    CHECK(store.swap_ref("r", std::nullopt, "x").error().code == errc::unsupported);
    CHECK(put(store, "k", "x", {.only_if_absent = true}).error().code == errc::unsupported);
  }
  SECTION("forced, it compares before it writes") {
    f.options.force_unsafe_refs = true;
    auto store = f.store();
    expect_ignorance();
    f.client->expect("HEAD", f.url("r"), head_of("x", "e1"));
    f.client->expect("PUT", f.url("r"), [](seen_request const& r) {
      CHECK(r.header("If-Match") == "-");
      return stored_as("e2");
    });
    CHECK(store.swap_ref("r", "e1", "new")->version == "e2");
    f.client->expect("HEAD", f.url("r"), head_of("x", "e2"));
    CHECK(store.swap_ref("r", "e1", "new").error().code == errc::lost_race);
    f.client->expect("HEAD", f.url("k"), head_of("x", "e2"));
    CHECK(put(store, "k", "x", {.only_if_absent = true}).error().code == errc::collision);
  }
}

TEST_CASE("a reference is read with its version, and what is not there is none") {
  s3_fixture f;
  auto store = f.store();
  f.client->expect("GET", f.url("r"), object("text\n", "e1"));
  auto const there = store.read_ref("r");
  REQUIRE((there && *there));
  CHECK((*there)->text == "text\n");
  CHECK((*there)->version == "e1");
  auto damaged = object("tixt\n", "e1");
  damaged.headers.add({"x-amz-checksum-sha256", base64_of("text\n")});
  f.client->expect("GET", f.url("r"), damaged);
  CHECK(store.read_ref("r").error().code == errc::temporary);
  f.client->expect("GET", f.url("r"), s3_refusal(404, "NoSuchKey"));
  CHECK_FALSE(store.read_ref("r").value());
  f.client->expect("GET", f.url("r"), s3_refusal(404, "NoSuchBucket"));
  CHECK(store.read_ref("r").error().code == errc::object_not_found);
  f.client->expect("GET", f.url("r"), s3_refusal(403, "AccessDenied"));
  CHECK(store.read_ref("r").error().code == errc::denied);
}

TEST_CASE("a reference changes only if it is what it was") {
  s3_fixture f;
  auto store = f.store();
  expect_conditions(f);
  f.client->expect("PUT", f.url("r"), [](seen_request const& r) {
    CHECK(r.header("If-Match") == "\"e1\"");
    CHECK(r.header("If-None-Match") == "-");
    CHECK(r.body == "new");
    return stored_as("e2");
  });
  CHECK(store.swap_ref("r", "e1", "new")->version == "e2");
  for (auto const& refusal : {s3_refusal(412, "PreconditionFailed"), s3_refusal(409, "ConditionalRequestConflict"),
                              s3_refusal(404, "NoSuchKey")}) {
    f.client->expect("PUT", f.url("r"), refusal);
    auto const lost = store.swap_ref("r", "e1", "new");
    CHECK(lost.error().code == errc::lost_race);
    CHECK_THAT(lost.error().message(), contains("s3://bucket/r"));
  }
  f.client->expect("PUT", f.url("r"), s3_refusal(404, "NoSuchBucket"));
  CHECK(store.swap_ref("r", "e1", "new").error().code == errc::object_not_found);
  f.client->expect("PUT", f.url("r"), s3_refusal(400, "XAmzContentSHA256Mismatch"));
  CHECK(store.swap_ref("r", "e1", "new").error().code == errc::temporary);
  f.client->expect("PUT", f.url("r"), s3_refusal(503, "SlowDown"));
  CHECK(store.swap_ref("r", "e1", "new").error().code == errc::temporary);
}

TEST_CASE("a reference is removed only if it is what it was") {
  s3_fixture f;
  auto store = f.store();
  f.client->expect("HEAD", f.url("r"), head_of("x", "e1"));
  f.client->expect("DELETE", f.url("r"), [](seen_request const& r) {
    CHECK(r.header("If-Match") == "\"e1\"");
    return scripted_answer{204};
  });
  CHECK(store.remove_ref("r", "e1"));
  f.client->expect("HEAD", f.url("r"), head_of("x", "e2"));
  CHECK(store.remove_ref("r", "e1").error().code == errc::lost_race);
  f.client->expect("HEAD", f.url("r"), head_of("x", "e2"));
  CHECK(store.remove_ref("r", std::nullopt).error().code == errc::lost_race);
  f.client->expect("HEAD", f.url("r"), scripted_answer{404});
  CHECK(store.remove_ref("r", std::nullopt));
  f.client->expect("HEAD", f.url("r"), head_of("x", "e1"));
  f.client->expect("DELETE", f.url("r"), s3_refusal(412, "PreconditionFailed"));
  CHECK(store.remove_ref("r", "e1").error().code == errc::lost_race);
  f.client->expect("HEAD", f.url("r"), head_of("x", "e1"));
  f.client->expect("DELETE", f.url("r"), s3_refusal(501, "NotImplemented"));
  f.client->expect("DELETE", f.url("r"), scripted_answer{204});
  CHECK(store.remove_ref("r", "e1"));
}

TEST_CASE("bytes that end early are an error, not an end") {
  s3_fixture f;
  auto const store = f.store();
  f.client->expect("GET", f.url("k"), scripted_answer{200, {}, "0123456789", 4});
  CHECK(get(store, "k").error().code == errc::temporary);
  f.client->expect("GET", f.url("k"), scripted_answer{200, {{"Content-Length", "20"}}, "0123456789"});
  CHECK(get(store, "k").error().code == errc::temporary);
  f.client->expect("GET", f.url("k"), scripted_answer{200, {{"Content-Length", "5"}}, "0123456789"});
  CHECK_FALSE(get(store, "k"));
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
  for (auto const& [part, told] : std::vector<std::pair<std::string, bool>>{{"8388608", true}, {"5242880", false}}) {
    f.client->expect("HEAD", f.url("k"), large(base64_of("x") + "-2"));
    f.client->expect("HEAD", f.url("k?partNumber=1"), scripted_answer{206, {{"Content-Length", part}, {"ETag", "e"}}});
    CHECK((store.head("k")->digests.find(algorithms::sha2_256_chunked) != nullptr) == told);
  }
  f.client->expect("HEAD", f.url("k"), large(base64_of("x") + "-3"));
  CHECK(store.head("k")->digests.empty());
}

TEST_CASE("keys S3 cannot hold and the store's own are refused before anything is asked") {
  s3_fixture f;
  auto store = f.store();
  CHECK(put(store, "caf\xE9", "x").error().code == errc::malformed_key);
  CHECK(put(store, ".waybill/conditional-writes", "x").error().code == errc::unsafe_key);
  CHECK(store.head("../x").error().code == errc::unsafe_key);
  CHECK(store.remove("a//b").error().code == errc::unsafe_key);
  CHECK(store.read_ref("/x").error().code == errc::unsafe_key);
  CHECK(store.swap_ref("a/../b", std::nullopt, "x").error().code == errc::unsafe_key);
  CHECK(store.copy("other", "from", {}, "a//b").error().code == errc::unsafe_key);
  CHECK(store.copy("o/ther", "from", {}, "to").error().code == errc::usage);
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
}

TEST_CASE("removing what is not there succeeds, in a bucket that is there") {
  s3_fixture f;
  auto store = f.store();
  f.client->expect("DELETE", f.url("k"), scripted_answer{204});
  CHECK(store.remove("k"));
  f.client->expect("DELETE", f.url("k"), s3_refusal(404, "NoSuchKey"));
  CHECK(store.remove("k"));
  f.client->expect("DELETE", f.url("k"), s3_refusal(404, "NoSuchBucket"));
  CHECK(store.remove("k").error().code == errc::object_not_found);
}

TEST_CASE("a small object is copied at once and gets a checksum on the way") {
  s3_fixture f;
  auto store = f.store();
  f.client->expect("HEAD", "http://s3.test/other/from?versionId=v", head_of("text", "src"));
  f.client->expect("PUT", f.url("to"), [](seen_request const& r) {
    CHECK(r.header("x-amz-copy-source") == "/other/from?versionId=v");
    CHECK(r.header("x-amz-copy-source-if-match") == "\"src\"");
    return scripted_answer{200,
                           {{"x-amz-version-id", "n1"}},
                           "<CopyObjectResult><ETag>e</ETag><ChecksumSHA256>" + base64_of("text") +
                               "</ChecksumSHA256></CopyObjectResult>"};
  });
  auto const copied = store.copy("other", "from", "v", "to");
  REQUIRE(copied);
  CHECK(copied->size == 4);
  CHECK(copied->version_id == "n1");
  CHECK(*copied->digests.find(algorithms::sha2_256_chunked) == digest_of(algorithms::sha2_256_chunked, "text"));
  f.client->expect("HEAD", "http://s3.test/other/from", scripted_answer{404});
  CHECK(store.copy("other", "from", {}, "to").error().code == errc::object_not_found);
  f.client->expect("HEAD", "http://s3.test/other/from", head_of("text", "src"));
  f.client->expect("PUT", f.url("to"), s3_refusal(200, "SlowDown"));
  CHECK(store.copy("other", "from", {}, "to").error().code == errc::temporary);
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

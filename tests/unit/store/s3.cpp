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

TEST_CASE("no listing shows the object that conditional writes were tried on") {
  s3_fixture f;
  auto const keys = [&](std::string const& status, std::string const& query, std::string const& page) {
    f.client->expect(
        "GET", f.bucket_url("versioning="),
        scripted_answer{200, {}, "<VersioningConfiguration><Status>" + status + "</Status></VersioningConfiguration>"});
    f.client->expect("GET", f.bucket_url("encoding-type=url&" + query), scripted_answer{200, {}, page});
    std::string seen;
    CHECK(f.store().list_exactly("", [&](object_info const& info) -> result<void> {
      seen += info.key + " ";
      return {};
    }));
    return seen;
  };
  auto const one = [](std::string const& key) {
    return "<Key>" + key + "</Key><VersionId>v</VersionId><IsLatest>true</IsLatest><Size>1</Size>";
  };
  CHECK(keys("Enabled", "prefix=&versions=",
             "<ListVersionsResult><Version>" + one(".waybill/conditional-writes") + "</Version><Version>" + one("k") +
                 "</Version></ListVersionsResult>") == "k ");
  CHECK(keys("Suspended", "list-type=2&prefix=",
             "<ListBucketResult><Contents>" + one(".waybill/conditional-writes") + "</Contents><Contents>" + one("k") +
                 "</Contents></ListBucketResult>") == "k ");
}

TEST_CASE("a resumed read of exactly one object goes on only in what it began with") {
  s3_fixture f;
  retrying const store{counted{f.store()}};
  object_info const info{"k", 10, "what a listing said", {}};
  auto const cut = [](seen_request const& r) {
    CHECK(r.header("If-Match") == "-");
    return scripted_answer{200, {{"ETag", "\"first\""}}, "0123456789", 4};
  };
  auto const conditional = [](scripted_answer answer) {
    return [answer = std::move(answer)](seen_request const& r) {
      CHECK(r.header("If-Match") == "\"first\"");
      CHECK(r.header("Range") == "bytes=4-");
      return answer;
    };
  };
  f.client->expect("GET", f.url("k"), cut);
  f.client->expect("GET", f.url("k"),
                   conditional({206, {{"Content-Range", "bytes 4-9/10"}, {"ETag", "\"first\""}}, "456789"}));
  CHECK(read_all(**store.open_exactly(info)).value() == "0123456789");
  f.client->expect("GET", f.url("k"), cut);
  f.client->expect("GET", f.url("k"), conditional(s3_refusal(412, "PreconditionFailed")));
  CHECK(read_all(**store.open_exactly(info)).error().code == errc::source_changed);
  // A version needs no condition.
  f.client->expect("GET", f.url("k?versionId=v1"), cut);
  f.client->expect("GET", f.url("k?versionId=v1"), [](seen_request const& r) {
    CHECK(r.header("If-Match") == "-");
    return scripted_answer{206, {{"Content-Range", "bytes 4-9/10"}}, "456789"};
  });
  CHECK(read_all(**store.open_exactly({"k", 10, {}, {}, "v1"})).value() == "0123456789");
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

#include <waybill/store/s3_upload.hpp>

#include "s3_upload_fixture.hpp"

using namespace waybill;
using namespace waybill_test;

TEST_CASE("a large content goes in parts by the chunk rule, each with its digest, and is not hashed here") {
  upload_fixture f;
  f.expect_begin("k");
  for (int n : {1, 2, 3}) f.expect_part("k", n);
  f.expect_complete("k", f.completed(f.chunked.text() + "-3"));
  auto store = f.store();
  auto const stored = store.put("k", f.content, {.expected = {f.chunked}});
  REQUIRE(stored);
  CHECK(stored->version == "e-3");
  CHECK(stored->version_id == "v7");
  CHECK(*stored->digests.find(algorithms::sha2_256_chunked) == f.chunked);
  CHECK(f.content.opened() == 3);
  CHECK_THAT(f.client->last().body, contains("<ETag>\"e2\"</ETag><PartNumber>2</PartNumber>") && contains(f.sum(2)));
}

TEST_CASE("a content whose digests nobody knows is hashed in one pass and sent in another") {
  upload_fixture f;
  seen_content const content{f.bytes, {}};
  f.expect_begin("k");
  for (int n : {1, 2, 3}) f.expect_part("k", n);
  f.expect_complete("k", f.completed(f.chunked.text() + "-3"));
  auto store = f.store();
  REQUIRE(store.put("k", content, {}));
  CHECK(content.opened() == 4);
}

TEST_CASE("parts are sent by several threads when there are helpers") {
  upload_fixture f;
  f.options.part_concurrency = 2;
  f.expect_begin("k");
  for (int n : {1, 2, 3}) f.expect_part("k", n);
  f.expect_complete("k", f.completed(f.chunked.text() + "-3"));
  auto store = f.store();
  CHECK(store.put("k", f.content, {}));
}

TEST_CASE("helpers that were lent to the parts of an upload or a copy come back") {
  upload_fixture f;
  f.options.part_concurrency = 2;
  detail::s3_session const session{f.erased(), f.options};
  auto const sums = detail::sums_for_upload(f.content, {}, false, "k").value();
  f.expect_begin("k");
  for (int n : {1, 2, 3}) f.expect_part("k", n);
  f.expect_complete("k", f.completed(f.chunked.text() + "-3"));
  CHECK(detail::put_in_parts(session, "k", f.content, sums, {}));
  f.expect_begin("k");
  for (int n : {1, 2, 3})
    f.client->expect(
        "PUT", f.part_url("k", n),
        scripted_answer{200,
                        {},
                        "<CopyPartResult><ETag>e</ETag><ChecksumSHA256>" + f.sum(static_cast<std::size_t>(n - 1)) +
                            "</ChecksumSHA256></CopyPartResult>"});
  f.expect_complete("k", f.completed(f.chunked.text() + "-3"));
  CHECK(detail::copy_in_parts(session, {"other", "from", {}, {}}, f.bytes.size(), "k"));
  CHECK(session.take_helpers(9) == 2);
}

TEST_CASE("what fails for good is aborted") {
  upload_fixture f;
  auto store = f.store();
  f.expect_missing(f.addressed);
  f.expect_uploads(f.addressed, "");
  for (auto const& key : {std::string{"k"}, f.addressed}) {
    f.expect_begin(key);
    f.expect_part(key, 1);
    f.client->expect("PUT", f.part_url(key, 2), s3_refusal(403, "AccessDenied"));
    f.expect_abort(key);
    CHECK(store.put(key, f.content, {}).error().code == errc::denied);
  }
}

TEST_CASE("what fails for a moment is aborted unless the next attempt can go on with it") {
  upload_fixture f;
  auto store = f.store();
  f.expect_begin("k");
  f.client->fail("PUT", f.part_url("k", 1), make_error(errc::temporary, "reset"));
  f.expect_abort("k");
  CHECK(store.put("k", f.content, {}).error().code == errc::temporary);

  f.expect_missing(f.addressed);
  f.expect_uploads(f.addressed, "");
  f.expect_begin(f.addressed);
  f.client->fail("PUT", f.part_url(f.addressed, 1), make_error(errc::temporary, "reset"));
  CHECK(store.put(f.addressed, f.content, {}).error().code == errc::temporary);
}

TEST_CASE("an unfinished upload of a content-addressed key is gone on with, its right parts are kept") {
  upload_fixture f;
  auto const key = f.addressed;
  f.expect_missing(key);
  f.expect_uploads(key, "<Upload><Key>" + key + "-other</Key><UploadId>x</UploadId></Upload><Upload><Key>" + key +
                            "</Key><UploadId>u</UploadId></Upload>");
  auto const listed = [&](int n, std::size_t size, std::string const& sum) {
    return "<Part><PartNumber>" + std::to_string(n) + "</PartNumber><Size>" + std::to_string(size) +
           "</Size><ETag>\"e" + std::to_string(n) + "\"</ETag><ChecksumSHA256>" + sum + "</ChecksumSHA256></Part>";
  };
  f.client->expect("GET", f.url(key + "?uploadId=u"),
                   scripted_answer{200,
                                   {},
                                   "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>1"
                                   "</NextPartNumberMarker>" +
                                       listed(1, part, f.sum(0)) + "</ListPartsResult>"});
  f.client->expect(
      "GET", f.url(key + "?part-number-marker=1&uploadId=u"),
      scripted_answer{
          200, {}, "<ListPartsResult>" + listed(2, part, f.sum(0)) + listed(3, 1000, f.sum(2)) + "</ListPartsResult>"});
  f.expect_part(key, 2);  // other bytes
  f.expect_part(key, 3);  // another size
  f.expect_complete(key, f.completed(f.chunked.text() + "-3"));
  auto store = f.store();
  REQUIRE(store.put(key, f.content, {}));
  CHECK(f.content.opened() == 2);
  CHECK_THAT(f.client->last().body, contains("\"e1\""));
}

TEST_CASE("an upload whose parts have no checksum is left alone") {
  upload_fixture f;
  auto const key = f.addressed;
  f.expect_missing(key);
  f.expect_uploads(key, "<Upload><Key>" + key + "</Key><UploadId>foreign</UploadId></Upload>");
  f.client->expect("GET", f.url(key + "?uploadId=foreign"),
                   scripted_answer{200,
                                   {},
                                   "<ListPartsResult><Part><PartNumber>1</PartNumber><Size>8388608</Size>"
                                   "<ETag>e</ETag></Part></ListPartsResult>"});
  f.expect_begin(key);
  for (int n : {1, 2, 3}) f.expect_part(key, n);
  f.expect_complete(key, f.completed(f.chunked.text() + "-3"));
  auto store = f.store();
  CHECK(store.put(key, f.content, {}));
}

TEST_CASE("a large content-addressed object that is there with its digest is not sent again") {
  upload_fixture f;
  header_list const head{{"Content-Length", std::to_string(f.bytes.size())},
                         {"ETag", "\"e-3\""},
                         {"x-amz-checksum-sha256", f.chunked.text() + "-3"}};
  f.client->expect("HEAD", f.url(f.addressed), scripted_answer{200, head});
  f.client->expect("HEAD", f.url(f.addressed + "?partNumber=1"),
                   scripted_answer{206, {{"Content-Length", std::to_string(part)}, {"ETag", "\"e-3\""}}});
  auto store = f.store();
  auto const stored = store.put(f.addressed, f.content, {.expected = {f.chunked}});
  REQUIRE(stored);
  CHECK(stored->version == "e-3");
  CHECK(f.content.opened() == 0);
}

TEST_CASE("a large object that is there is sent again unless size and expected digests are the same") {
  for (bool const other_size : {true, false}) {
    upload_fixture f;
    auto const key = f.addressed;
    f.client->expect("HEAD", f.url(key),
                     scripted_answer{200,
                                     {{"Content-Length", std::to_string(f.bytes.size() + (other_size ? 1 : 0))},
                                      {"ETag", "\"e-3\""},
                                      {"x-amz-checksum-sha256", f.chunked.text() + "-3"}}});
    f.client->expect("HEAD", f.url(key + "?partNumber=1"),
                     scripted_answer{206, {{"Content-Length", std::to_string(part)}, {"ETag", "\"e-3\""}}});
    f.expect_uploads(key, "");
    f.expect_begin(key);
    for (int n : {1, 2, 3}) f.expect_part(key, n);
    f.expect_complete(key, f.completed(f.chunked.text() + "-3"));
    auto store = f.store();
    CHECK(store.put(key, f.content, {.expected = other_size ? digest_set{f.chunked} : digest_set{}}));
  }
}

TEST_CASE("only_if_absent is asked before parts are sent and once more when they are put together") {
  upload_fixture f;
  auto store = f.store();
  f.client->expect("PUT", f.url(".waybill/conditional-writes"), s3_refusal(412, "PreconditionFailed"));
  f.client->expect("HEAD", f.url("k"), scripted_answer{200, {{"Content-Length", "1"}, {"ETag", "e"}}});
  CHECK(store.put("k", f.content, {.only_if_absent = true}).error().code == errc::collision);
  f.expect_missing("k");
  f.expect_begin("k");
  for (int n : {1, 2, 3}) f.expect_part("k", n);
  f.client->expect("POST", f.url("k?uploadId=u"), [](seen_request const& r) {
    CHECK(r.header("If-None-Match") == "*");
    return s3_refusal(412, "PreconditionFailed");
  });
  f.expect_abort("k");
  CHECK(store.put("k", f.content, {.only_if_absent = true}).error().code == errc::collision);
}

TEST_CASE("CRC64NVME where asked is told of each part and of the whole") {
  upload_fixture f;
  f.options.checksum = algorithms::crc64nvme;
  auto const whole = digest_of(algorithms::crc64nvme, f.bytes);
  f.expect_begin("k");
  for (int n : {1, 2, 3})
    f.client->expect("PUT", f.part_url("k", n), [&f, n](seen_request const& r) {
      auto const bytes = f.bytes.substr(static_cast<std::size_t>(n - 1) * part, part);
      CHECK(r.header("x-amz-checksum-crc64nvme") == digest_of(algorithms::crc64nvme, bytes).text());
      return stored_as("e");
    });
  f.client->expect("POST", f.url("k?uploadId=u"), [&](seen_request const& r) {
    CHECK(r.header("x-amz-checksum-crc64nvme") == whole.text());
    return scripted_answer{200,
                           {},
                           "<CompleteMultipartUploadResult><ETag>e-3</ETag><ChecksumCRC64NVME>" + whole.text() +
                               "</ChecksumCRC64NVME></CompleteMultipartUploadResult>"};
  });
  auto store = f.store();
  CHECK(store.put("k", f.content, {}));
}

TEST_CASE("a large object is copied in the parts its digest is made of") {
  upload_fixture f;
  f.client->expect("HEAD", "http://s3.test/other/from",
                   scripted_answer{200, {{"Content-Length", std::to_string(f.bytes.size())}, {"ETag", "\"src\""}}});
  f.expect_begin("to");
  for (int n : {1, 2, 3})
    f.client->expect("PUT", f.part_url("to", n), [&f, n](seen_request const& r) {
      CHECK(r.header("x-amz-copy-source") == "/other/from");
      CHECK(r.header("x-amz-copy-source-if-match") == "\"src\"");
      CHECK(r.header("x-amz-copy-source-range") ==
            std::vector<std::string>{"bytes=0-8388607", "bytes=8388608-16777215", "bytes=16777216-17825791"}.at(
                static_cast<std::size_t>(n - 1)));
      return scripted_answer{200,
                             {},
                             "<CopyPartResult><ETag>e</ETag><ChecksumSHA256>" + f.sum(static_cast<std::size_t>(n - 1)) +
                                 "</ChecksumSHA256></CopyPartResult>"};
    });
  f.expect_complete("to", f.completed(f.chunked.text() + "-3"));
  auto store = f.store();
  auto const copied = store.copy("other", "from", {}, "to");
  REQUIRE(copied);
  CHECK(*copied->digests.find(algorithms::sha2_256_chunked) == f.chunked);
  CHECK_THAT(f.client->last().body, contains(f.sum(1)));
}

TEST_CASE("a service that copies parts without a checksum copies the whole instead") {
  upload_fixture f;
  f.client->expect("HEAD", "http://s3.test/other/from",
                   scripted_answer{200, {{"Content-Length", std::to_string(f.bytes.size())}, {"ETag", "\"src\""}}});
  f.expect_begin("to");
  f.client->expect("PUT", f.part_url("to", 1),
                   scripted_answer{200, {}, "<CopyPartResult><ETag>e</ETag></CopyPartResult>"});
  f.expect_abort("to");
  f.client->expect("PUT", f.url("to"), scripted_answer{200, {}, "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>"});
  auto store = f.store();
  auto const copied = store.copy("other", "from", {}, "to");
  REQUIRE(copied);
  CHECK(copied->size == f.bytes.size());
  CHECK(copied->digests.find(algorithms::sha2_256_chunked) == nullptr);
}

TEST_CASE("a copy in parts that fails is aborted") {
  upload_fixture f;
  f.client->expect("HEAD", "http://s3.test/other/from",
                   scripted_answer{200, {{"Content-Length", std::to_string(f.bytes.size())}, {"ETag", "\"src\""}}});
  f.expect_begin("to");
  f.client->expect("PUT", f.part_url("to", 1), s3_refusal(412, "PreconditionFailed"));
  f.expect_abort("to");
  auto store = f.store();
  CHECK(store.copy("other", "from", {}, "to").error().code == errc::lost_race);
}

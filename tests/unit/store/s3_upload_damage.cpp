#include <waybill/store/s3_upload.hpp>

#include "s3_upload_fixture.hpp"

using namespace waybill;
using namespace waybill_test;

TEST_CASE("parts of an upload that cannot be gone on with are not taken for parts of the next one") {
  upload_fixture f;
  auto const key = f.addressed;
  f.expect_missing(key);
  f.expect_uploads(key, "<Upload><Key>" + key + "</Key><UploadId>foreign</UploadId></Upload>");
  f.client->expect(
      "GET", f.url(key + "?uploadId=foreign"),
      scripted_answer{200,
                      {},
                      "<ListPartsResult><Part><PartNumber>1</PartNumber><Size>8388608</Size><ETag>e</ETag>"
                      "<ChecksumSHA256>" +
                          f.sum(0) +
                          "</ChecksumSHA256></Part><Part><PartNumber>4</PartNumber><Size>1</Size><ETag>e</ETag>"
                          "</Part></ListPartsResult>"});
  f.expect_begin(key);
  for (int n : {1, 2, 3}) f.expect_part(key, n);
  f.expect_complete(key, f.completed(f.chunked.text() + "-3"));
  auto store = f.store();
  CHECK(store.put(key, f.content, {}));
}

TEST_CASE("parts that were put together wrongly are removed again") {
  upload_fixture f;
  f.expect_begin("k");
  for (int n : {1, 2, 3}) f.expect_part("k", n);
  f.expect_complete("k", f.completed(digest_of(algorithms::sha2_256_chunked, "x").text() + "-3"));
  f.client->expect("DELETE", f.url("k?versionId=v7"), scripted_answer{204});
  f.expect_abort("k");
  auto store = f.store();
  CHECK(store.put("k", f.content, {}).error().code == errc::temporary);
}

TEST_CASE("a success of Complete that holds an error is a failure") {
  upload_fixture f;
  f.expect_begin("k");
  for (int n : {1, 2, 3}) f.expect_part("k", n);
  f.expect_complete("k", s3_refusal(200, "InternalError"));
  f.expect_abort("k");
  auto store = f.store();
  CHECK(store.put("k", f.content, {}).error().code == errc::temporary);
}

TEST_CASE("a part that the service finds damaged is read again to say why") {
  upload_fixture f;
  f.expect_begin("k");
  f.client->expect("PUT", f.part_url("k", 1), s3_refusal(400, "XAmzContentSHA256Mismatch"));
  f.expect_abort("k");
  auto store = f.store();
  CHECK(store.put("k", f.content, {}).error().code == errc::temporary);

  f.expect_begin("k");
  f.client->expect("PUT", f.part_url("k", 1), s3_refusal(400, "XAmzContentSHA256Mismatch"));
  f.expect_abort("k");
  f.content.become(vector_bytes(f.bytes.size(), 6));
  CHECK(store.put("k", f.content, {}).error().code == errc::source_changed);
}

TEST_CASE("a part that the service has kept with other bytes is not believed") {
  upload_fixture f;
  f.expect_begin("k");
  f.client->expect("PUT", f.part_url("k", 1), stored_as("e1", {{"x-amz-checksum-sha256", f.sum(1)}}));
  f.expect_abort("k");
  auto store = f.store();
  CHECK(store.put("k", f.content, {}).error().code == errc::temporary);
}

TEST_CASE("a whole whose CRC64NVME is another one is removed again") {
  upload_fixture f;
  f.options.checksum = algorithms::crc64nvme;
  f.expect_begin("k");
  for (int n : {1, 2, 3}) f.client->expect("PUT", f.part_url("k", n), stored_as("e"));
  f.expect_complete("k", {200,
                          {},
                          "<CompleteMultipartUploadResult><ETag>e-3</ETag><ChecksumCRC64NVME>" +
                              digest_of(algorithms::crc64nvme, "other").text() +
                              "</ChecksumCRC64NVME></CompleteMultipartUploadResult>"});
  f.client->expect("DELETE", f.url("k"), scripted_answer{204});
  f.expect_abort("k");
  auto store = f.store();
  CHECK(store.put("k", f.content, {}).error().code == errc::temporary);
}

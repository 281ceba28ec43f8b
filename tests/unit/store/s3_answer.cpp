#include <waybill/store/s3_answer.hpp>

#include <waybill/hash/chunked.hpp>

#include <vector>

#include "scripted_client.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

s3_subject const subject{"read", "bucket", "k"};
constexpr std::uint64_t mib = std::uint64_t{1} << 20;

digest sha256_of(std::string_view text) { return hash_bytes<sha256_hasher>(as_bytes(text)); }
std::string base64_of(std::string_view text) { return to_base64(sha256_of(text).bytes()); }

s3_reply xml(std::string const& body, header_list headers = {}) { return {200, std::move(headers), body}; }

}  // namespace

TEST_CASE("a whole object is as long as it says") {
  auto const r = accept_s3_get({200, {{"Content-Length", "7"}}}, {}, subject);
  CHECK(r.value() == object_extent{0, 7});
  CHECK(accept_s3_get({200, {}}, {}, subject).error().code == errc::permanent);
  CHECK(accept_s3_get({200, {{"Content-Length", "-7"}}}, {}, subject).error().code == errc::permanent);
  CHECK(accept_s3_get({404, {}}, {}, subject).error().code == errc::object_not_found);
}

TEST_CASE("a part must be the part that was asked for") {
  header_list const right{{"Content-Length", "10"}, {"Content-Range", "bytes 5-14/100"}};
  CHECK(accept_s3_get({206, right}, {5, 10}, subject).value() == object_extent{5, 10});
  CHECK(accept_s3_get({206, right}, {5, {}}, subject).value() == object_extent{5, 10});
  CHECK(accept_s3_get({206, right}, {5, 100}, subject).value() == object_extent{5, 10});
  CHECK(accept_s3_get({206, right}, {4, 10}, subject).error().code == errc::permanent);
  CHECK(accept_s3_get({206, right}, {5, 9}, subject).error().code == errc::permanent);
  CHECK(accept_s3_get({200, right}, {5, 10}, subject).error().code == errc::permanent);
  CHECK(accept_s3_get({206, {{"Content-Length", "10"}}}, {5, 10}, subject).error().code == errc::permanent);
}

TEST_CASE("a range behind the end is empty and says that there is an object") {
  auto const refusal = s3_refusal(416, "InvalidRange");
  CHECK(accept_s3_get({416, {}, refusal.body}, {100, 5}, subject).value() == object_extent{100, 0});
}

TEST_CASE("an object's head gives size, version and what the service keeps") {
  auto const r = accept_s3_head({200,
                                 {{"Content-Length", "4"},
                                  {"ETag", "\"abc\""},
                                  {"x-amz-version-id", "v1"},
                                  {"x-amz-checksum-sha256", base64_of("text")},
                                  {"x-amz-checksum-crc64nvme", "MTIzNDU2Nzg="}}},
                                subject);
  REQUIRE(r);
  CHECK(r->info.key == "k");
  CHECK(r->info.size == 4);
  CHECK(r->info.version == "abc");
  CHECK(r->info.version_id == "v1");
  CHECK(*r->info.digests.find(algorithms::sha256) == sha256_of("text"));
  CHECK(r->info.digests.find(algorithms::crc64nvme) != nullptr);
  CHECK_FALSE(r->composite);
  auto const composite = accept_s3_head(
      {200, {{"Content-Length", "4"}, {"x-amz-version-id", "null"}, {"x-amz-checksum-sha256", base64_of("x") + "-2"}}},
      subject);
  CHECK(composite->composite == base64_of("x") + "-2");
  CHECK(composite->info.digests.empty());
  CHECK_FALSE(composite->info.version_id);
  CHECK(accept_s3_head({403, {}}, subject).error().code == errc::denied);
}

TEST_CASE("checksums that are none are not believed") {
  for (auto const& text :
       std::vector<std::string>{"", "abc", "!!!!", "MTIzNDU2Nzg=", base64_of("x") + "-0", base64_of("x") + "-"}) {
    auto const r = accept_s3_head({200, {{"Content-Length", "4"}, {"x-amz-checksum-sha256", text}}}, subject);
    REQUIRE(r);
    CHECK(r->info.digests.empty());
    CHECK_FALSE(r->composite);
  }
}

TEST_CASE("a page of a listing is decoded as it was encoded") {
  auto const page =
      accept_s3_list(xml("<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
                         "<NextContinuationToken>t/1+</NextContinuationToken>"
                         "<Contents><Key>a+b/%C3%A9%0A%2B</Key><Size>7</Size><ETag>&quot;e&quot;</ETag></Contents>"
                         "<Contents><Key>c</Key><Size>0</Size><ETag>f</ETag>"
                         "<LastModified>2009-10-12T17:50:30.250Z</LastModified></Contents></ListBucketResult>"),
                     subject);
  REQUIRE(page);
  REQUIRE(page->objects.size() == 2);
  CHECK(page->objects[0].key == "a b/\xC3\xA9\n+");
  CHECK(page->objects[0].size == 7);
  CHECK(page->objects[0].version == "e");
  CHECK(page->objects[1].version == "f");
  CHECK_FALSE(page->objects[0].stored);
  CHECK(to_rfc3339(page->objects[1].stored.value()) == "2009-10-12T17:50:30.250Z");
  CHECK(page->next == "t/1+");
  auto const plain = accept_s3_list(
      xml("<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a+b%20</Key><Size>7</Size></Contents>"
          "</ListBucketResult>"),
      subject);
  CHECK(plain->objects.at(0).key == "a+b%20");
  CHECK(plain->next.empty());
}

TEST_CASE("a listing that does not say how it goes on is an error") {
  std::string const more = "<IsTruncated>true</IsTruncated>";
  CHECK_FALSE(accept_s3_list(xml("<ListBucketResult>" + more + "</ListBucketResult>"), subject));
  CHECK_FALSE(accept_s3_versions(xml("<ListVersionsResult>" + more + "</ListVersionsResult>"), subject));
  CHECK_FALSE(accept_s3_uploads(xml("<ListMultipartUploadsResult>" + more + "</ListMultipartUploadsResult>"), subject));
  CHECK_FALSE(accept_s3_parts(xml("<ListPartsResult>" + more + "</ListPartsResult>"), subject));
  CHECK_FALSE(accept_s3_list(xml("<ListBucketResult><Contents><Key>k</Key></Contents></ListBucketResult>"), subject));
  CHECK_FALSE(accept_s3_list(xml("<html/>"), subject));
  CHECK_FALSE(accept_s3_list(xml("not XML"), subject));
}

TEST_CASE("versions and marks of removal are told apart") {
  auto const page = accept_s3_versions(
      xml("<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
          "<NextKeyMarker>k%2F2</NextKeyMarker><NextVersionIdMarker>v9</NextVersionIdMarker>"
          "<DeleteMarker><Key>k</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest></DeleteMarker>"
          "<Version><Key>k</Key><VersionId>v1</VersionId><IsLatest>false</IsLatest><Size>3</Size></Version>"
          "</ListVersionsResult>"),
      subject);
  REQUIRE(page);
  REQUIRE(page->versions.size() == 2);
  CHECK(page->versions[0].removal);
  CHECK(page->versions[0].latest);
  CHECK_FALSE(page->versions[1].removal);
  CHECK(page->versions[1].size == 3);
  CHECK(page->more);
  CHECK(page->next_key == "k/2");
  CHECK(page->next_version == "v9");
}

TEST_CASE("an upload and its parts are read") {
  CHECK(accept_s3_upload(xml("<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"),
                         subject)
            .value() == "u");
  CHECK_FALSE(accept_s3_upload(xml("<InitiateMultipartUploadResult/>"), subject));
  auto const uploads =
      accept_s3_uploads(xml("<ListMultipartUploadsResult><Upload><Key>k</Key><UploadId>u1</UploadId></Upload>"
                            "<Upload><Key>k2</Key><UploadId>u2</UploadId></Upload></ListMultipartUploadsResult>"),
                        subject);
  REQUIRE(uploads);
  CHECK(uploads->uploads.size() == 2);
  CHECK(uploads->uploads.at(1).id == "u2");
  auto const parts = accept_s3_parts(
      xml("<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker>"
          "<Part><PartNumber>1</PartNumber><Size>8</Size><ETag>\"e\"</ETag><ChecksumSHA256>" +
          base64_of("1") + "</ChecksumSHA256></Part></ListPartsResult>"),
      subject);
  REQUIRE(parts);
  CHECK(parts->parts == std::vector<s3_part>{{1, 8, "e", {sha256_of("1")}}});
  CHECK(parts->next == 2);
  CHECK_FALSE(accept_s3_parts(xml("<ListPartsResult><Part><PartNumber>0</PartNumber><Size>8</Size></Part>"
                                  "</ListPartsResult>"),
                              subject));
}

TEST_CASE("a success that holds an error is a failure") {
  auto const broke = s3_refusal(200, "InternalError");
  auto const r = accept_s3_result({200, {}, " \n" + broke.body}, subject);
  REQUIRE_FALSE(r);
  CHECK(r.error().code == errc::temporary);
  CHECK(accept_s3_done({200, {}, s3_refusal(200, "AccessDenied").body}, subject).error().code == errc::denied);
  CHECK(accept_s3_done({200, {}, s3_refusal(200, "NeverHeardOf").body}, subject).error().code == errc::temporary);
  CHECK(accept_s3_done({204, {}}, subject));
}

TEST_CASE("what was stored is told by header or body") {
  auto const put = accept_s3_put(
      {200, {{"ETag", "\"e\""}, {"x-amz-version-id", "v"}, {"x-amz-checksum-sha256", base64_of("text")}}}, subject);
  REQUIRE(put);
  CHECK(put->etag == "e");
  CHECK(put->version_id == "v");
  CHECK(*put->digests.find(algorithms::sha256) == sha256_of("text"));
  CHECK_FALSE(accept_s3_put({200, {}}, subject));
  auto const done = accept_s3_result(xml("<CompleteMultipartUploadResult><ETag>&quot;e-2&quot;</ETag><ChecksumSHA256>" +
                                             base64_of("x") + "-2</ChecksumSHA256></CompleteMultipartUploadResult>",
                                         {{"x-amz-version-id", "v"}}),
                                     subject);
  REQUIRE(done);
  CHECK(done->etag == "e-2");
  CHECK(done->composite == base64_of("x") + "-2");
  CHECK(done->version_id == "v");
  CHECK_FALSE(accept_s3_result(xml("<CopyObjectResult/>"), subject));
}

TEST_CASE("attributes give a checksum of checksums its number of parts") {
  auto const r = accept_s3_attributes(
      xml("<GetObjectAttributesResponse><ETag>e</ETag><ObjectSize>11</ObjectSize>"
          "<Checksum><ChecksumSHA256>" +
          base64_of("x") +
          "</ChecksumSHA256><ChecksumType>COMPOSITE</ChecksumType></Checksum>"
          "<ObjectParts><PartsCount>2</PartsCount><Part><PartNumber>1</PartNumber><Size>8</Size></Part>"
          "<Part><PartNumber>2</PartNumber><Size>3</Size></Part></ObjectParts></GetObjectAttributesResponse>"),
      subject);
  REQUIRE(r);
  CHECK(r->size == 11);
  CHECK(r->part_count == 2);
  CHECK(r->composite == base64_of("x") + "-2");
  CHECK(r->parts.parts.size() == 2);
  auto const single =
      accept_s3_attributes(xml("<GetObjectAttributesResponse><ObjectSize>4</ObjectSize><Checksum><ChecksumSHA256>" +
                               base64_of("text") + "</ChecksumSHA256></Checksum></GetObjectAttributesResponse>"),
                           subject);
  CHECK(*single->digests.find(algorithms::sha256) == sha256_of("text"));
  auto const whole_of_parts = accept_s3_attributes(
      xml("<GetObjectAttributesResponse><ObjectSize>4</ObjectSize><Checksum><ChecksumSHA256>" + base64_of("text") +
          "</ChecksumSHA256><ChecksumType>FULL_OBJECT</ChecksumType></Checksum><ObjectParts><PartsCount>2</PartsCount>"
          "</ObjectParts></GetObjectAttributesResponse>"),
      subject);
  CHECK(*whole_of_parts->digests.find(algorithms::sha256) == sha256_of("text"));
  CHECK_FALSE(whole_of_parts->composite);
}

TEST_CASE("a bucket keeps versions only while it says so") {
  CHECK(
      accept_s3_versioning(xml("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"), subject)
          .value());
  CHECK_FALSE(accept_s3_versioning(xml("<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"),
                                   subject)
                  .value());
  CHECK_FALSE(accept_s3_versioning(xml("<VersioningConfiguration/>"), subject).value());
}

TEST_CASE("the chunked digest follows from what S3 keeps where the parts are those of the rule") {
  auto const small = std::string{"some text"};
  auto const chunked = hash_bytes(as_bytes(small), sha2_256_chunked_hasher{small.size()});
  CHECK(chunked_of_s3({sha256_of(small)}, {}, small.size(), {}) == chunked);
  CHECK(chunked_of_s3({sha256_of("")}, {}, 0, {}) == hash_bytes(byte_view{}, sha2_256_chunked_hasher{0}));
  auto const large = vector_bytes(9 * mib, 1);
  auto const right = hash_bytes(as_bytes(large), sha2_256_chunked_hasher{large.size()});
  auto const composite = right.text() + "-2";
  CHECK(chunked_of_s3({}, composite, large.size(), 8 * mib) == right);
  CHECK_FALSE(chunked_of_s3({}, composite, large.size(), 5 * mib));
  CHECK_FALSE(chunked_of_s3({}, composite, large.size(), {}));
  CHECK_FALSE(chunked_of_s3({}, right.text() + "-3", large.size(), 8 * mib));
  CHECK_FALSE(chunked_of_s3({sha256_of(large)}, {}, large.size(), {}));
  CHECK(chunked_of_s3({},
                      hash_bytes<sha256_hasher>(sha256_of(small).bytes()).hex().empty()
                          ? std::optional<std::string>{}
                          : std::optional{chunked.text() + "-1"},
                      small.size(), {}) == chunked);
}

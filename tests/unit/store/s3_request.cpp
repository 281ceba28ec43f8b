#include <waybill/store/s3_request.hpp>

#include <waybill/hash/openssl.hpp>
#include <waybill/store/xml.hpp>

#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

s3_requests local() { return s3_requests{{"bucket", "us-east-1", "http://127.0.0.1:9000"}}; }

std::string header(s3_request const& r, std::string_view name) {
  auto const* found = r.http.headers.find(name);
  return found ? *found : "-";
}

digest sha256_of(std::string_view text) { return hash_bytes<sha256_hasher>(as_bytes(text)); }

}  // namespace

TEST_CASE("a bucket of AWS stands in the host unless its name does not fit the certificate") {
  auto const url = [](s3_bucket bucket) { return s3_requests{std::move(bucket)}.get("a b/é+", {}).http.url; };
  CHECK(url({"my-data", "eu-central-1"}) == "https://my-data.s3.eu-central-1.amazonaws.com/a%20b/%C3%A9%2B");
  CHECK(url({"my.data", "eu-central-1"}) == "https://s3.eu-central-1.amazonaws.com/my.data/a%20b/%C3%A9%2B");
  CHECK(url({"My_data", "us-east-1"}) == "https://s3.us-east-1.amazonaws.com/My_data/a%20b/%C3%A9%2B");
  CHECK(url({"my-data", "cn-north-1"}) == "https://my-data.s3.cn-north-1.amazonaws.com.cn/a%20b/%C3%A9%2B");
  CHECK(url({"my-data", "x", "http://h:1/base/"}) == "http://h:1/base/my-data/a%20b/%C3%A9%2B");
}

TEST_CASE("the bucket itself is asked where its objects are") {
  CHECK(s3_requests{{"my-data"}}.versioning().http.url == "https://my-data.s3.us-east-1.amazonaws.com/?versioning=");
  CHECK(local().versioning().http.url == "http://127.0.0.1:9000/bucket?versioning=");
}

TEST_CASE("names that would change the host or the path are refused") {
  for (auto const& name :
       std::vector<std::string>{"ab", "a/b", "evil.com#", "a@b", "..bucket", "b\n", "a b", std::string(256, 'a')})
    CHECK(check_s3_bucket({name}).error().code == errc::usage);
  for (std::string const region : {"", "evil.com/", "us east", "a.b"})
    CHECK(check_s3_bucket({"bucket", region}).error().code == errc::usage);
  CHECK(check_s3_bucket({"bucket", "us-east-1", "ftp://x"}).error().code == errc::malformed_url);
  CHECK(check_s3_bucket({"bucket", "us-east-1", "http://user:pw@x"}).error().code == errc::malformed_url);
  CHECK(check_s3_bucket({"bucket", "us-east-1", "http://x?y=1"}).error().code == errc::malformed_url);
  CHECK(check_s3_bucket({"bucket", "us-east-1", "", "12 34"}).error().code == errc::usage);
  CHECK(check_s3_bucket({"my.bucket-1", "us-east-1", "http://x/base", "123456789012"}));
}

TEST_CASE("a read asks for its range and its version") {
  auto const whole = local().get("k", {});
  CHECK(whole.http.method == "GET");
  CHECK(header(whole, "Range") == "-");
  CHECK(header(whole, "x-amz-checksum-mode") == "ENABLED");
  CHECK(whole.payload_hash == sha256_of("").hex());
  CHECK(header(local().get("k", {5, {}}), "Range") == "bytes=5-");
  CHECK(header(local().get("k", {5, {}}), "x-amz-checksum-mode") == "-");
  CHECK(header(local().get("k", {0, 10}), "Range") == "bytes=0-9");
  CHECK(header(local().get("k", {1, std::uint64_t{1} << 62}), "Range") == "bytes=1-4611686018427387904");
  CHECK(header(local().get("k", {7, UINT64_MAX}), "Range") == "bytes=7-");
  CHECK(local().get("k", {}, "v/1+x").http.url == "http://127.0.0.1:9000/bucket/k?versionId=v%2F1%2Bx");
}

TEST_CASE("a head asks for checksums") {
  auto const r = local().head("k", "v", 1);
  CHECK(r.http.method == "HEAD");
  CHECK(r.http.url == "http://127.0.0.1:9000/bucket/k?partNumber=1&versionId=v");
  CHECK(header(r, "x-amz-checksum-mode") == "ENABLED");
}

TEST_CASE("a write announces its bytes by their digest") {
  auto const d = sha256_of("text");
  auto const r = local().put("k", {4, d}, {});
  CHECK(r.http.method == "PUT");
  CHECK(r.payload_hash == d.hex());
  CHECK(header(r, "x-amz-checksum-sha256") == to_base64(d.bytes()));
  CHECK(header(r, "If-None-Match") == "-");
  digest const crc{algorithms::crc64nvme, as_bytes("12345678")};
  auto const other = local().put("k", {4, d, crc}, {.absent = true});
  CHECK(other.payload_hash == d.hex());
  CHECK(header(other, "x-amz-checksum-sha256") == "-");
  CHECK(header(other, "x-amz-checksum-crc64nvme") == "MTIzNDU2Nzg=");
  CHECK(header(other, "If-None-Match") == "*");
  CHECK(header(local().put("k", {4, d}, {.etag = "abc"}), "If-Match") == "\"abc\"");
}

TEST_CASE("removals can name a version or a condition") {
  CHECK(local().remove("k").http.method == "DELETE");
  CHECK(local().remove("k", "v").http.url == "http://127.0.0.1:9000/bucket/k?versionId=v");
  CHECK(header(local().remove("k", {}, {.etag = "abc"}), "If-Match") == "\"abc\"");
}

TEST_CASE("the owner a bucket must have is said in every request") {
  s3_requests const r{{"bucket", "us-east-1", "http://h", "123456789012"}};
  digest const d = sha256_of("");
  for (auto const& request : {r.get("k", {}), r.head("k"), r.put("k", {0, d}, {}), r.remove("k"), r.list("", ""),
                              r.create_upload("k", algorithms::sha256), r.abort_upload("k", "u")})
    CHECK(header(request, "x-amz-expected-bucket-owner") == "123456789012");
  CHECK(header(local().get("k", {}), "x-amz-expected-bucket-owner") == "-");
}

TEST_CASE("listings ask for encoded keys so that any key fits into XML") {
  CHECK(local().list("a b/", "").http.url ==
        "http://127.0.0.1:9000/bucket?encoding-type=url&list-type=2&prefix=a%20b%2F");
  CHECK(local().list("", "t/+=").http.url ==
        "http://127.0.0.1:9000/bucket?continuation-token=t%2F%2B%3D&encoding-type=url&list-type=2&prefix=");
  CHECK(local().list_versions("p", "k", "v").http.url ==
        "http://127.0.0.1:9000/bucket?encoding-type=url&key-marker=k&prefix=p&version-id-marker=v&versions=");
  CHECK(local().list_uploads("p", "k", "u").http.url ==
        "http://127.0.0.1:9000/bucket?encoding-type=url&key-marker=k&prefix=p&upload-id-marker=u&uploads=");
  CHECK(local().list_parts("k", "u", 7).http.url == "http://127.0.0.1:9000/bucket/k?part-number-marker=7&uploadId=u");
}

TEST_CASE("an upload in parts names its checksum once and each part's own") {
  auto const created = local().create_upload("k", algorithms::sha256);
  CHECK(created.http.method == "POST");
  CHECK(created.http.url == "http://127.0.0.1:9000/bucket/k?uploads=");
  CHECK(header(created, "x-amz-checksum-algorithm") == "SHA256");
  CHECK(header(created, "x-amz-checksum-type") == "-");
  auto const crc = local().create_upload("k", algorithms::crc64nvme);
  CHECK(header(crc, "x-amz-checksum-algorithm") == "CRC64NVME");
  CHECK(header(crc, "x-amz-checksum-type") == "FULL_OBJECT");
  auto const part = local().upload_part("k", "u/1", 3, {4, sha256_of("part")});
  CHECK(part.http.url == "http://127.0.0.1:9000/bucket/k?partNumber=3&uploadId=u%2F1");
  CHECK(part.payload_hash == sha256_of("part").hex());
}

TEST_CASE("completing an upload lists its parts in order and signs that list") {
  std::vector<s3_part> const parts{{1, 8, "e1", {sha256_of("1")}}, {2, 3, "e<2>", {sha256_of("2")}}};
  auto const r = local().complete_upload("k", "u", parts, {.absent = true});
  CHECK(r.http.method == "POST");
  CHECK(r.http.url == "http://127.0.0.1:9000/bucket/k?uploadId=u");
  CHECK(r.payload_hash == sha256_of(r.body).hex());
  CHECK(header(r, "If-None-Match") == "*");
  auto const root = parse_xml(r.body);
  REQUIRE(root);
  CHECK(root->name == "CompleteMultipartUpload");
  REQUIRE(root->children.size() == 2);
  CHECK(root->children[1].text_of("PartNumber") == "2");
  CHECK(root->children[1].text_of("ETag") == "\"e<2>\"");
  CHECK(root->children[1].text_of("ChecksumSHA256") == to_base64(sha256_of("2").bytes()));
  digest const whole{algorithms::crc64nvme, as_bytes("12345678")};
  auto const crc = local().complete_upload("k", "u", parts, {}, whole);
  CHECK(header(crc, "x-amz-checksum-crc64nvme") == "MTIzNDU2Nzg=");
  CHECK(header(crc, "x-amz-checksum-type") == "FULL_OBJECT");
}

TEST_CASE("a copy names its source encoded, and the state it must be in") {
  s3_copy_source const from{"other", "a b/é?", "v 1", "etag"};
  auto const r = local().copy(from, "to", {});
  CHECK(r.http.method == "PUT");
  CHECK(header(r, "x-amz-copy-source") == "/other/a%20b/%C3%A9%3F?versionId=v%201");
  CHECK(header(r, "x-amz-copy-source-if-match") == "\"etag\"");
  CHECK(header(r, "x-amz-checksum-algorithm") == "SHA256");
  auto const part = local().copy_part(from, {8, 8}, "to", "u", 2);
  CHECK(part.http.url == "http://127.0.0.1:9000/bucket/to?partNumber=2&uploadId=u");
  CHECK(header(part, "x-amz-copy-source-range") == "bytes=8-15");
}

TEST_CASE("attributes are asked for by name and page") {
  auto const r = local().attributes("k", "v", 5);
  CHECK(r.http.url == "http://127.0.0.1:9000/bucket/k?attributes=&versionId=v");
  CHECK(header(r, "x-amz-object-attributes") == "ETag,Checksum,ObjectParts,ObjectSize");
  CHECK(header(r, "x-amz-part-number-marker") == "5");
}

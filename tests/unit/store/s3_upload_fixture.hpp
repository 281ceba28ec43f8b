#pragma once

#include <waybill/core/percent.hpp>
#include <waybill/store/verified.hpp>

#include <string>
#include <vector>

#include "contract/tools.hpp"
#include "s3_fixture.hpp"
#include "watched_content.hpp"

namespace waybill_test {

inline constexpr std::size_t part = std::size_t{8} << 20;

/// 17 MiB: parts of 8, 8 and 1 MiB.
struct upload_fixture : s3_fixture {
  std::string const bytes = vector_bytes(2 * part + (1u << 20), 5);
  std::vector<digest> const parts = {digest_of(algorithms::sha256, bytes.substr(0, part)),
                                     digest_of(algorithms::sha256, bytes.substr(part, part)),
                                     digest_of(algorithms::sha256, bytes.substr(2 * part))};
  digest const chunked = digest_of(algorithms::sha2_256_chunked, bytes);
  std::string const addressed = object_key(chunked);
  seen_content const content{bytes, parts};

  [[nodiscard]] std::string sum(std::size_t i) const { return to_base64(parts[i].bytes()); }
  void expect_begin(std::string const& key) {
    client->expect(
        "POST", url(key + "?uploads="),
        scripted_answer{
            200, {}, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"});
  }
  [[nodiscard]] static std::string part_url(std::string const& key, int n) {
    return url(key + "?partNumber=" + std::to_string(n) + "&uploadId=u");
  }
  void expect_part(std::string const& key, int n) {
    client->expect("PUT", part_url(key, n), [this, n](seen_request const& r) {
      auto const i = static_cast<std::size_t>(n - 1);
      CHECK(r.header("x-amz-checksum-sha256") == sum(i));
      CHECK(r.header("x-amz-content-sha256") == parts[i].hex());
      CHECK((r.body == bytes.substr(i * part, part)));
      return stored_as("e" + std::to_string(n), {{"x-amz-checksum-sha256", sum(i)}});
    });
  }
  void expect_complete(std::string const& key, scripted_answer answer) {
    client->expect("POST", url(key + "?uploadId=u"), std::move(answer));
  }
  [[nodiscard]] scripted_answer completed(std::string const& composite) const {
    return {200,
            {{"x-amz-version-id", "v7"}},
            "<CompleteMultipartUploadResult><ETag>&quot;e-3&quot;</ETag><ChecksumSHA256>" + composite +
                "</ChecksumSHA256></CompleteMultipartUploadResult>"};
  }
  void expect_abort(std::string const& key) {
    client->expect("DELETE", url(key + "?uploadId=u"), scripted_answer{204});
  }
  void expect_missing(std::string const& key) { client->expect("HEAD", url(key), scripted_answer{404}); }
  void expect_uploads(std::string const& key, std::string const& uploads) {
    client->expect(
        "GET", bucket_url("encoding-type=url&prefix=" + percent_encoded(key, percent_part::component) + "&uploads="),
        scripted_answer{200, {}, "<ListMultipartUploadsResult>" + uploads + "</ListMultipartUploadsResult>"});
  }
};

}  // namespace waybill_test

#pragma once

#include <waybill/store/s3.hpp>

#include <string>

#include "scripted_client.hpp"
#include "support/results.hpp"

namespace waybill_test {

/// A store of the bucket `bucket` at `http://s3.test`, whose service plays a script.
struct s3_fixture {
  s3_fixture() {
    options.bucket = {"bucket", "us-east-1", "http://s3.test"};
    options.credentials = []() -> result<aws_credentials> { return aws_credentials{"AKIDEXAMPLE", "secret", {}, {}}; };
    options.clock = [] { return parse_rfc3339("2026-11-25T12:00:00Z").value(); };
    options.part_concurrency = 0;  // requests in the order of parts
  }

  /// @param key  as it stands in a URL, with its query
  [[nodiscard]] static std::string url(std::string const& key) { return "http://s3.test/bucket/" + key; }
  [[nodiscard]] static std::string bucket_url(std::string const& query) { return "http://s3.test/bucket?" + query; }

  [[nodiscard]] s3_store<scripted_client> store() const {
    return s3_store<scripted_client>::create(client, options).value();
  }
  /// For what is below the store.
  [[nodiscard]] std::shared_ptr<any_http_client> erased() const {
    struct model final : any_http_client {
      explicit model(std::shared_ptr<scripted_client> c) : inner{std::move(c)} {}
      result<std::unique_ptr<http_response>> send(http_request const& r, http_body const* b,
                                                  std::stop_token const& s) override {
        return inner->send(r, b, s);
      }
      std::shared_ptr<scripted_client> inner;
    };
    return std::make_shared<model>(client);
  }

  std::shared_ptr<scripted_client> client = std::make_shared<scripted_client>();
  s3_options options;
};

inline digest sha256_of(std::string_view text) { return hash_bytes<sha256_hasher>(as_bytes(text)); }

/// What a service answers to a write.
inline scripted_answer stored_as(std::string const& etag, header_list more = {}) {
  more.add({"ETag", "\"" + etag + "\""});
  return {200, std::move(more)};
}

inline std::string base64_of(std::string_view text) { return to_base64(sha256_of(text).bytes()); }

inline scripted_answer head_of(std::string const& text, std::string const& etag) {
  return {200, {{"Content-Length", std::to_string(text.size())}, {"ETag", "\"" + etag + "\""}}};
}
inline scripted_answer object(std::string const& text, std::string const& etag) {
  return {200, {{"ETag", "\"" + etag + "\""}}, text};
}

/// The service keeps conditions.
inline void expect_conditions(s3_fixture& f) {
  f.client->expect("PUT", f.url(".waybill/conditional-writes"), s3_refusal(412, "PreconditionFailed"));
}

}  // namespace waybill_test

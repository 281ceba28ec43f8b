#pragma once

#include <waybill/store/s3_request.hpp>

#include <waybill/core/bytes.hpp>
#include <waybill/core/percent.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/store/xml.hpp>

#include <algorithm>
#include <limits>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::string_view s3_of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

inline bool made_of(std::string_view text, std::string_view marks, bool upper) noexcept {
  return std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (upper && c >= 'A' && c <= 'Z') ||
           marks.find(c) != std::string_view::npos;
  });
}

/// Names with dots do not fit AWS's wildcard certificate; others with capitals or `_` are no host names.
inline bool bucket_in_host(s3_bucket const& b) noexcept { return b.endpoint.empty() && made_of(b.name, "-", false); }

inline std::string aws_host(std::string_view region) {
  std::string host = "s3.";
  host.append(region).append(region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
  return host;
}

inline std::string s3_url(s3_bucket const& b, std::string_view key, std::vector<query_parameter> const& query) {
  std::string url = b.endpoint;
  while (url.ends_with('/')) url.pop_back();
  if (url.empty()) url = "https://" + (bucket_in_host(b) ? b.name + "." : std::string{}) + aws_host(b.region);
  if (!bucket_in_host(b)) url.append("/").append(b.name);
  // A bucket itself is asked with a slash in its host and, as every tool does, without one in the path.
  if (!key.empty() || bucket_in_host(b)) append_percent_encoded(url += "/", key, percent_part::path);
  if (!query.empty()) url.append("?").append(format_query(query));
  return url;
}

inline std::string range_text(byte_range range) {
  std::string text = "bytes=" + std::to_string(range.offset) + "-";
  // Servers count in signed numbers: a range that would end beyond them goes to the end.
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (range.length && range.offset < most && *range.length <= most - range.offset)
    text += std::to_string(range.offset + *range.length - 1);
  return text;
}

inline std::string quoted_etag(std::string_view etag) { return "\"" + std::string{etag} + "\""; }

inline void add_condition(header_list& headers, s3_condition const& condition) {
  if (condition.absent) headers.add({"If-None-Match", "*"});
  if (condition.etag) headers.add({"If-Match", quoted_etag(*condition.etag)});
}

inline void add_payload(s3_request& request, s3_payload const& payload) {
  request.payload_hash = payload.sha256.hex();
  if (payload.crc64nvme) request.http.headers.add({"x-amz-checksum-crc64nvme", to_base64(payload.crc64nvme->bytes())});
  else request.http.headers.add({"x-amz-checksum-sha256", to_base64(payload.sha256.bytes())});
}

inline void add_copy_source(header_list& headers, s3_copy_source const& from) {
  auto text = "/" + from.bucket + "/" + percent_encoded(from.key, percent_part::path);
  if (from.version) text += "?versionId=" + percent_encoded(*from.version, percent_part::component);
  headers.add({"x-amz-copy-source", std::move(text)});
  if (from.etag) headers.add({"x-amz-copy-source-if-match", quoted_etag(*from.etag)});
}

inline std::string number_text(std::uint32_t n) { return std::to_string(n); }

inline std::vector<query_parameter> version_query(s3_requests::version const& v) {
  if (!v) return {};
  return {{"versionId", *v}};
}

}  // namespace detail

WAYBILL_DECL result<void> check_s3_bucket(s3_bucket const& b) {
  if (b.name.size() < 3 || b.name.size() > 255 || !detail::made_of(b.name, "-._", true) || b.name.starts_with('.'))
    return make_error(errc::usage, "not the name of a bucket: 3 to 63 of a-z, 0-9, '-' and '.'", printable(b.name));
  if (b.region.empty() || b.region.size() > 64 || !detail::made_of(b.region, "-_", true))
    return make_error(errc::usage, "not the name of a region (us-east-1, eu-central-1, …)", printable(b.region));
  if (b.expected_owner.find_first_not_of("0123456789abcdef") != std::string::npos)
    return make_error(errc::usage, "not the id of an account: digits", printable(b.expected_owner));
  if (b.endpoint.empty()) return {};
  auto const url = split_http_url(b.endpoint);
  if (!url) return url.error();
  if (!url->query.empty()) return make_error(errc::malformed_url, "an endpoint has no query", std::string{url->host});
  return {};
}

WAYBILL_DECL s3_request s3_requests::make(std::string method, std::string_view key,
                                          std::vector<query_parameter> query) const {
  // Sorted, as the signature wants them: what is sent is what was signed, whoever signs.
  std::ranges::sort(query);
  s3_request out{{std::move(method), detail::s3_url(bucket_, key, query), {}}, std::string{detail::s3_of_nothing}};
  if (!bucket_.expected_owner.empty()) out.http.headers.add({"x-amz-expected-bucket-owner", bucket_.expected_owner});
  return out;
}

WAYBILL_DECL s3_request s3_requests::make_with_body(std::string_view key, std::vector<query_parameter> query,
                                                    std::string body) const {
  auto out = make("POST", key, std::move(query));
  out.payload_hash = hash_bytes<sha256_hasher>(as_bytes(body)).hex();
  out.http.headers.add({"Content-Type", "application/xml"});
  out.body = std::move(body);
  return out;
}

WAYBILL_DECL s3_request s3_requests::get(std::string_view key, byte_range range, version const& v,
                                         s3_condition const& condition) const {
  auto out = make("GET", key, detail::version_query(v));
  if (range.offset != 0 || range.length) out.http.headers.add({"Range", detail::range_text(range)});
  else out.http.headers.add({"x-amz-checksum-mode", "ENABLED"});
  detail::add_condition(out.http.headers, condition);
  return out;
}

WAYBILL_DECL s3_request s3_requests::head(std::string_view key, version const& v, std::uint32_t part) const {
  auto query = detail::version_query(v);
  if (part != 0) query.push_back({"partNumber", detail::number_text(part)});
  auto out = make("HEAD", key, std::move(query));
  out.http.headers.add({"x-amz-checksum-mode", "ENABLED"});
  return out;
}

WAYBILL_DECL s3_request s3_requests::put(std::string_view key, s3_payload const& payload,
                                         s3_condition const& condition) const {
  auto out = make("PUT", key, {});
  detail::add_payload(out, payload);
  detail::add_condition(out.http.headers, condition);
  return out;
}

WAYBILL_DECL s3_request s3_requests::remove(std::string_view key, version const& v,
                                            s3_condition const& condition) const {
  auto out = make("DELETE", key, detail::version_query(v));
  detail::add_condition(out.http.headers, condition);
  return out;
}

WAYBILL_DECL s3_request s3_requests::attributes(std::string_view key, version const& v, std::uint32_t after) const {
  auto query = detail::version_query(v);
  query.push_back({"attributes", {}});
  auto out = make("GET", key, std::move(query));
  out.http.headers.add({"x-amz-object-attributes", "ETag,Checksum,ObjectParts,ObjectSize"});
  if (after != 0) out.http.headers.add({"x-amz-part-number-marker", detail::number_text(after)});
  return out;
}

WAYBILL_DECL s3_request s3_requests::copy(s3_copy_source const& from, std::string_view key,
                                          s3_condition const& condition) const {
  auto out = make("PUT", key, {});
  detail::add_copy_source(out.http.headers, from);
  out.http.headers.add({"x-amz-checksum-algorithm", "SHA256"});
  detail::add_condition(out.http.headers, condition);
  return out;
}

WAYBILL_DECL s3_request s3_requests::list(std::string_view prefix, std::string_view token) const {
  std::vector<query_parameter> query{{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", std::string{prefix}}};
  if (!token.empty()) query.push_back({"continuation-token", std::string{token}});
  return make("GET", {}, std::move(query));
}

WAYBILL_DECL s3_request s3_requests::list_versions(std::string_view prefix, std::string_view key_marker,
                                                   std::string_view version_marker) const {
  std::vector<query_parameter> query{{"versions", {}}, {"encoding-type", "url"}, {"prefix", std::string{prefix}}};
  if (!key_marker.empty()) query.push_back({"key-marker", std::string{key_marker}});
  if (!version_marker.empty()) query.push_back({"version-id-marker", std::string{version_marker}});
  return make("GET", {}, std::move(query));
}

WAYBILL_DECL s3_request s3_requests::versioning() const { return make("GET", {}, {{"versioning", {}}}); }

WAYBILL_DECL s3_request s3_requests::create_upload(std::string_view key, algorithm kept) const {
  auto out = make("POST", key, {{"uploads", {}}});
  bool const crc = kept == algorithms::crc64nvme;
  out.http.headers.add({"x-amz-checksum-algorithm", crc ? "CRC64NVME" : "SHA256"});
  if (crc) out.http.headers.add({"x-amz-checksum-type", "FULL_OBJECT"});
  return out;
}

WAYBILL_DECL s3_request s3_requests::upload_part(std::string_view key, std::string_view upload, std::uint32_t number,
                                                 s3_payload const& payload) const {
  auto out = make("PUT", key, {{"partNumber", detail::number_text(number)}, {"uploadId", std::string{upload}}});
  detail::add_payload(out, payload);
  return out;
}

WAYBILL_DECL s3_request s3_requests::copy_part(s3_copy_source const& from, byte_range range, std::string_view key,
                                               std::string_view upload, std::uint32_t number) const {
  auto out = make("PUT", key, {{"partNumber", detail::number_text(number)}, {"uploadId", std::string{upload}}});
  detail::add_copy_source(out.http.headers, from);
  out.http.headers.add({"x-amz-copy-source-range", detail::range_text(range)});
  return out;
}

WAYBILL_DECL s3_request s3_requests::complete_upload(std::string_view key, std::string_view upload,
                                                     std::span<s3_part const> parts, s3_condition const& condition,
                                                     std::optional<digest> const& whole) const {
  std::string body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (auto const& part : parts) {
    body += "<Part>";
    if (auto const* d = part.digests.find(algorithms::sha256))
      body += "<ChecksumSHA256>" + to_base64(d->bytes()) + "</ChecksumSHA256>";
    if (auto const* d = part.digests.find(algorithms::crc64nvme))
      body += "<ChecksumCRC64NVME>" + to_base64(d->bytes()) + "</ChecksumCRC64NVME>";
    body += "<ETag>" + xml_escaped(detail::quoted_etag(part.etag)) + "</ETag><PartNumber>" +
            detail::number_text(part.number) + "</PartNumber></Part>";
  }
  body += "</CompleteMultipartUpload>";
  auto out = make_with_body(key, {{"uploadId", std::string{upload}}}, std::move(body));
  if (whole) {
    out.http.headers.add({"x-amz-checksum-crc64nvme", to_base64(whole->bytes())});
    out.http.headers.add({"x-amz-checksum-type", "FULL_OBJECT"});
  }
  detail::add_condition(out.http.headers, condition);
  return out;
}

WAYBILL_DECL s3_request s3_requests::abort_upload(std::string_view key, std::string_view upload) const {
  return make("DELETE", key, {{"uploadId", std::string{upload}}});
}

WAYBILL_DECL s3_request s3_requests::list_parts(std::string_view key, std::string_view upload,
                                                std::uint32_t after) const {
  std::vector<query_parameter> query{{"uploadId", std::string{upload}}};
  if (after != 0) query.push_back({"part-number-marker", detail::number_text(after)});
  return make("GET", key, std::move(query));
}

WAYBILL_DECL s3_request s3_requests::list_uploads(std::string_view prefix, std::string_view key_marker,
                                                  std::string_view upload_marker) const {
  std::vector<query_parameter> query{{"uploads", {}}, {"encoding-type", "url"}, {"prefix", std::string{prefix}}};
  if (!key_marker.empty()) query.push_back({"key-marker", std::string{key_marker}});
  if (!upload_marker.empty()) query.push_back({"upload-id-marker", std::string{upload_marker}});
  return make("GET", {}, std::move(query));
}

}  // namespace waybill::inline WAYBILL_ABI

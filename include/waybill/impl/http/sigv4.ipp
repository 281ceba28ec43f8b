#pragma once

#include <waybill/http/sigv4.hpp>

#include <waybill/core/bytes.hpp>
#include <waybill/core/percent.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/http/url.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::string_view sigv4_algorithm = "AWS4-HMAC-SHA256";
inline constexpr std::chrono::seconds sigv4_longest_presign = std::chrono::hours{24 * 7};

/// `20150830T123600Z`.
inline std::string amz_date(timestamp t) {
  auto text = to_rfc3339(std::chrono::floor<std::chrono::seconds>(t));
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

/// Fields that clients and proxies write or change on the way; botocore, aws-c-auth and rclone leave out these.
inline bool sigv4_leaves_out(std::string_view lower_name) noexcept {
  static constexpr std::array<std::string_view, 16> names{"accept-encoding",
                                                          "authorization",
                                                          "connection",
                                                          "expect",
                                                          "keep-alive",
                                                          "proxy-authenticate",
                                                          "proxy-authorization",
                                                          "proxy-connection",
                                                          "te",
                                                          "trailer",
                                                          "transfer-encoding",
                                                          "upgrade",
                                                          "user-agent",
                                                          "via",
                                                          "x-amzn-trace-id",
                                                          "x-forwarded-for"};
  return std::ranges::find(names, lower_name) != names.end();
}

/// A field's value without blanks at its ends, and with one space for a run of them.
inline void append_trimmed(std::string& out, std::string_view value) {
  auto const blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  bool gap = false;
  auto const start = out.size();
  for (char const c : value) {
    if (blank(c)) {
      gap = out.size() != start;
    } else {
      if (std::exchange(gap, false)) out += ' ';
      out += c;
    }
  }
}

struct sigv4_headers {
  std::string lines;  ///< `name:value\n` each
  std::string names;  ///< `a;b;c`
};

inline sigv4_headers canonical_headers(header_list const& headers, http_url const& url) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (auto const& field : headers) {
    std::string name = field.name;
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (sigv4_leaves_out(name)) continue;
    std::string value;
    append_trimmed(value, field.value);
    fields.emplace_back(std::move(name), std::move(value));
  }
  if (headers.find("host") == nullptr) fields.emplace_back("host", url.host_field());
  // Stable: several fields of one name are one, its values in the order in which they are sent.
  std::ranges::stable_sort(fields, {}, [](auto const& f) -> auto const& { return f.first; });
  sigv4_headers out;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i != 0 && fields[i].first == fields[i - 1].first) {
      out.lines.back() = ',';
      out.lines.append(fields[i].second).append("\n");
      continue;
    }
    out.lines.append(fields[i].first).append(":").append(fields[i].second).append("\n");
    out.names.append(out.names.empty() ? "" : ";").append(fields[i].first);
  }
  return out;
}

/// What is encoded already stays; what no URL holds in AWS's form becomes encoded, as the server will see it.
inline std::string s3_path(std::string_view path) {
  auto const hex = [&](std::size_t i) {
    return i < path.size() && std::string_view{"0123456789ABCDEFabcdef"}.find(path[i]) != std::string_view::npos;
  };
  std::string out;
  out.reserve(path.size() + 16);
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%' && hex(i + 1) && hex(i + 2)) out += path[i];
    else append_percent_encoded(out, path.substr(i, 1), percent_part::path);
  }
  return out;
}

inline std::string normalised_path(std::string_view path) {
  std::vector<std::string_view> kept;
  for (auto rest = path; !rest.empty();) {
    auto const segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(segment.size() + 1, rest.size()));
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") kept.push_back(segment);
    else if (!kept.empty()) kept.pop_back();
  }
  std::string out;
  for (auto const segment : kept) append_percent_encoded(out += '/', segment, percent_part::path);
  if (kept.empty() || path.ends_with('/')) out += '/';
  return out;
}

inline std::string canonical_path(std::string_view path, sigv4_path how) {
  if (path.empty()) return "/";
  return how == sigv4_path::s3 ? s3_path(path) : normalised_path(path);
}

/// Parameters in the order of their encoded names, then of their encoded values.
inline std::string canonical_query(std::string_view query) {
  if (query.empty()) return {};
  auto parameters = parse_query(query);
  for (auto& [name, value] : parameters) {
    name = percent_encoded(name, percent_part::component);
    value = percent_encoded(value, percent_part::component);
  }
  std::ranges::sort(parameters);
  std::string out;
  out.reserve(query.size() + 16);
  for (auto const& [name, value] : parameters)
    out.append(out.empty() ? "" : "&").append(name).append("=").append(value);
  return out;
}

inline result<void> check_sigv4(sigv4_scope const& scope, aws_credentials const& credentials,
                                std::string_view payload_hash) {
  if (scope.region.empty() || scope.service.empty())
    return make_error(errc::usage, "no region or service to sign for; set AWS_REGION");
  if (credentials.secret_access_key.empty())
    return make_error(errc::usage, "an access key without its secret; set AWS_SECRET_ACCESS_KEY as well");
  bool const hex = payload_hash.size() == 64 && std::ranges::all_of(payload_hash, [](char c) {
                     return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                   });
  if (!hex && payload_hash != unsigned_payload && !payload_hash.starts_with("STREAMING-"))
    return make_error(errc::usage, "a payload is signed by its SHA-256 in lower-case hex or as UNSIGNED-PAYLOAD");
  return {};
}

/// `20150830/us-east-1/s3/aws4_request`.
inline std::string credential_scope(sigv4_scope const& scope, std::string_view date) {
  std::string out{date};
  return out.append("/").append(scope.region).append("/").append(scope.service).append("/aws4_request");
}

/// What is signed in the end: the canonical request is in it by its hash.
struct sigv4_request {
  std::string_view method;
  std::string path;
  std::string query;
  sigv4_headers headers;

  [[nodiscard]] std::string string_to_sign(std::string_view date_time, std::string_view scope,
                                           std::string_view payload_hash) const {
    std::string canonical{method};
    canonical.reserve(256 + path.size() + query.size() + headers.lines.size() + headers.names.size());
    canonical.append("\n").append(path).append("\n").append(query).append("\n").append(headers.lines);
    canonical.append("\n").append(headers.names).append("\n").append(payload_hash);
    std::string out{sigv4_algorithm};
    out.append("\n").append(date_time).append("\n").append(scope).append("\n");
    sha256_hasher hasher;
    hasher.update(as_bytes(canonical));
    return out.append(hasher.finish().hex());
  }
};

}  // namespace detail

WAYBILL_DECL sigv4_signer::sigv4_signer(sigv4_scope scope, sigv4_options options)
    : scope_{std::move(scope)}, options_{options} {}

WAYBILL_DECL sha256_bytes sigv4_signer::signing_key(std::string_view secret, std::string_view date) const {
  std::lock_guard const lock{mutex_};
  if (key_date_ != date || key_secret_ != secret) {
    auto key = hmac_sha256(as_bytes("AWS4" + std::string{secret}), as_bytes(date));
    for (std::string_view const part :
         {std::string_view{scope_.region}, std::string_view{scope_.service}, std::string_view{"aws4_request"}})
      key = hmac_sha256(key, as_bytes(part));
    key_ = key;
    key_date_ = date;
    key_secret_ = secret;
  }
  return key_;
}

WAYBILL_DECL result<void> sigv4_signer::sign(http_request& request, aws_credentials const& credentials, timestamp now,
                                             std::string_view payload_hash) const {
  if (credentials.anonymous()) return {};
  if (auto const fits = detail::check_sigv4(scope_, credentials, payload_hash); !fits) return fits.error();
  auto const url = split_http_url(request.url);
  if (!url) return url.error();
  auto const date_time = detail::amz_date(now);
  auto const date = std::string_view{date_time}.substr(0, 8);
  request.headers.set({"x-amz-date", date_time});
  if (options_.content_header) request.headers.set({"x-amz-content-sha256", std::string{payload_hash}});
  if (credentials.session_token.empty()) request.headers.remove("x-amz-security-token");
  else request.headers.set({"x-amz-security-token", credentials.session_token, true});
  auto const scope = detail::credential_scope(scope_, date);
  detail::sigv4_request const canonical{request.method, detail::canonical_path(url->path, options_.path),
                                        detail::canonical_query(url->query),
                                        detail::canonical_headers(request.headers, *url)};
  auto const text = canonical.string_to_sign(date_time, scope, payload_hash);
  auto const signature = hmac_sha256(signing_key(credentials.secret_access_key, date), as_bytes(text));
  std::string value{detail::sigv4_algorithm};
  value.append(" Credential=").append(credentials.access_key_id).append("/").append(scope);
  value.append(", SignedHeaders=").append(canonical.headers.names).append(", Signature=").append(to_hex(signature));
  request.headers.set({"Authorization", std::move(value), true});
  return {};
}

WAYBILL_DECL result<std::string> sigv4_signer::presign(http_request const& request, aws_credentials const& credentials,
                                                       timestamp now, std::chrono::seconds expires,
                                                       std::string_view payload_hash) const {
  if (credentials.anonymous()) return request.url;
  if (expires < std::chrono::seconds{1} || expires > detail::sigv4_longest_presign)
    return make_error(errc::usage, "a presigned URL is valid for 1 second to 7 days");
  if (auto const fits = detail::check_sigv4(scope_, credentials, payload_hash); !fits) return fits.error();
  auto const url = split_http_url(request.url);
  if (!url) return url.error();
  auto const date_time = detail::amz_date(now);
  auto const date = std::string_view{date_time}.substr(0, 8);
  auto const scope = detail::credential_scope(scope_, date);
  auto headers = detail::canonical_headers(request.headers, *url);
  std::vector<query_parameter> added{{"X-Amz-Algorithm", std::string{detail::sigv4_algorithm}},
                                     {"X-Amz-Credential", credentials.access_key_id + "/" + scope},
                                     {"X-Amz-Date", date_time},
                                     {"X-Amz-Expires", std::to_string(expires.count())},
                                     {"X-Amz-SignedHeaders", headers.names}};
  if (!credentials.session_token.empty()) added.push_back({"X-Amz-Security-Token", credentials.session_token});
  auto const query = std::string{url->query}.append(url->query.empty() ? "" : "&").append(format_query(added));
  detail::sigv4_request const canonical{request.method, detail::canonical_path(url->path, options_.path),
                                        detail::canonical_query(query), std::move(headers)};
  auto const text = canonical.string_to_sign(date_time, scope, payload_hash);
  auto const signature = hmac_sha256(signing_key(credentials.secret_access_key, date), as_bytes(text));
  auto const end_of_path = static_cast<std::size_t>(url->path.data() + url->path.size() - request.url.data());
  return request.url.substr(0, end_of_path)
      .append("?")
      .append(query)
      .append("&X-Amz-Signature=")
      .append(to_hex(signature));
}

WAYBILL_DECL result<void> sigv4_sign(http_request& request, aws_credentials const& credentials,
                                     sigv4_scope const& scope, timestamp now, std::string_view payload_hash,
                                     sigv4_options options) {
  return sigv4_signer{scope, options}.sign(request, credentials, now, payload_hash);
}

WAYBILL_DECL result<std::string> sigv4_presign(http_request const& request, aws_credentials const& credentials,
                                               sigv4_scope const& scope, timestamp now, std::chrono::seconds expires,
                                               sigv4_options options, std::string_view payload_hash) {
  return sigv4_signer{scope, options}.presign(request, credentials, now, expires, payload_hash);
}

}  // namespace waybill::inline WAYBILL_ABI

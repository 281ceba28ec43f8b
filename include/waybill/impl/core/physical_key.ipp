#pragma once

#include <waybill/core/physical_key.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/percent.hpp>
#include <waybill/core/shown_url.hpp>
#include <waybill/core/utf8.hpp>

#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// A URL cut into its parts as Python's `urlsplit` cuts it; views into the text.
struct url_parts {
  std::string_view scheme;
  std::string_view authority;
  std::string_view path;
  std::string_view query;
};

inline url_parts split_url(std::string_view url, std::size_t colon) noexcept {
  url_parts parts{url.substr(0, colon), {}, url.substr(colon + 1), {}};
  if (parts.path.starts_with("//")) {
    auto const end = parts.path.find_first_of("/?#", 2);
    parts.authority = parts.path.substr(2, end == std::string_view::npos ? end : end - 2);
    parts.path.remove_prefix(2 + parts.authority.size());
  }
  parts.path = parts.path.substr(0, parts.path.find('#'));
  if (auto const mark = parts.path.find('?'); mark != std::string_view::npos) {
    parts.query = parts.path.substr(mark + 1);
    parts.path = parts.path.substr(0, mark);
  }
  return parts;
}

/// Length of `scheme` in `scheme:…` (RFC 3986 section 3.1), or npos. One letter is a drive, not a scheme.
inline std::size_t scheme_length(std::string_view url) noexcept {
  std::size_t n = 0;
  for (; n < url.size() && url[n] != ':'; ++n) {
    bool const digit_or_mark = is_ascii_digit(url[n]) || url[n] == '+' || url[n] == '-' || url[n] == '.';
    if (!is_ascii_letter(url[n]) && (n == 0 || !digit_or_mark)) return std::string_view::npos;
  }
  return n < 2 || n >= url.size() ? std::string_view::npos : n;
}

inline error url_error(std::string_view url, std::string detail) {
  return make_error(errc::malformed_url, std::move(detail), shown_url(url));
}

/// An absolute path without empty, `.` and `..` segments.
inline std::string normal_path(std::string_view path) {
  std::vector<std::string_view> kept;
  while (!path.empty()) {
    auto const segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size() < path.size() ? segment.size() + 1 : path.size());
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") kept.push_back(segment);
    else if (!kept.empty()) kept.pop_back();
  }
  std::string out;
  for (auto const segment : kept) out.append("/").append(segment);
  return out.empty() ? "/" : out;
}

/// The version of an S3 query. Like Python's `parse_qs`: blank values do not count, the first of several wins.
struct s3_query {
  std::optional<std::string> version;
  bool foreign = false;  ///< holds something else than versionId
};

inline s3_query read_s3_query(std::string_view query) {
  s3_query out;
  while (!query.empty()) {
    auto const field = query.substr(0, query.find('&'));
    query.remove_prefix(field.size() < query.size() ? field.size() + 1 : query.size());
    auto const equals = field.find('=');
    if (equals == std::string_view::npos || equals + 1 == field.size()) continue;
    if (percent_decoded(field.substr(0, equals), true) != "versionId") out.foreign = true;
    else if (!out.version) out.version = replace_invalid_utf8(percent_decoded(field.substr(equals + 1), true));
  }
  return out;
}

/// A `.` or `..` segment behind the first slash.
inline bool has_dot_segment(std::string_view path) noexcept {
  for (auto at = path.find("/."); at != std::string_view::npos; at = path.find("/.", at + 1)) {
    auto const segment = path.substr(at + 1, path.find('/', at + 1) - (at + 1));
    if (segment == "." || segment == "..") return true;
  }
  return false;
}

/// True for a URL that is in the kit's form beyond doubt, so that parsing it again changes nothing.
inline bool is_plainly_normal(std::string_view url) noexcept {
  bool const file = url.starts_with("file:///");
  if (!file && !url.starts_with("s3://")) return false;
  auto rest = url.substr(file ? 7 : 5);
  if (!file) {
    auto const slash = rest.find('/');
    if (slash == 0 || slash == std::string_view::npos) return false;
    auto const mark = rest.find("?versionId=");
    if (mark != std::string_view::npos && (mark + 11 == rest.size() || rest.find('/', mark) != std::string_view::npos))
      return false;
    for (std::size_t i = mark == std::string_view::npos ? rest.size() : mark + 11; i < rest.size(); ++i)
      if (!is_unreserved(rest[i])) return false;
    rest = rest.substr(0, mark);
  } else if (rest.ends_with('/') || rest.find("//") != std::string_view::npos || has_dot_segment(rest)) {
    return false;
  }
  for (char const c : rest)
    if (!is_unreserved(c) && c != '/') return false;
  return true;
}

}  // namespace detail

WAYBILL_DECL physical_key physical_key::file(std::string_view absolute_path) {
  std::string url = "file://";
  append_percent_encoded(url, absolute_path, percent_part::path);
  return physical_key{std::move(url)};
}

WAYBILL_DECL physical_key physical_key::s3(std::string_view bucket, std::string_view key,
                                           std::optional<std::string_view> version) {
  std::string url = "s3://";
  url.append(bucket).append("/");
  append_percent_encoded(url, key, percent_part::path);
  if (version && !version->empty()) append_percent_encoded(url += "?versionId=", *version, percent_part::form);
  return physical_key{std::move(url)};
}

WAYBILL_DECL result<physical_key> physical_key::parse(std::string_view url) {
  if (detail::is_plainly_normal(url)) return physical_key{std::string{url}};
  for (char const c : url)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      return detail::url_error(url, "URL with a control character; percent-encode it");
  if (find_invalid_utf8(url) != std::string_view::npos)
    return detail::url_error(url, "URL is not UTF-8; percent-encode its bytes");
  auto const colon = detail::scheme_length(url);
  if (colon == std::string_view::npos)
    return detail::url_error(url, "not an absolute URL; expected file:///…, s3://bucket/key or another scheme");
  auto const parts = detail::split_url(url, colon);
  auto scheme = detail::ascii_lower_text(parts.scheme);
  if (scheme == "file") {
    if (!parts.authority.empty() && parts.authority != "localhost")
      return detail::url_error(url, "file URL with a host; only local files can be read");
    if (!parts.path.starts_with('/')) return detail::url_error(url, "file URL with a relative path; write file:///…");
    if (!parts.query.empty()) return detail::url_error(url, "file URL with a query; percent-encode '?' as %3F");
    auto const path = percent_decoded(parts.path);
    if (path.find('\0') != std::string::npos) return detail::url_error(url, "file URL with a NUL byte (%00)");
    return file(detail::normal_path(path));
  }
  if (scheme == "s3") {
    if (parts.authority.empty()) return detail::url_error(url, "S3 URL without a bucket; write s3://bucket/key");
    auto const query = detail::read_s3_query(parts.query);
    if (query.foreign) return detail::url_error(url, "S3 URL with a query other than versionId");
    auto const key = replace_invalid_utf8(percent_decoded(parts.path));
    return s3(parts.authority, key.empty() ? std::string_view{} : std::string_view{key}.substr(1), query.version);
  }
  if (colon + 1 == url.size()) return detail::url_error(url, "URL with nothing behind its scheme");
  return physical_key{std::move(scheme.append(url.substr(colon)))};
}

WAYBILL_DECL physical_location physical_key::location() const {
  auto const parts = detail::split_url(url_, url_.find(':'));
  if (is_file()) return {physical_location::kind::file, {}, replace_invalid_utf8(file_path()), {}};
  if (!is_s3()) {
    auto const rest = static_cast<std::size_t>(parts.path.data() - url_.data());
    return {physical_location::kind::other, std::string{parts.authority}, url_.substr(rest), {}};
  }
  return {physical_location::kind::s3, std::string{parts.authority},
          replace_invalid_utf8(percent_decoded(parts.path.substr(parts.path.empty() ? 0 : 1))),
          detail::read_s3_query(parts.query).version};
}

WAYBILL_DECL std::string physical_key::file_path() const { return percent_decoded(std::string_view{url_}.substr(7)); }

}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/store/http.hpp>

#include <waybill/core/percent.hpp>
#include <waybill/core/shown_url.hpp>
#include <waybill/http/retry.hpp>
#include <waybill/http/url.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline std::optional<std::uint64_t> web_number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

inline std::string_view web_field(http_response const& response, std::string_view name) noexcept {
  auto const* found = response.headers().find(name);
  return found ? std::string_view{*found} : std::string_view{};
}

/// What tells versions apart; an ETag that is weak promises too little.
inline std::string web_version(http_response const& response) {
  auto const etag = web_field(response, "ETag");
  return std::string{etag.starts_with('"') ? etag : web_field(response, "Last-Modified")};
}

inline error web_status(http_response const& response, std::string_view url) {
  return status_error(response.status(), response.headers(), {}, url);
}

inline error web_changed(std::string_view url) {
  return make_error(errc::source_changed, "was replaced while it was read; read it again", shown_url(url));
}

/// Where a part begins, and the size of the whole where that is said: `bytes 5-14/100`.
struct content_range {
  std::uint64_t begin = 0;
  std::optional<std::uint64_t> whole;
};

inline std::optional<content_range> content_range_of(http_response const& response) {
  auto text = web_field(response, "Content-Range");
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  auto const slash = text.find('/');
  auto const begin = web_number(text.substr(0, text.find('-')));
  if (!begin || slash == std::string_view::npos) return std::nullopt;
  return content_range{*begin, web_number(text.substr(slash + 1))};
}

/// The bytes of an answer, without those before and behind what was asked for.
class web_source final : public byte_source {
 public:
  web_source(std::unique_ptr<http_response> rest, std::uint64_t skip, std::optional<std::uint64_t> most,
             std::optional<std::uint64_t> promised, std::string url)
      : rest_{std::move(rest)}, skip_{skip}, most_{most}, promised_{promised}, url_{std::move(url)} {}

  result<std::size_t> read(std::span<std::byte> buffer) override {
    std::array<std::byte, 16384> dropped;
    while (skip_ != 0) {
      auto const n = take(std::span{dropped}.first(std::min<std::uint64_t>(dropped.size(), skip_)));
      if (!n || *n == 0) return n;
      skip_ -= *n;
    }
    if (most_) buffer = buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), *most_)));
    if (buffer.empty()) return std::size_t{0};
    auto const n = take(buffer);
    if (n && most_) *most_ -= *n;
    return n;
  }

 private:
  result<std::size_t> take(std::span<std::byte> buffer) {
    auto const n = rest_->read(buffer);
    if (!n || !promised_) return n;
    if (*n > *promised_ || (*n == 0 && *promised_ != 0))
      return make_error(errc::temporary, "the server broke off, or sent more than it announced; try again", url_);
    *promised_ -= *n;
    return n;
  }

  std::unique_ptr<http_response> rest_;
  std::uint64_t skip_;
  std::optional<std::uint64_t> most_;
  std::optional<std::uint64_t> promised_;  ///< bytes that are still to come, where the server said how many
  std::string url_;
};

WAYBILL_DECL bool asks_for_get(int status) noexcept { return status == 403 || status == 405 || status == 501; }

WAYBILL_DECL result<std::string> http_base(std::string_view text) {
  auto const parts = split_http_url(text);
  if (!parts) return parts.error();
  if (text.find('?') != std::string_view::npos || text.find('#') != std::string_view::npos)
    return make_error(errc::malformed_url, "keys cannot be appended to a URL with a query", shown_url(text));
  if (auto const nameable = physical_key::parse(text); !nameable) return nameable.error();
  return std::string{text} + (text.ends_with('/') ? "" : "/");
}

WAYBILL_DECL std::string http_object_url(std::string_view base, std::string_view key) {
  std::string url{base};
  append_percent_encoded(url, key, percent_part::path);
  return url;
}

WAYBILL_DECL http_request part_request(http_store_options const& options, std::string_view url, byte_range range,
                                       std::optional<std::string> const& version) {
  http_request request{"GET", std::string{url}, options.headers};
  // Ranges and sizes are those of the object itself only without a coding.
  request.headers.set({"Accept-Encoding", "identity"});
  if (range.offset == 0 && !range.length) return request;
  auto text = "bytes=" + std::to_string(range.offset) + "-";
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (range.length && range.offset < most && *range.length <= most - range.offset)
    text += std::to_string(range.offset + *range.length - 1);
  request.headers.add({"Range", std::move(text)});
  if (version && !version->empty()) request.headers.add({"If-Range", *version});
  return request;
}

WAYBILL_DECL result<object_info> accept_http_head(http_response const& response, std::string_view url) {
  auto const status = response.status();
  object_info info{std::string{url}, 0, web_version(response), {}, {}};
  auto const range = content_range_of(response);
  // Nothing to send of the first byte: the object has none.
  if (status == 416) {
    auto const text = web_field(response, "Content-Range");
    if (text == "bytes */0") return info;
  }
  if (status != 200 && status != 206) return web_status(response, url);
  auto const size =
      status == 206 ? (range ? range->whole : std::nullopt) : web_number(web_field(response, "Content-Length"));
  if (!size) return make_error(errc::unsupported, "the server does not tell the object's size", shown_url(url));
  info.size = *size;
  return info;
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> accept_http_part(std::unique_ptr<http_response> response,
                                                                   std::string_view url, byte_range range,
                                                                   std::optional<std::string> const& version) {
  auto const status = response->status();
  bool const part = range.offset != 0 || range.length;
  auto const nothing = [] { return std::unique_ptr<byte_source>{std::make_unique<memory_source>(byte_view{})}; };
  if (part && status == 416) return nothing();
  if (status != 200 && status != 206) return web_status(*response, url);
  if (version && !version->empty() && web_version(*response) != *version) return web_changed(url);
  if (range.length && *range.length == 0) return nothing();
  auto const promised = web_number(web_field(*response, "Content-Length"));
  if (status == 206) {
    auto const found = content_range_of(*response);
    if (!part || !found || found->begin != range.offset)
      return make_error(errc::permanent, "the server sent another part than was asked for", shown_url(url));
  }
  auto const skip = status == 206 ? 0 : range.offset;
  return std::unique_ptr<byte_source>{
      std::make_unique<web_source>(std::move(response), skip, range.length, promised, shown_url(url))};
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

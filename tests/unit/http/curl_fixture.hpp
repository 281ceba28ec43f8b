#pragma once

#include <waybill/core/stream.hpp>
#include <waybill/hash/hasher.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/http/curl.hpp>
#include <waybill/http/retry.hpp>
#include <waybill/json/number.hpp>
#include <waybill/json/parse.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/http_server.hpp"
#include "support/results.hpp"

/// The server, or the end of a test case that cannot run without it.
#define WAYBILL_NEEDS_SERVER(name)                                                 \
  auto const* const name##_at = waybill_test::http_server::instance();             \
  if (name##_at == nullptr) WAYBILL_SKIP(waybill_test::http_server::why_absent()); \
  auto const& name = *name##_at

namespace waybill_test {

/// Byte `i` of every body that the server sends as a pattern.
inline std::byte pattern_at(std::uint64_t i) { return static_cast<std::byte>((7 * (i & 255) + 13) & 255); }

/// A body of the same pattern, which is made while it is read.
class pattern_source final : public waybill::byte_source {
 public:
  explicit pattern_source(std::uint64_t size) : size_{size} {}
  waybill::result<std::size_t> read(std::span<std::byte> buffer) override {
    auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size_ - at_));
    for (std::size_t i = 0; i < n; ++i) buffer[i] = pattern_at(at_ + i);
    at_ += n;
    return n;
  }

 private:
  std::uint64_t size_, at_ = 0;
};

inline waybill::http_body pattern_body(std::uint64_t size) {
  return {size, [size]() -> waybill::result<std::unique_ptr<waybill::byte_source>> {
            return std::unique_ptr<waybill::byte_source>{std::make_unique<pattern_source>(size)};
          }};
}

inline std::string pattern_sha256(std::uint64_t size) {
  pattern_source source{size};
  waybill::sha256_hasher hasher;
  for (std::vector<std::byte> buffer(65536);;) {
    auto const n = source.read(buffer).value();
    if (n == 0) return hasher.finish().hex();
    hasher.update(std::span{buffer}.first(n));
  }
}

/// Reads a body of the pattern to its end. @return its size, or -1 where a byte is wrong
inline waybill::result<std::int64_t> read_pattern(waybill::http_response& response, std::size_t buffer_size = 65536) {
  std::vector<std::byte> buffer(buffer_size);
  std::uint64_t at = 0;
  for (;;) {
    auto const n = response.read(buffer);
    if (!n) return n.error();
    if (*n == 0) return static_cast<std::int64_t>(at);
    for (std::size_t i = 0; i < *n; ++i)
      if (buffer[i] != pattern_at(at + i)) return std::int64_t{-1};
    at += *n;
  }
}

inline waybill::result<std::string> get(waybill::any_http_client& client, std::string const& url,
                                        waybill::header_list headers = {}) {
  auto const response = client.send({"GET", url, std::move(headers)}, nullptr, {});
  if (!response) return response.error();
  return waybill::read_body(**response, 1 << 20);
}

/// What /echo and /count say.
inline waybill::json::value said(waybill::result<std::string> const& body) {
  return waybill::json::parse(body.value()).value();
}

inline std::int64_t number_said(waybill::json::value const& record, std::string_view name) {
  return static_cast<std::int64_t>(waybill::json::to_uint64(record.find(name)->as_number()->text).value());
}

inline std::string text_said(waybill::json::value const& record, std::string_view name) {
  return *record.find(name)->as_string();
}

/// The values of all fields of a name that /echo saw, joined with `|`.
inline std::string field_said(waybill::json::value const& echo, std::string_view name) {
  std::string out;
  for (auto const& field : *echo.find("headers")->as_array()) {
    auto const& pair = *field.as_array();
    if (waybill::same_header_name(*pair[0].as_string(), name)) out += (out.empty() ? "" : "|") + *pair[1].as_string();
  }
  return out;
}

}  // namespace waybill_test

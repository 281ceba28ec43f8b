#pragma once

#include <waybill/driver/dagster/request.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/logical_key.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/json/record.hpp>
#include <waybill/registry/reference.hpp>

#include <array>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {

WAYBILL_DECL load_request request_for(std::string dataset) {
  load_request out{.dataset = std::move(dataset), .category = {}, .title = {}};
  out.category = out.dataset.substr(0, out.dataset.find('/'));
  out.title = out.dataset.substr(out.dataset.rfind('/') + 1);
  return out;
}

WAYBILL_DECL std::string run_key_of(std::string_view dataset, std::string_view version, std::uint16_t times) {
  constexpr std::size_t digits = 16;
  auto key = std::string{dataset}.append("@").append(version.substr(0, digits));
  if (times == 0) return key;
  std::array const number{static_cast<std::byte>(times >> 8), static_cast<std::byte>(times & 255)};
  return key + to_hex(number);
}

WAYBILL_DECL json::value document_of(load_request const& r) {
  return json::object{{"run_key", std::string_view{r.run_key}},
                      {"dataset", std::string_view{r.dataset}},
                      {"category", std::string_view{r.category}},
                      {"title", std::string_view{r.title}},
                      {"version", std::string_view{r.version}},
                      {"change", r.is_new ? "new" : "changed"},
                      {"files", json::value::integer(r.files)},
                      {"bytes", json::value::integer(r.bytes)},
                      {"tags", json::object{{"waybill/dataset", std::string_view{r.dataset}},
                                            {"waybill/version", std::string_view{r.version}}}}};
}

WAYBILL_DECL result<load_request> read_request(json::value const& document, std::string where) {
  json::record_reader reader{document, std::move(where)};
  auto out = request_for(reader.required_string("dataset"));
  if (reader.ok())
    if (auto const key = logical_key::parse(out.dataset); !key)
      reader.fail(errc::malformed_key, "is no directory below a volume: " + key.error().detail, "dataset");
  if (auto category = reader.optional_string("category")) out.category = std::move(*category);
  if (auto title = reader.optional_string("title")) out.title = std::move(*title);
  out.version = reader.optional_string("version").value_or("");
  out.run_key = reader.optional_string("run_key").value_or("");
  out.is_new = reader.optional_string("change") != "changed";
  out.files = reader.optional_uint64("files").value_or(0);
  out.bytes = reader.optional_uint64("bytes").value_or(0);
  if (auto const r = reader.finish(); !r) return r.error();
  return out;
}

WAYBILL_DECL std::string package_name_for(std::string_view dataset) {
  std::string const whole{dataset};
  if (package_name::parse(whole)) return whole;
  std::string name;
  for (char const c : dataset) {
    if (waybill::detail::is_ascii_alphanumeric(c) || c == '_' || c == '-') name += c;
    else if (c == '/' && name.find('/') == std::string::npos && !name.empty()) name += '/';
    else name += '-';
  }
  if (name.find('/') == std::string::npos) name = "datasets/" + name;
  return name + "-" + hash_bytes<sha256_hasher>(as_bytes(dataset)).hex().substr(0, 8);
}

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI

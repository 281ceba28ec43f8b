#pragma once

#include <waybill/protocol/clowder/answers.hpp>

#include <waybill/json/number.hpp>
#include <waybill/json/record.hpp>

#include <charconv>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

namespace detail {

/// Bytes as version 1 writes them, a text, or a number.
inline std::uint64_t size_in(json::record_reader& record, std::string_view name) {
  auto const* v = record.optional_any(name);
  auto const* text = v != nullptr ? v->as_string() : nullptr;
  if (text == nullptr) return record.required_uint64(name);
  std::uint64_t out = 0;
  auto const* const end = text->data() + text->size();
  auto const read = std::from_chars(text->data(), end, out);
  if (read.ec != std::errc{} || read.ptr != end)
    record.fail(errc::size_out_of_range, "is no number of bytes: \"" + *text + "\"", name);
  return out;
}

}  // namespace detail

WAYBILL_DECL result<rows> read_rows(api_version api, json::value body) {
  rows out;
  if (api == api_version::v1) {
    auto* items = body.as_array();
    if (items == nullptr) return make_error(errc::wrong_type, "the answer is no list");
    out.items = std::move(*items);
    return out;
  }
  json::record_reader record{body};
  (void)record.required_array("data");
  auto const& about = record.required_object("metadata");
  if (auto const r = record.finish(); !r) return r.error();
  json::record_reader counts{about, "/metadata"};
  out.total = counts.required_uint64("total_count");
  if (auto const r = counts.finish(); !r) return r.error();
  out.items = std::move(*body.find("data")->as_array());
  return out;
}

WAYBILL_DECL result<space_row> read_space(json::value const& v, std::string pointer) {
  json::record_reader record{v, std::move(pointer)};
  space_row out{.id = record.required_string("id"), .name = record.required_string("name")};
  if (auto const r = record.finish(); !r) return r.error();
  return out;
}

WAYBILL_DECL result<dataset_row> read_dataset(json::value const& v, std::string pointer) {
  json::record_reader record{v, std::move(pointer)};
  dataset_row out{.id = record.required_string("id"),
                  .name = record.required_string("name"),
                  .created = record.optional_string("created").value_or(""),
                  .spaces = record.optional_strings("spaces")};
  if (auto const r = record.finish(); !r) return r.error();
  return out;
}

WAYBILL_DECL result<folder_row> read_folder(json::value const& v, std::string pointer) {
  json::record_reader record{v, std::move(pointer)};
  folder_row out{.id = record.required_string("id"), .name = record.required_string("name")};
  if (auto const r = record.finish(); !r) return r.error();
  return out;
}

WAYBILL_DECL result<file_row> read_file_row(api_version api, json::value const& v, std::string pointer) {
  json::record_reader record{v, pointer};
  file_row out{.id = record.required_string("id"), .name = {}};
  if (api == api_version::v2) {
    out.name = record.required_string("name");
    out.size = record.required_uint64("bytes");
    out.version = record.optional_uint64("version_num").value_or(1);
    out.folder = record.optional_string("folder_id").value_or("");
  } else {
    out.name = record.required_string("filename");
    out.size = detail::size_in(record, "size");
    if (auto const* folder = record.optional_object("folders")) {
      json::record_reader within{*folder, pointer + "/folders"};
      out.folder = within.required_string("id");
      if (auto const r = within.finish(); !r) return r.error();
    }
  }
  if (auto const r = record.finish(); !r) return r.error();
  return out;
}

WAYBILL_DECL result<std::string> read_version(api_version api, json::value const& body) {
  json::record_reader record{body};
  if (api == api_version::v2) {
    auto out = record.required_string("version");
    if (auto const r = record.finish(); !r) return r.error();
    return out;
  }
  auto const& version = record.required_object("version");
  if (auto const r = record.finish(); !r) return r.error();
  json::record_reader within{version, "/version"};
  auto out = within.required_string("number");
  if (auto const r = within.finish(); !r) return r.error();
  return out;
}

WAYBILL_DECL result<std::string> read_made(json::value const& body) {
  auto const* status = body.find("status");
  auto const* said = status != nullptr ? status->as_string() : nullptr;
  if (body.find("id") == nullptr && said != nullptr && *said == "error")
    return make_error(errc::temporary, "the platform could not store it");
  json::record_reader record{body};
  auto out = record.required_string("id");
  if (auto const r = record.finish(); !r) return r.error();
  return out;
}

WAYBILL_DECL result<file_row> read_uploaded(api_version api, json::value const& body) {
  if (api == api_version::v2) return read_file_row(api, body, {});
  json::record_reader record{body};
  file_row out{.id = record.required_string("id"), .name = {}};
  if (auto const r = record.finish(); !r) return r.error();
  return out;
}

WAYBILL_DECL result<std::string> read_link(json::value const& body) {
  json::record_reader record{body};
  auto out = record.required_string("presigned_url");
  if (auto const r = record.finish(); !r) return r.error();
  return out;
}

WAYBILL_DECL result<std::uint64_t> read_freeze(json::value const& body) {
  auto const* number = body.as_number();
  if (number == nullptr)
    if (auto const* member = body.find("frozen_version_num")) number = member->as_number();
  if (number == nullptr) return make_error(errc::wrong_type, "the answer has no number of a freeze");
  if (number->text.starts_with('-')) return std::uint64_t{0};
  auto const out = json::to_uint64(number->text);
  if (!out) return make_error(errc::wrong_type, "is no number of a freeze: " + number->text);
  return *out;
}

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/manifest/quilt_line.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/json/number.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>
#include <waybill/json/write.hpp>
#include <waybill/manifest/quilt_record.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// quilt3's `MANIFEST_MAX_RECORD_SIZE`; larger lines it refuses to write and, by default, to read.
inline constexpr std::size_t max_written_line = 1'000'000;

/// Ends the line that began at `start`, or takes it back. @param suffix  of the name in an error's path
inline result<void> close_line(std::string& out, std::size_t start, result<void> const& written, std::string_view name,
                               char const* suffix = "") {
  auto const length = out.size() - start;
  if (written && length <= max_written_line) {
    out += '\n';
    return {};
  }
  out.resize(start);
  if (!written) return error{written.error().code, written.error().detail, printable(name) + suffix};
  return make_error(errc::too_large,
                    "its manifest line would be " + std::to_string(length) +
                        " bytes, quilt3 takes at most 1000000; keep large metadata in a file of the package",
                    printable(name) + suffix);
}

inline result<void> append_entry_members(std::string& out, entry const& e) {
  auto const& url = e.places.front().url();
  if (find_invalid_utf8(e.key.str()) != std::string_view::npos)
    return make_error(errc::not_representable, "the key is not UTF-8; rename the file");
  if (find_invalid_utf8(url) != std::string_view::npos)
    return make_error(errc::not_representable, "the physical key is not UTF-8; percent-encode its bytes");
  out += R"({"logical_key": )";
  json::append_manifest_string(out, e.key);
  out += R"(, "physical_keys": [)";
  json::append_manifest_string(out, url);
  out.append(R"(], "size": )").append(e.size ? std::to_string(*e.size) : "null");
  out += R"(, "hash": )";
  if (!quilt::has_hash(e)) out += "null";
  else if (auto const written = quilt::append_written_hash(out, e); !written) return written;
  out += R"(, "meta": )";
  if (auto const written = json::append_manifest_form(out, e.meta); !written) return written;
  out += '}';
  return {};
}

inline error missing(std::string name) {
  return make_error(errc::missing_member, "the line has no member '" + name + "'", "/" + name);
}

inline result<logical_key> read_key(std::string_view text) {
  auto key = logical_key::parse(text);
  if (key) return key;
  return error{key.error().code, key.error().detail + ": '" + printable(text) + "'", "/logical_key"};
}

inline result<std::optional<std::uint64_t>> read_size(json::value const* size) {
  if (size == nullptr) return missing("size");
  if (size->is_null()) return std::optional<std::uint64_t>{};
  auto const* const number = size->as_number();
  if (number == nullptr) return make_error(errc::wrong_type, "size must be a whole number of bytes, or null", "/size");
  auto const bytes = json::to_uint64(number->text);
  if (bytes && *bytes <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return bytes;
  return make_error(errc::size_out_of_range, "size must be a whole number from 0 to 2^63-1, not " + number->text,
                    "/size");
}

inline result<std::vector<physical_key>> read_places(json::array const& urls) {
  std::vector<physical_key> out;
  out.reserve(urls.size());
  for (auto const& url : urls) {
    auto const path = "/physical_keys/" + std::to_string(out.size());
    auto const* const text = url.as_string();
    if (text == nullptr) return make_error(errc::wrong_type, "a physical key must be a string", path);
    auto place = physical_key::parse(*text);
    if (!place) return error{place.error().code, place.error().detail + ": '" + place.error().path + "'", path};
    out.push_back(std::move(*place));
  }
  return out;
}

/// Null is `{}` to quilt3.
inline result<json::value> read_meta(json::value* meta) {
  if (meta == nullptr) return missing("meta");
  if (meta->is_null()) return json::value{json::object{}};
  if (meta->as_object() == nullptr) return make_error(errc::wrong_type, "meta must be an object", "/meta");
  return std::move(*meta);
}

inline result<entry> read_entry(json::value& record, std::string_view key_text, json::array const& urls) {
  auto key = read_key(key_text);
  if (!key) return key.error();
  auto places = read_places(urls);
  if (!places) return places.error();
  auto const size = read_size(record.find("size"));
  if (!size) return size.error();
  auto const* const hash = record.find("hash");
  if (hash == nullptr) return missing("hash");
  entry out{std::move(*key), *size, {}, nullptr, std::move(*places), nullptr};
  if (auto const read = quilt::read_hash(out, *hash); !read)
    return error{read.error().code, read.error().detail, "/hash" + read.error().path};
  auto meta = read_meta(record.find("meta"));
  if (!meta) return meta.error();
  out.meta = std::move(*meta);
  return out;
}

inline result<directory_meta> read_directory(json::value& record, std::string_view key_text) {
  auto const has = [&record](char const* name) {
    auto const* const found = record.find(name);
    return found != nullptr && !found->is_null();
  };
  if (key_text.ends_with('/')) key_text.remove_suffix(1);
  else if (has("size") || has("hash"))
    return make_error(errc::missing_member, "a file without a physical key: nobody can say where its bytes lie",
                      "/physical_keys");
  auto key = read_key(key_text);
  if (!key) return key.error();
  auto meta = read_meta(record.find("meta"));
  if (!meta) return meta.error();
  return directory_meta{std::move(*key), std::move(*meta)};
}

inline result<quilt::line> read_line(std::string_view text) {
  auto record = parse_record(text);
  if (!record) return record.error();
  auto const* const key = record->find("logical_key");
  if (key == nullptr) return missing("logical_key");
  if (key->as_string() == nullptr)
    return make_error(errc::wrong_type, "a logical key must be a string", "/logical_key");
  auto const* const places = record->find("physical_keys");
  if (places != nullptr && !places->is_null() && places->as_array() == nullptr)
    return make_error(errc::wrong_type, "physical_keys must be an array of URLs", "/physical_keys");
  if (places == nullptr || places->is_null() || places->as_array()->empty()) {
    auto directory = read_directory(*record, *key->as_string());
    if (!directory) return directory.error();
    return quilt::line{std::move(*directory)};
  }
  auto file = read_entry(*record, *key->as_string(), *places->as_array());
  if (!file) return file.error();
  return quilt::line{std::move(*file)};
}

/// The entry of a line in the written form whose metadata alone needs a parser; empty when anything is unusual.
inline std::optional<entry> read_usual_entry(std::string_view text) {
  auto const scanned = quilt::scan_line_with_meta(text);
  if (!scanned || !quilt::is_valid(*scanned)) return std::nullopt;
  auto out = quilt::to_entry(*scanned);
  if (!out) return std::nullopt;
  if (scanned->meta != "{}") {
    auto meta = json::parse(scanned->meta, quilt_json);
    if (!meta || meta->as_object() == nullptr) return std::nullopt;
    out->meta = std::move(*meta);
  }
  return std::move(*out);
}

WAYBILL_DECL error at_line(error e, std::size_t number) {
  auto const line = "line " + std::to_string(number);
  // A syntax error comes with a line of its own, always the first of this one.
  if (e.path.starts_with("line "))
    e.path.erase(0, e.path.find(',') == std::string::npos ? e.path.size() : e.path.find(',') + 2);
  e.path = e.path.empty() ? line : line + ", " + e.path;
  return e;
}

}  // namespace detail

namespace quilt {

WAYBILL_DECL result<void> append_entry_line(std::string& out, entry const& e) {
  if (e.places.empty())
    return make_error(errc::missing_member, "entry without a physical key; Quilt would take its line for a directory",
                      printable(e.key));
  auto const start = out.size();
  return detail::close_line(out, start, detail::append_entry_members(out, e), e.key);
}

WAYBILL_DECL result<void> append_header_line(std::string& out, manifest_header const& h) {
  auto const start = out.size();
  return detail::close_line(out, start, json::append_manifest_form(out, json::value{h.members}), "line 1");
}

WAYBILL_DECL result<void> append_directory_line(std::string& out, directory_meta const& d) {
  auto const start = out.size();
  if (find_invalid_utf8(d.key.str()) != std::string_view::npos)
    return make_error(errc::not_representable, "the name is not UTF-8; rename the directory", printable(d.key) + "/");
  out += R"({"logical_key": )";
  json::append_manifest_string(out, d.key.str() + "/");
  out += R"(, "meta": )";
  auto const written = json::append_manifest_form(out, d.meta);
  out += '}';
  return detail::close_line(out, start, written, d.key, "/");
}

WAYBILL_DECL result<line> parse_line(std::string_view text, std::size_t number) {
  if (auto usual = detail::read_usual_entry(text)) return line{std::move(*usual)};
  auto read = detail::read_line(text);
  if (!read) return detail::at_line(read.error(), number);
  return read;
}

WAYBILL_DECL result<entry> to_entry(plain_line const& scanned) {
  auto place = physical_key::parse(scanned.place);
  if (!place) return place.error();
  entry out{logical_key::trusted(std::string{scanned.key}), scanned.size, {}, nullptr, {}, json::object{}};
  out.places.push_back(std::move(*place));
  if (auto const kind = hash_type(scanned.hash_type)) {
    auto const parsed = digest::parse(*kind, scanned.hash_value);
    if (!parsed) return parsed.error();
    out.digests.insert(*parsed);
  } else {
    out.foreign_hash = json::object{{"type", scanned.hash_type}, {"value", scanned.hash_value}};
  }
  return out;
}

WAYBILL_DECL result<manifest_header> parse_header(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf"))
    return make_error(errc::malformed_manifest, "the file starts with a byte order mark; save it as UTF-8 without one",
                      "line 1");
  auto record = detail::parse_record(text);
  if (!record) return detail::at_line(record.error(), 1);
  manifest_header out{std::move(*record->as_object())};
  std::erase_if(out.members, [](json::member const& m) { return m.first == "top_hash"; });
  return out;
}

}  // namespace quilt
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/manifest/quilt_hash.hpp>

#include <waybill/json/write.hpp>

#include <array>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

struct hash_type_row {
  algorithm kind;
  std::string_view name;
};

/// In the order in which a line prefers them.
inline constexpr std::array hash_types{hash_type_row{algorithms::sha2_256_chunked, "sha2-256-chunked"},
                                       hash_type_row{algorithms::sha256, "SHA256"},
                                       hash_type_row{algorithms::crc64nvme, "CRC64NVME"}};

/// The digest a `hash` object says in whatever spelling, or empty.
inline std::optional<digest> digest_said(json::value const& hash) {
  auto const* const type = hash.find("type");
  auto const* const value = hash.find("value");
  if (type == nullptr || value == nullptr || !type->as_string() || !value->as_string()) return std::nullopt;
  auto const kind = quilt::hash_type(*type->as_string());
  if (!kind) return std::nullopt;
  auto const parsed = digest::parse(*kind, *value->as_string());
  return parsed ? std::optional{*parsed} : std::nullopt;
}

inline bool writes_foreign_hash(entry const& e, digest const* written) {
  if (e.foreign_hash.is_null()) return false;
  if (written == nullptr) return true;
  auto const said = digest_said(e.foreign_hash);
  return said && *said == *written;
}

}  // namespace detail

namespace quilt {

WAYBILL_DECL std::string_view hash_type_name(algorithm a) noexcept {
  for (auto const& row : detail::hash_types)
    if (row.kind == a) return row.name;
  return {};
}

WAYBILL_DECL std::optional<algorithm> hash_type(std::string_view quilt_name) noexcept {
  for (auto const& row : detail::hash_types)
    if (row.name == quilt_name) return row.kind;
  return std::nullopt;
}

WAYBILL_DECL digest const* written_digest(entry const& e) noexcept {
  for (auto const& row : detail::hash_types)
    if (auto const* const found = e.digests.find(row.kind)) return found;
  return nullptr;
}

WAYBILL_DECL bool has_hash(entry const& e) noexcept {
  return !e.foreign_hash.is_null() || written_digest(e) != nullptr;
}

WAYBILL_DECL result<void> read_hash(entry& e, json::value const& hash) {
  if (hash.is_null()) return {};
  auto const* const members = hash.as_object();
  if (members == nullptr) return make_error(errc::wrong_type, "hash must be an object with type and value, or null");
  auto const* const type = hash.find("type");
  if (type == nullptr) return make_error(errc::missing_member, "hash has no type", "/type");
  auto const* const type_name = type->as_string();
  if (type_name == nullptr) return make_error(errc::wrong_type, "the type of a hash must be a string", "/type");
  auto const kind = hash_type(*type_name);
  if (!kind) {
    e.foreign_hash = hash;
    return {};
  }
  auto const* const value = hash.find("value");
  if (value == nullptr) return make_error(errc::missing_member, "hash has no value", "/value");
  auto const* const text = value->as_string();
  if (text == nullptr) return make_error(errc::wrong_type, "the value of a hash must be a string", "/value");
  auto const parsed = digest::parse(*kind, *text);
  if (!parsed) return error{parsed.error().code, parsed.error().detail, "/value"};
  e.digests.insert(*parsed);
  bool const plain = members->size() == 2 && members->front().first == "type" && parsed->text() == *text;
  if (!plain) e.foreign_hash = hash;
  return {};
}

WAYBILL_DECL void append_canonical_hash(std::string& out, entry const& e) {
  auto const* const written = written_digest(e);
  if (written == nullptr || detail::writes_foreign_hash(e, written)) return json::append_canonical(out, e.foreign_hash);
  out.append(R"({"type":")").append(hash_type_name(written->kind()));
  out.append(R"(","value":")").append(written->text()).append(R"("})");
}

WAYBILL_DECL result<void> append_written_hash(std::string& out, entry const& e) {
  auto const* const written = written_digest(e);
  if (written == nullptr || detail::writes_foreign_hash(e, written))
    return json::append_manifest_form(out, e.foreign_hash);
  out.append(R"({"type": ")").append(hash_type_name(written->kind()));
  out.append(R"(", "value": ")").append(written->text()).append(R"("})");
  return {};
}

}  // namespace quilt
}  // namespace waybill::inline WAYBILL_ABI

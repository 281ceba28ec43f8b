#pragma once

#include <waybill/driver/snapshots/versions.hpp>

#include <waybill/core/percent.hpp>
#include <waybill/registry/pointer.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

/// A member of metadata that is a top hash or a hash of a table.
inline std::optional<std::string> hash_member(json::value const* meta, std::string_view name) {
  auto const* const member = meta == nullptr ? nullptr : meta->find(name);
  auto const* const text = member == nullptr ? nullptr : member->as_string();
  return text != nullptr && is_top_hash(*text) ? std::optional{*text} : std::nullopt;
}

}  // namespace detail

WAYBILL_DECL table_keys keys_of(std::string_view table) {
  std::string base;
  for (char const c : table)
    if (static_cast<unsigned char>(c) >= 0x80 || c == ' ') base += c;
    else append_percent_encoded(base, {&c, 1}, percent_part::component);
  return {base + ".csv", base + ".schema.json"};
}

WAYBILL_DECL std::optional<std::string> table_version_set::parent() const {
  return detail::hash_member(manifest().header().user_meta(), "parent");
}

WAYBILL_DECL std::optional<std::string> table_version_set::hash_of(std::string_view table) const {
  auto const* const e = manifest().find(keys_of(table).rows);
  return e == nullptr ? std::nullopt : detail::hash_member(user_meta(*e), "table_hash");
}

WAYBILL_DECL result<schema> table_version_set::columns_of(std::string_view table) const {
  auto const text = version_.read(keys_of(table).columns, std::uint64_t{8} << 20);
  if (!text) return text.error();
  return parse_schema(*text);
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> table_version_set::open(std::string_view table) const {
  return version_.open_entry(keys_of(table).rows);
}

WAYBILL_DECL result<std::string> find_commit(registry const& in, package_name const& name, std::string_view text) {
  bool const hash = text.size() >= 6 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  package_ref ref{.name = name, .tag = {}, .hash = {}, .registry = {}, .path = {}};
  if (hash) ref.hash = std::string{text};
  else if (text != snapshot_branch) ref.tag = std::string{text};
  auto found = in.resolve(ref);
  if (found || !hash || found.error().code != errc::version_not_found) return found;
  // A tag may look like a hash.
  auto tagged = in.resolve({.name = name, .tag = std::string{text}, .hash = {}, .registry = {}, .path = {}});
  return tagged ? tagged : found;
}

WAYBILL_DECL result<table_version_set> open_version(registry const& in, package_name const& name,
                                                    std::string const& commit) {
  auto m = in.load(commit);
  if (!m) return m.error();
  return table_version_set{waybill::package{in, name, std::move(*m)}};
}

WAYBILL_DECL result<std::optional<table_version_set>> open_latest(registry const& in, package_name const& name) {
  auto const hash = in.resolve({.name = name, .tag = {}, .hash = {}, .registry = {}, .path = {}});
  if (!hash && hash.error().code == errc::package_not_found) return std::optional<table_version_set>{};
  if (!hash) return hash.error();
  auto version = open_version(in, name, *hash);
  if (!version) return version.error();
  return std::optional{std::move(*version)};
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

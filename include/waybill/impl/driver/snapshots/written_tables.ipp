#pragma once

#include <waybill/driver/snapshots/written_tables.hpp>

#include <waybill/core/bytes.hpp>
#include <waybill/core/in_file.hpp>
#include <waybill/driver/snapshots/workplace.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>
#include <waybill/json/write.hpp>
#include <waybill/registry/pointer.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

/// A name of any text, for a file.
inline std::string short_name(std::string_view text) {
  return hash_bytes<sha256_hasher>(as_bytes(text)).hex().substr(0, 32);
}

inline json::value to_json(written_table const& state) {
  json::object out{{"table", state.table}};
  if (state.base) json::set_member(out, "base", *state.base);
  json::set_member(out, "hash", state.hash);
  json::set_member(out, "schema", table::to_json(state.columns));
  return out;
}

inline error damaged(std::string_view why, std::string const& path) {
  return make_error(errc::corrupt_state, std::string{why} + "; remove the file, and write what it held again", path);
}

inline result<written_table> read_state(std::string_view text, std::string const& path) {
  auto const document = json::parse(text);
  if (!document) return in_file(document.error(), path);
  json::record_reader reader{*document};
  written_table out{
      reader.required_string("table"), reader.optional_string("base"), {}, reader.required_string("hash")};
  auto const& columns = reader.required_object("schema");
  if (auto const r = reader.finish(); !r) return in_file(r.error(), path);
  auto s = parse_schema(json::compact(columns));
  if (!s) return in_file(s.error(), path);
  // They become names of files and of versions.
  if (!is_top_hash(out.hash) || (out.base && !is_top_hash(*out.base))) return damaged("a hash in it is none", path);
  out.columns = std::move(*s);
  return out;
}

}  // namespace detail

WAYBILL_DECL written_tables::written_tables(root_directory const& in, std::string_view writer)
    : in_{&in}, folder_{"writers/" + detail::short_name(writer)} {}

WAYBILL_DECL std::string written_tables::rows_key(written_table const& state) const {
  return folder_ + "/" + detail::short_name(state.table) + "-" + state.hash + ".csv";
}

WAYBILL_DECL result<std::string> written_tables::schema_key(written_table const& state) const {
  auto key = folder_ + "/" + detail::short_name(state.table) + "-" + state.hash + ".schema";
  if (auto const r = write_whole(*in_, key, json::compact(to_json(state.columns)) + "\n"); !r) return r.error();
  return key;
}

WAYBILL_DECL result<std::vector<written_table>> written_tables::list() const {
  auto const keys = in_->files_below(folder_);
  if (!keys && keys.error().code == errc::file_not_found) return std::vector<written_table>{};
  if (!keys) return keys.error();
  std::vector<written_table> out;
  for (auto const& key : *keys) {
    if (!key.ends_with(".table.json")) continue;
    auto const text = read_whole(*in_, key);
    if (!text) return text.error();
    if (!*text) continue;
    auto state = detail::read_state(**text, in_->path() + "/" + key);
    if (!state) return state.error();
    out.push_back(std::move(*state));
  }
  std::sort(out.begin(), out.end(), [](auto const& a, auto const& b) { return a.table < b.table; });
  return out;
}

WAYBILL_DECL result<std::optional<written_table>> written_tables::find(std::string_view table) const {
  auto const key = folder_ + "/" + detail::short_name(table) + ".table.json";
  auto const text = read_whole(*in_, key);
  if (!text) return text.error();
  if (!*text) return std::optional<written_table>{};
  auto state = detail::read_state(**text, in_->path() + "/" + key);
  if (!state) return state.error();
  return std::optional{std::move(*state)};
}

WAYBILL_DECL result<void> written_tables::keep(written_table const& state, rows_writer&& rows) const {
  if (auto const r = std::move(rows).name(rows_key(state)); !r) return r;
  auto const key = folder_ + "/" + detail::short_name(state.table) + ".table.json";
  if (auto const r = write_whole(*in_, key, json::compact(detail::to_json(state)) + "\n"); !r) return r;
  return remove_other_files(state, false);
}

WAYBILL_DECL result<void> written_tables::drop(written_table const& state) const {
  auto const now = find(state.table);
  if (!now) return now.error();
  if (!*now || (*now)->hash != state.hash) return {};
  if (auto const r = in_->remove_file(folder_ + "/" + detail::short_name(state.table) + ".table.json"); !r) return r;
  return remove_other_files(state, true);
}

/// Files of states before, also of those whose writer was killed.
WAYBILL_DECL result<void> written_tables::remove_other_files(written_table const& state, bool all) const {
  auto const keys = in_->files_below(folder_);
  if (!keys && keys.error().code == errc::file_not_found) return {};
  if (!keys) return keys.error();
  auto const prefix = folder_ + "/" + detail::short_name(state.table) + "-";
  for (auto const& key : *keys)
    if (key.starts_with(prefix) && (all || key != rows_key(state)))
      if (auto const r = in_->remove_file(key); !r) return r;
  return {};
}

WAYBILL_DECL result<std::optional<begun_commit>> written_tables::begun() const {
  auto const key = folder_ + "/commit.json";
  auto const text = read_whole(*in_, key);
  if (!text) return text.error();
  if (!*text) return std::optional<begun_commit>{};
  auto const path = in_->path() + "/" + key;
  auto const document = json::parse(**text);
  if (!document) return in_file(document.error(), path);
  json::record_reader reader{*document};
  begun_commit out{reader.required_string("commit"), reader.optional_string("parent"), {}};
  for (auto const& item : reader.required_array("tables")) {
    json::record_reader member{item};
    out.tables.push_back({member.required_string("table"), {}, {}, member.required_string("hash")});
    if (auto const r = member.finish(); !r) return in_file(r.error(), path);
  }
  if (auto const r = reader.finish(); !r) return in_file(r.error(), path);
  if (!is_top_hash(out.commit)) return detail::damaged("a hash in it is none", path);
  return std::optional{std::move(out)};
}

WAYBILL_DECL result<void> written_tables::note_begun(begun_commit const& commit) const {
  json::array tables;
  for (auto const& t : commit.tables) tables.emplace_back(json::object{{"table", t.table}, {"hash", t.hash}});
  json::object document{{"commit", commit.commit}};
  if (commit.parent) json::set_member(document, "parent", *commit.parent);
  json::set_member(document, "tables", std::move(tables));
  return write_whole(*in_, folder_ + "/commit.json", json::compact(document) + "\n");
}

WAYBILL_DECL result<void> written_tables::forget_begun() const { return in_->remove_file(folder_ + "/commit.json"); }

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

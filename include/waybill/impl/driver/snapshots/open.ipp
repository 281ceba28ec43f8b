#pragma once

#include <waybill/driver/snapshots/open.hpp>

#include <waybill/core/drain.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/driver/snapshots/commit.hpp>
#include <waybill/driver/snapshots/intake.hpp>
#include <waybill/driver/snapshots/versions.hpp>
#include <waybill/driver/snapshots/workplace.hpp>
#include <waybill/driver/snapshots/written_tables.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

inline error no_table(std::string_view table, std::string_view where) {
  return make_error(errc::object_not_found, "there is no table '" + printable(table) + "' " + std::string{where},
                    printable(table));
}

/// What a registry says of a version that is not there, in the words of a database.
inline error as_version(error e, std::string_view name) {
  if (e.code == errc::package_not_found)
    return make_error(errc::version_not_found, "nothing was committed to this database yet", printable(name));
  if (e.code == errc::tag_not_found || e.code == errc::malformed_reference || e.code == errc::usage)
    e.code = errc::version_not_found;
  return e;
}

class snapshot_database final : public database {
 public:
  snapshot_database(registry home, snapshot_options options)
      : home_{std::move(home)}, options_{std::move(options)}, place_{options_.directory} {}

  [[nodiscard]] std::string const& name() const noexcept override { return options_.name; }
  [[nodiscard]] result<lineage::table_version> read(read_request const& what, byte_sink& csv) override;
  [[nodiscard]] result<lineage::table_version> write(write_request const& what, byte_source& csv) override;
  [[nodiscard]] result<std::vector<committed>> commit(commit_request const& what) override;
  [[nodiscard]] result<void> diff(std::string_view table, std::string_view from, std::string_view to,
                                  change_visitor const& visit) override;
  [[nodiscard]] result<std::string> commit_of(std::string_view text) override {
    auto const version = version_at(text);
    if (!version) return version.error();
    return version->commit();
  }

 private:
  [[nodiscard]] result<std::optional<table_version_set>> latest();
  [[nodiscard]] result<table_version_set> version_at(std::string_view text);
  [[nodiscard]] result<std::optional<lineage::table_version>> read_written(read_request const& what, byte_sink& csv);

  registry home_;
  snapshot_options options_;
  workplace place_;
};

inline result<std::optional<table_version_set>> snapshot_database::latest() {
  auto const package = place_.package();
  if (!package) return package.error();
  if (!*package) return std::optional<table_version_set>{};
  return open_latest(home_, **package);
}

inline result<table_version_set> snapshot_database::version_at(std::string_view text) {
  auto const package = place_.package();
  if (!package) return package.error();
  if (!*package) return as_version(make_error(errc::package_not_found, {}), text);
  auto const commit = find_commit(home_, **package, text);
  if (!commit) return as_version(commit.error(), text);
  return open_version(home_, **package, *commit);
}

inline result<std::optional<lineage::table_version>> snapshot_database::read_written(read_request const& what,
                                                                                     byte_sink& csv) {
  auto const root = place_.root(false);
  if (!root) return root.error();
  if (*root == nullptr) return std::optional<lineage::table_version>{};
  // His own state may be merged and replaced by a commit of his meanwhile.
  auto const lock = place_.lock();
  if (!lock) return lock.error();
  written_tables const mine{**root, what.writer};
  auto const state = mine.find(what.table);
  if (!state) return state.error();
  if (!*state) return std::optional<lineage::table_version>{};
  auto const bytes = open_bytes(**root, mine.rows_key(**state));
  if (!bytes) return bytes.error();
  if (auto const drained = drain_into(**bytes, csv); !drained) return drained.error();
  lineage::table_version out;
  out.db = name();
  out.table = what.table;
  out.branch = std::string{snapshot_branch};
  out.commit = (*state)->base;
  out.hash = (*state)->hash;
  out.dirty = true;
  return std::optional{std::move(out)};
}

inline result<lineage::table_version> snapshot_database::read(read_request const& what, byte_sink& csv) {
  if (what.query)
    return make_error(
        errc::refused,
        "tables without Dolt cannot be asked in SQL; read the whole table, or keep it in Dolt (a --db with "
        "a .dolt directory, made by `dolt init`)",
        printable(what.table));
  if (!what.as_of && !what.writer.empty()) {
    auto written = read_written(what, csv);
    if (!written) return written.error();
    if (*written) return std::move(**written);
  }
  std::optional<table_version_set> version;
  if (what.as_of) {
    auto found = version_at(*what.as_of);
    if (!found) return found.error();
    version = std::move(*found);
  } else {
    auto found = latest();
    if (!found) return found.error();
    version = std::move(*found);
  }
  if (!version || !version->has(what.table))
    return no_table(what.table, version ? "at commit " + version->commit().substr(0, 9) : "in " + printable(name()));
  auto const rows = version->open(what.table);
  if (!rows) return rows.error();
  if (auto const drained = drain_into(**rows, csv); !drained) return drained.error();
  lineage::table_version out;
  out.db = name();
  out.table = what.table;
  if (!what.as_of || *what.as_of == snapshot_branch) out.branch = std::string{snapshot_branch};
  out.commit = version->commit();
  out.hash = version->hash_of(what.table);
  return out;
}

inline result<lineage::table_version> snapshot_database::write(write_request const& what, byte_source& csv) {
  if (auto const named = check_name(what.table); !named) return named.error();
  auto const root = place_.root(true);
  if (!root) return root.error();
  auto const lock = place_.lock();
  if (!lock) return lock.error();
  if (auto const package = place_.make_package(options_.suffix()); !package) return package.error();
  written_tables const mine{**root, what.writer};
  auto const state = mine.find(what.table);
  if (!state) return state.error();
  auto version = latest();
  if (!version) return version.error();
  std::optional<table_before> before;
  auto base = *version ? std::optional{(*version)->commit()} : std::nullopt;
  if (*state) {
    base = (*state)->base;
    before = table_before{(*state)->columns, [&] { return read_rows(**root, mine.rows_key(**state)); }};
  } else if (*version && (*version)->has(what.table)) {
    auto columns = (*version)->columns_of(what.table);
    if (!columns) return columns.error();
    before = table_before{std::move(*columns), [&]() -> result<readable_rows> {
                            auto source = (*version)->open(what.table);
                            if (!source) return source.error();
                            return read_rows(std::move(*source));
                          }};
  }
  auto taken = take_rows(**root, what, before, csv);
  if (!taken) return taken.error();
  written_table const next{what.table, base, taken->columns, taken->hash};
  if (auto const kept = mine.keep(next, std::move(taken->rows)); !kept) return kept.error();
  lineage::table_version out;
  out.db = name();
  out.table = what.table;
  out.hash = next.hash;
  return out;
}

inline result<std::vector<committed>> snapshot_database::commit(commit_request const& what) {
  std::vector<committed> out;
  auto const package = place_.package();
  if (!package) return package.error();
  if (!*package) return out;
  auto const root = place_.root(true);
  if (!root) return root.error();
  auto const lock = place_.lock();
  if (!lock) return lock.error();
  commit_place const place{home_, **package, **root, name(), options_.now};
  for (auto const& who : what.writers) {
    auto done = commit_tables(place, who, what.message, what.allow_empty);
    if (!done) return done.error();
    for (auto& one : *done) out.push_back(std::move(one));
  }
  return out;
}

inline result<void> snapshot_database::diff(std::string_view table, std::string_view from, std::string_view to,
                                            change_visitor const& visit) {
  std::vector<table_version_set> versions;
  for (auto const name : {from, to}) {
    auto version = version_at(name);
    if (!version) return version.error();
    versions.push_back(std::move(*version));
  }
  if (!versions[0].has(table) && !versions[1].has(table)) return no_table(table, "at either commit");
  std::vector<readable_rows> rows;
  std::vector<schema> columns;
  for (auto const& version : versions) {
    if (!version.has(table)) continue;
    auto known = version.columns_of(table);
    if (!known) return known.error();
    auto source = version.open(table);
    if (!source) return source.error();
    auto opened = read_rows(std::move(*source));
    if (!opened) return opened.error();
    columns.push_back(std::move(*known));
    rows.push_back(std::move(*opened));
  }
  auto const key = primary_key_of(columns.back());
  if (primary_key_of(columns.front()) != key)
    return make_error(errc::refused, "the table's primary key changed between the two, so that rows cannot be compared",
                      printable(table));
  if (rows.size() == 1) {
    auto const at = versions[0].has(table) ? rows.end() : rows.begin();
    rows.insert(at, no_rows(names_of(columns.front())));
  }
  return compare_rows(rows[0].table, rows[1].table, key, visit);
}

}  // namespace detail

WAYBILL_DECL std::unique_ptr<database> open_snapshots(registry const& home, snapshot_options options) {
  return std::make_unique<detail::snapshot_database>(home, std::move(options));
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

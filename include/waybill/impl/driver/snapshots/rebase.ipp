#pragma once

#include <waybill/driver/snapshots/rebase.hpp>

#include <waybill/protocol/table/row_merge.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

/// One side of a merge; rows are empty where there is no such table.
struct merged_side {
  std::optional<schema> columns;
  std::optional<readable_rows> rows;
};

inline result<merged_side> side_of(std::optional<table_version_set> const& version, std::string_view table) {
  if (!version || !version->has(table)) return merged_side{};
  auto columns = version->columns_of(table);
  if (!columns) return columns.error();
  auto source = version->open(table);
  if (!source) return source.error();
  auto rows = read_rows(std::move(*source));
  if (!rows) return rows.error();
  return merged_side{std::move(*columns), std::move(*rows)};
}

/// The columns of the side that changed them; empty where both did, differently.
inline std::optional<schema> merged_columns(std::optional<schema> const& base, schema const& ours,
                                            schema const& theirs) {
  if (ours == theirs || ours == base) return theirs;
  if (theirs == base) return ours;
  return std::nullopt;
}

/// Values of a column have one form in each state only where they have one type, and rows one order where keys do.
inline bool are_alike(schema const& a, schema const& b) {
  if (a.primary_key != b.primary_key) return false;
  return std::all_of(a.columns.begin(), a.columns.end(), [&](column const& c) {
    auto const other =
        std::find_if(b.columns.begin(), b.columns.end(), [&](column const& d) { return d.name == c.name; });
    return other == b.columns.end() || other->type == c.type;
  });
}

}  // namespace detail

WAYBILL_DECL result<standing> rebase(root_directory const& in, written_tables const& writer, written_table& state,
                                     merge_versions const& versions) {
  auto const there = hash_in(versions.latest, state.table);
  if (there == state.hash) return standing::same;
  if (there == hash_in(versions.base, state.table)) return standing::ahead;
  auto base = detail::side_of(versions.base, state.table);
  if (!base) return base.error();
  auto theirs = detail::side_of(versions.latest, state.table);
  if (!theirs) return theirs.error();
  // A table that somebody took away while it was changed here.
  if (!theirs->columns) return standing::conflict;
  auto const columns = detail::merged_columns(base->columns, state.columns, *theirs->columns);
  if (!columns || !detail::are_alike(*columns, state.columns) || !detail::are_alike(*columns, *theirs->columns) ||
      (base->columns && !detail::are_alike(*columns, *base->columns)))
    return standing::conflict;
  auto ours = read_rows(in, writer.rows_key(state));
  if (!ours) return ours.error();
  if (!base->rows) base->rows.emplace(no_rows(names_of(*columns)));
  auto out = rows_writer::begin(in, *columns);
  if (!out) return out.error();
  bool disputed = false;
  auto const merged = merge_rows(
      {base->rows->table, ours->table, theirs->rows->table}, names_of(*columns), primary_key_of(*columns),
      [&](std::span<cell_view const> values) { return out->add(values); },
      [&](std::span<cell_view const>) {
        disputed = true;
        return result<void>{};
      });
  if (!merged) return merged.error();
  if (disputed) return standing::conflict;
  auto hash = out->finish();
  if (!hash) return hash.error();
  if (*hash == there) return standing::same;
  written_table next{state.table, versions.latest->commit(), *columns, std::move(*hash)};
  if (auto const r = writer.keep(next, std::move(*out)); !r) return r.error();
  state = std::move(next);
  return standing::ahead;
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

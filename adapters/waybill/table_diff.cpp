#include "table_diff.hpp"

#include <waybill/core/bytes.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/lineage/query.hpp>
#include <waybill/protocol/metaflow/identity.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "common/exit_code.hpp"
#include "common/records.hpp"
#include "common/tables.hpp"

namespace waybill_cli {
namespace json = waybill::json;
namespace lineage = waybill::lineage;
namespace table = waybill::table;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

/// The last commit of the table that a run wrote or read.
result<std::optional<std::string>> last_commit(context const& world, lineage::record_store const& store,
                                               lineage::run_name const& run, table_pair const& what,
                                               lineage::record_kind kind) {
  std::optional<std::string> out;
  lineage::scan_report seen;
  lineage::record_query query;
  query.kind = kind;
  auto const db = database_name(what.db);
  auto const looked = lineage::for_each_use_of(
      store, run, query,
      [&](lineage::found_record const& found) -> result<void> {
        auto const* const t = found.record.table();
        if (t != nullptr && t->table == what.table && database_name(t->db) == db && t->commit && !t->dirty)
          out = t->commit;
        return {};
      },
      seen);
  if (!looked) return looked.error();
  if (seen.damaged_lines != 0)
    world.out.note("waybill: warning: " + counted(seen.damaged_lines, "damaged line") + " of run records left out");
  return out;
}

/// The commit that a name of the command line stands for.
result<std::string> commit_for(context const& world, table::database& db, table_pair const& what,
                               std::string const& name) {
  auto const commit = db.commit_of(name);
  if (commit || commit.error().code != errc::version_not_found) return commit;
  auto const run = waybill::metaflow::parse_run(name);
  if (!run) return commit;
  auto const store = open_records(world, what.store, false);
  if (!store) return store.error();
  for (auto const kind : {lineage::record_kind::write, lineage::record_kind::read}) {
    auto const found = last_commit(world, *store, *run, what, kind);
    if (!found) return found.error();
    if (*found) return **found;
  }
  return make_error(errc::object_not_found,
                    "no commit of table '" + waybill::printable(what.table) + "' is recorded for this run; " +
                        "what it wrote may be uncommitted",
                    name);
}

json::value value_of(table::cell const& c) {
  if (!c) return nullptr;
  if (waybill::find_invalid_utf8(*c) == std::string::npos) return *c;
  return json::object{{"base64", waybill::to_base64(waybill::as_bytes(*c))}};
}

json::value row_of(std::span<std::string const> columns, table::row const& values) {
  if (columns.empty()) return nullptr;
  json::object out;
  for (std::size_t i = 0; i != columns.size(); ++i) out.emplace_back(columns[i], value_of(values[i]));
  return out;
}

json::value key_of(table::row_change const& c) {
  auto const& columns = c.new_columns.empty() ? c.old_columns : c.new_columns;
  auto const all = row_of(columns, c.new_columns.empty() ? c.old_row : c.new_row);
  json::object out;
  for (auto const& name : c.primary_key)
    if (auto const* const v = all.find(name)) out.emplace_back(name, *v);
  return out;
}

std::string_view word_of(table::change_kind kind) {
  return kind == table::change_kind::added ? "added" : kind == table::change_kind::removed ? "removed" : "modified";
}

std::string shown(table::cell const& c) { return c ? waybill::printable(*c) : "NULL"; }

/// `+ id=1 v=a`, `- id=1 v=a`, `~ id=1 v=a -> b`, with the columns that differ.
std::string line_of(table::row_change const& c) {
  std::string out = c.kind == table::change_kind::added ? "+" : c.kind == table::change_kind::removed ? "-" : "~";
  auto const add = [&](std::string const& name, std::string const& text) {
    out += " " + waybill::printable(name) + "=" + text;
  };
  auto const place = [](std::span<std::string const> columns, std::string const& name) {
    return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin());
  };
  bool const removed = c.kind == table::change_kind::removed;
  auto const& columns = removed ? c.old_columns : c.new_columns;
  auto const& values = removed ? c.old_row : c.new_row;
  for (std::size_t i = 0; i != columns.size(); ++i) {
    if (c.kind != table::change_kind::modified) {
      add(columns[i], shown(values[i]));
      continue;
    }
    auto const at = place(c.old_columns, columns[i]);
    auto const before = at < c.old_row.size() ? c.old_row[at] : table::cell{};
    bool const key = place(c.primary_key, columns[i]) != c.primary_key.size();
    if (key) add(columns[i], shown(values[i]));
    else if (before != values[i]) add(columns[i], shown(before) + " -> " + shown(values[i]));
  }
  for (std::size_t i = 0; c.kind == table::change_kind::modified && i != c.old_columns.size(); ++i)
    if (place(columns, c.old_columns[i]) == columns.size() && c.old_row[i])
      add(c.old_columns[i], shown(c.old_row[i]) + " -> NULL");
  return out + "\n";
}

}  // namespace

result<answer> table_diff(context const& world, table_pair const& what) {
  auto const db = open_tables(world, what.db, what.dolt, tables_use::read);
  if (!db) return db.error();
  auto const from = commit_for(world, **db, what, what.before);
  if (!from) return from.error();
  auto const to = commit_for(world, **db, what, what.after);
  if (!to) return to.error();
  bool const text = world.out.format == output_format::text;
  std::array<std::uint64_t, 3> counts{};
  json::array rows;
  auto const compared = (*db)->diff(what.table, *from, *to, [&](table::row_change const& c) -> result<void> {
    ++counts[static_cast<std::size_t>(c.kind)];
    if (what.stat) return {};
    if (text) return world.out.write(line_of(c));
    rows.push_back(json::object{{"kind", word_of(c.kind)},
                                {"key", key_of(c)},
                                {"old", row_of(c.old_columns, c.old_row)},
                                {"new", row_of(c.new_columns, c.new_row)}});
    return {};
  });
  if (!compared) return compared.error();
  answer out;
  std::string summary;
  for (auto const kind : {table::change_kind::added, table::change_kind::removed, table::change_kind::modified}) {
    auto const n = counts[static_cast<std::size_t>(kind)];
    out.members.emplace_back(word_of(kind), json::value::integer(n));
    summary += (summary.empty() ? "" : ", ") + std::to_string(n) + " " + std::string{word_of(kind)};
    if (n != 0) out.exit = exit_differences;
  }
  out.text = summary + "\n";
  out.members.emplace_back("from", *from);
  out.members.emplace_back("to", *to);
  out.members.emplace_back("rows", std::move(rows));
  out.rows = "rows";
  return out;
}

}  // namespace waybill_cli

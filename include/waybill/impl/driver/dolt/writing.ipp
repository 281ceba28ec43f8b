#pragma once

#include <waybill/driver/dolt/writing.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/driver/dolt/place.hpp>
#include <waybill/driver/dolt/spool.hpp>
#include <waybill/protocol/dolt/insert.hpp>
#include <waybill/protocol/dolt/names.hpp>
#include <waybill/protocol/dolt/sql_text.hpp>
#include <waybill/protocol/dolt/table_form.hpp>
#include <waybill/protocol/table/csv_table.hpp>
#include <waybill/protocol/table/inference.hpp>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {
namespace detail {

/// The rows of a write, from the first on. @lifetime refers to the spool
struct spooled_rows {
  std::unique_ptr<byte_source> from;
  table::csv_table rows;
};

inline result<spooled_rows> rows_in(spool const& kept) {
  auto from = kept.read();
  auto rows = table::csv_table::open(*from);
  if (!rows) return rows.error();
  return spooled_rows{std::move(from), std::move(*rows)};
}

/// Reads all of it once: what is no table is found before the database is opened.
inline result<void> check_rows(spool const& kept) {
  auto in = rows_in(kept);
  if (!in) return in.error();
  for (auto const& column : in->rows.columns())
    if (auto const r = check_sayable(column, "the column"); !r) return r.error();
  for (;;) {
    auto const row = in->rows.next();
    if (!row) return row.error();
    if (!*row) return {};
  }
}

inline result<table::schema> inferred(spool const& kept, std::vector<std::string> key) {
  auto in = rows_in(kept);
  if (!in) return in.error();
  table::schema_inference infer{in->rows.columns()};
  for (;;) {
    auto const row = in->rows.next();
    if (!row) return row.error();
    if (!*row) return infer.finish(std::move(key));
    infer.see(**row);
  }
}

inline bool same_names(std::vector<std::string> a, std::vector<std::string> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  return a == b;
}

/// What a new table will be.
inline result<table::schema> schema_of_new(table::write_request const& what, spool const& kept) {
  auto key = what.primary_key;
  if (key.empty() && what.columns) key = what.columns->primary_key;
  if (key.empty())
    return make_error(errc::usage, "a new table needs a primary key; name its columns with --pk", what.table);
  if (!what.columns) return inferred(kept, std::move(key));
  if (!what.columns->primary_key.empty() && !same_names(key, what.columns->primary_key))
    return make_error(errc::usage, "the primary key is not that of the schema", what.table);
  auto columns = *what.columns;
  if (columns.primary_key.empty()) columns.primary_key = std::move(key);
  return table::checked(std::move(columns));
}

/// Whether rows of these columns can go into a table.
inline result<void> check_fit(table_form const& into, table::write_request const& what,
                              std::span<std::string const> columns) {
  auto const refuse = [&](std::string detail) { return make_error(errc::usage, std::move(detail), what.table); };
  auto const& key = into.columns.primary_key;
  if (!what.primary_key.empty() && !same_names(key, what.primary_key))
    return refuse("the table has another primary key than the one given; leave --pk out, or name that one");
  for (auto const& name : columns)
    if (std::ranges::find(into.columns.columns, name, &table::column::name) == into.columns.columns.end())
      return refuse("the table has no column '" + printable(name) + "'");
  for (auto const& name : key)
    if (std::ranges::find(columns, name) == columns.end())
      return refuse("the rows lack the column '" + printable(name) + "' of the primary key");
  if (key.empty() && what.mode == table::write_mode::upsert)
    return refuse("the table has no primary key by which rows could be found; append rows, or replace all");
  if (into.more_unique_keys && what.mode == table::write_mode::upsert && columns.size() != into.columns.columns.size())
    return refuse("the table has more unique keys than its primary key; rows for it need all columns");
  return {};
}

inline result<void> put_rows(session& in, table_form const& into, table::write_request const& what,
                             table::csv_table& rows) {
  insert_text text{into, rows.columns(), what.mode == table::write_mode::upsert};
  for (;;) {
    auto const row = rows.next();
    if (!row) return row.error();
    if (*row && !text.add(**row)) continue;
    if (auto const statements = text.take(); !statements.empty())
      if (auto const r = in.say(statements); !r) return r.error();
    if (!*row) return {};
  }
}

/// Makes and fills a table on a branch of its own, and takes it over into the writer's.
inline result<void> write_new(session& in, place const& at, std::string const& own, table::write_request const& what,
                              spool const& kept, table::csv_table& rows) {
  auto columns = schema_of_new(what, kept);
  if (!columns) return columns.error();
  table_form const form{what.table, std::move(*columns), false};
  if (auto const r = check_fit(form, what, rows.columns()); !r) return r.error();
  auto const aside = own + "%new";  // no writer's: a `%` of his is followed by digits
  if (auto const r = make_branch(in, aside, own); !r) return r.error();
  if (auto const r = go_to(in, at, aside); !r) return r.error();
  if (auto const r = run(in, create_table_text(what.table, form.columns)); !r) return r.error();
  if (auto const r = run(in, "START TRANSACTION"); !r) return r.error();
  if (auto const r = put_rows(in, form, what, rows); !r) return r.error();
  auto const table = quoted_text(what.table);
  if (auto const r = run(in, "CALL DOLT_ADD(" + table + ")"); !r) return r.error();
  if (auto const r = run(in, "CALL DOLT_COMMIT('-m', 'waybill: rows on their way')"); !r) return r.error();
  if (auto const r = go_to(in, at, own); !r) return r.error();
  if (auto const r = run(in, "CALL DOLT_CHECKOUT(" + quoted_text(aside) + ", '--', " + table + ")"); !r)
    return r.error();
  return run(in, "CALL DOLT_BRANCH('-D', " + quoted_text(aside) + ")");
}

inline result<void> write_known(session& in, table::write_request const& what, table::csv_table& rows) {
  auto const form = form_of(in, what.table);
  if (!form) return form.error();
  if (auto const r = check_fit(*form, what, rows.columns()); !r) return r.error();
  if (auto const r = run(in, "START TRANSACTION"); !r) return r.error();
  if (what.mode == table::write_mode::replace)
    if (auto const r = run(in, "DELETE FROM " + quoted_name(what.table)); !r) return r.error();
  if (auto const r = put_rows(in, *form, what, rows); !r) return r.error();
  return run(in, "COMMIT");
}

inline result<lineage::table_version> write_once(connection const& to, table::write_request const& what,
                                                 spool const& kept) {
  auto rows = rows_in(kept);
  if (!rows) return rows.error();
  auto in = session::open(to);
  if (!in) return in.error();
  auto const at = place_of(*in);
  if (!at) return at.error();
  lineage::table_version out{.db = to.name, .table = what.table, .branch = branch_of(what.writer)};
  auto const head = head_of(*in, *out.branch);
  if (!head) return head.error();
  if (!*head)
    if (auto const r = make_branch(*in, *out.branch, at->branch); !r) return r.error();
  if (auto const r = go_to(*in, *at, *out.branch); !r) return r.error();
  auto const known = has_table(*in, what.table);
  if (!known) return known.error();
  auto const written =
      *known ? write_known(*in, what, rows->rows) : write_new(*in, *at, *out.branch, what, kept, rows->rows);
  if (!written) return written.error();
  auto hash = hash_of(*in, what.table);
  if (!hash) return hash.error();
  out.hash = std::move(*hash);
  if (auto const r = in->end(); !r) return r.error();
  return out;
}

}  // namespace detail

WAYBILL_DECL result<lineage::table_version> write_table(connection const& to, table::write_request const& what,
                                                        byte_source& csv) {
  if (what.writer.empty()) return make_error(errc::usage, "rows need a writer whose they are", what.table);
  if (auto const r = check_sayable(what.table, "the table"); !r) return r.error();
  auto const kept = spool::of(csv);
  if (!kept) return kept.error();
  if (auto const r = detail::check_rows(*kept); !r) return r.error();
  return repeat(to.wait, [&] { return detail::write_once(to, what, *kept); });
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

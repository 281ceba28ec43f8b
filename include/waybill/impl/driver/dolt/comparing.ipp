#pragma once

#include <waybill/driver/dolt/comparing.hpp>

#include <waybill/driver/dolt/place.hpp>
#include <waybill/protocol/dolt/diff_columns.hpp>
#include <waybill/protocol/dolt/sql_text.hpp>
#include <waybill/protocol/table/csv.hpp>

#include <string>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {
namespace detail {

/// The primary key of a table at a commit; empty where it is not there.
inline result<std::vector<std::string>> key_at(session& in, place const& at, std::string const& commit,
                                               std::string const& table) {
  if (auto const r = go_to(in, at, commit); !r) return r.error();
  auto const there = has_table(in, table);
  if (!there) return there.error();
  if (!*there) return std::vector<std::string>{};
  auto form = form_of(in, table);
  if (!form) return form.error();
  return std::move(form->columns.primary_key);
}

/// Hands on the rows of a comparison.
inline result<void> visit_rows(byte_source& from, std::span<std::string const> key, table::change_visitor const& visit,
                               bool& touched) {
  table::csv_reader rows{from};
  auto const head = rows.next();
  if (!head) return head.error();
  std::vector<std::string> names;
  if (*head)
    for (auto const& name : **head) names.emplace_back(name.value_or(std::string_view{}));
  auto const columns = diff_columns::of(names);
  if (!columns) return columns.error();
  table::row old_row, new_row;
  for (;;) {
    auto const values = rows.next();
    if (!values) return values.error();
    if (!*values) return {};
    if ((*values)->size() != names.size())
      return make_error(errc::unsupported, "dolt's comparison has a row with more or fewer values than names");
    auto const kind = columns->split(**values, old_row, new_row);
    if (!kind) return kind.error();
    touched = true;
    auto const shown = [](table::row const& r, std::vector<std::string> const& of) {
      return r.empty() ? std::span<std::string const>{} : std::span{of};
    };
    if (auto const r = visit(
            {*kind, key, shown(old_row, columns->old_columns), shown(new_row, columns->new_columns), old_row, new_row});
        !r)
      return r.error();
  }
}

inline result<void> compare_once(connection const& to_db, std::string const& table, std::string_view from,
                                 std::string_view to, table::change_visitor const& visit, bool& touched) {
  auto in = session::open(to_db);
  if (!in) return in.error();
  auto const at = place_of(*in);
  if (!at) return at.error();
  auto const old_commit = resolve(*in, from);
  if (!old_commit) return old_commit.error();
  auto const new_commit = resolve(*in, to);
  if (!new_commit) return new_commit.error();
  auto const old_key = key_at(*in, *at, *old_commit, table);
  if (!old_key) return old_key.error();
  auto const new_key = key_at(*in, *at, *new_commit, table);
  if (!new_key) return new_key.error();
  if (old_key->empty() && new_key->empty())
    return make_error(errc::object_not_found, "neither commit has such a table with a primary key", table);
  if (!old_key->empty() && !new_key->empty() && *old_key != *new_key)
    return make_error(errc::refused, "the table's primary key is another one on the other side; rows have no pairs",
                      table);
  auto const statement = "SELECT * FROM DOLT_DIFF(" + quoted_text(*old_commit) + ", " + quoted_text(*new_commit) +
                         ", " + quoted_text(table) + ")";
  if (auto const r = in->begin_last(statement); !r) return r.error();
  return visit_rows(*in, new_key->empty() ? *old_key : *new_key, visit, touched);
}

}  // namespace detail

WAYBILL_DECL result<void> compare_table(connection const& in, std::string_view table, std::string_view from,
                                        std::string_view to, table::change_visitor const& visit) {
  if (auto const r = check_sayable(table, "the table"); !r) return r.error();
  bool touched = false;
  return repeat(
      in.wait, [&] { return detail::compare_once(in, std::string{table}, from, to, visit, touched); },
      [&] { return !touched; });
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

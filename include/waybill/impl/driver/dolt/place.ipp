#pragma once

#include <waybill/driver/dolt/place.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/protocol/dolt/names.hpp>
#include <waybill/protocol/dolt/sql_text.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {
namespace detail {

inline result<std::string> needed(result<table::cell> answer, std::string const& what) {
  if (!answer) return answer.error();
  if (!*answer) return make_error(errc::unsupported, "dolt gives no answer to what " + what + " is");
  return std::move(**answer);
}

}  // namespace detail

WAYBILL_DECL result<void> run(session& in, std::string_view statement) {
  auto const r = in.ask(statement);
  if (!r) return r.error();
  return {};
}

WAYBILL_DECL result<place> place_of(session& in) {
  auto rows = in.ask("SELECT DATABASE(), active_branch()");
  if (!rows) return rows.error();
  if (rows->size() != 1 || rows->front().size() != 2 || !rows->front()[0] || !rows->front()[1])
    return make_error(errc::refused, "the database has no active branch; check one out");
  return place{std::move(*rows->front()[0]), std::move(*rows->front()[1])};
}

WAYBILL_DECL result<std::optional<std::string>> head_of(session& in, std::string const& branch) {
  return in.ask_one("SELECT hash FROM dolt_branches WHERE name = " + quoted_text(branch));
}

WAYBILL_DECL result<void> make_branch(session& in, std::string const& name, std::string const& from) {
  return run(in, "CALL DOLT_BRANCH('-f', " + quoted_text(name) + ", " + quoted_text(from) + ")");
}

WAYBILL_DECL result<void> go_to(session& in, place const& at, std::string_view revision) {
  return run(in, "USE " + quoted_name(at.database + "/" + std::string{revision}));
}

WAYBILL_DECL result<std::string> resolve(session& in, std::string_view name) {
  if (auto const r = check_sayable(name, "the version"); !r)
    return make_error(errc::version_not_found, r.error().detail);
  auto hash = detail::needed(in.ask_one("SELECT DOLT_HASHOF(" + quoted_text(name) + ")"), printable(name));
  if (!hash && hash.error().code == errc::permanent)
    return make_error(errc::version_not_found,
                      "there is no branch, tag or commit '" + printable(name) + "': " + hash.error().detail,
                      hash.error().path);
  return hash;
}

WAYBILL_DECL result<bool> has_table(session& in, std::string_view table) {
  auto const rows = in.ask("SHOW TABLES");
  if (!rows) return rows.error();
  auto const wanted = waybill::detail::ascii_lower_text(table);
  return std::ranges::any_of(*rows, [&](table::row const& r) {
    return !r.empty() && r.front() && waybill::detail::ascii_lower_text(*r.front()) == wanted;
  });
}

WAYBILL_DECL result<table_form> form_of(session& in, std::string const& table) {
  auto const columns = in.ask("SHOW COLUMNS FROM " + quoted_name(table));
  if (!columns) return columns.error();
  auto const indexes = in.ask("SHOW INDEX FROM " + quoted_name(table));
  if (!indexes) return indexes.error();
  return read_table_form(table, *columns, *indexes);
}

WAYBILL_DECL result<std::string> hash_of(session& in, std::string_view table) {
  return detail::needed(in.ask_one("SELECT DOLT_HASHOF_TABLE(" + quoted_text(table) + ")"), "the hash of a table");
}

WAYBILL_DECL result<bool> is_dirty(session& in, std::string_view table) {
  auto const count = detail::needed(
      in.ask_one("SELECT COUNT(*) FROM DOLT_DIFF_SUMMARY('HEAD', 'WORKING', " + quoted_text(table) + ")"), "dirty");
  if (!count) return count.error();
  return *count != "0";
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

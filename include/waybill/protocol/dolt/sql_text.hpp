#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/table/row_changes.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/// Stands behind each statement: Dolt repeats a statement when it complains of it, and the reason follows.
inline constexpr std::string_view statement_tail = " /* waybill */";

/** Ends each statement of a session, behind the tail. It is no `;`, so that a text of the caller's is one statement or
    an error. */
inline constexpr std::string_view statement_end = " /* waybill */\x1e\n";

/** Begins a session. Under these settings the texts of this header mean what they say, whatever the server's own are:
    backslashes escape, double quotes hold texts, a value that does not fit is an error, 0 is 0 in a counting column,
    timestamps are UTC, the end of a transaction is no commit of Dolt's, and conflicts are not committed. */
inline constexpr std::string_view session_start =
    "DELIMITER \x1e\n"
    "SET @@SESSION.sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO', @@SESSION.time_zone = '+00:00', "
    "@@SESSION.autocommit = 1, @@SESSION.dolt_transaction_commit = 0, @@SESSION.dolt_allow_commit_conflicts = 0, "
    "@@SESSION.dolt_force_transaction_commit = 0 /* waybill */\x1e\n";

/** Whether a text can be said to `dolt sql`: its scanner of statements takes `\` before a backtick for an escape, which
    it is not, and then waits for more.
    @errors errc::usage for such a name, and for bytes that are no UTF-8 or end a statement  @param what  names it */
[[nodiscard]] WAYBILL_DECL result<void> check_sayable(std::string_view text, std::string_view what);

/// A name of a table, column or branch in SQL, in backticks. @format MySQL 8.0 manual, section 11.2
[[nodiscard]] WAYBILL_DECL std::string quoted_name(std::string_view name);

/// A text in SQL, in single quotes, on one line. @format MySQL 8.0 manual, section 11.1.1
[[nodiscard]] WAYBILL_DECL std::string quoted_text(std::string_view text);

/// How values of a column are written in SQL.
enum class literal_kind : std::uint8_t {
  text,    ///< as a text, which the database converts: dates, decimals, JSON as well
  number,  ///< as it stands, if it is one
  truth,   ///< as a number, also where it is `true` or `false`, of any case
  bytes,   ///< in hex
};

/// What suits a column's type. @param type  as `SHOW COLUMNS` says it, of any case
[[nodiscard]] WAYBILL_DECL literal_kind literal_kind_of(std::string_view type);

/// Appends a value: `NULL`, a number, `X'…'` or a quoted text. What is no number is a text also in a column of numbers.
WAYBILL_DECL void append_literal(std::string& out, std::optional<std::string_view> value, literal_kind kind);

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/dolt/sql_text.ipp>
#endif

#pragma once

#include <waybill/protocol/dolt/failure.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/protocol/dolt/sql_text.hpp>

#include <string>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {
namespace detail {

/// What a complaint holds, in lower case, and what it means; the first that is met counts.
struct known_complaint {
  std::string_view words;
  errc code;
  std::string_view advice;
};

inline constexpr std::string_view busy = "another program has the database open; it is free when that one ends";
inline constexpr std::string_view met = "another one changed the same first; repeat it";
inline constexpr std::string_view away = "the server does not answer; start it, or wait until it is back";
inline constexpr std::string_view login = "log in as another user, or set DOLT_CLI_PASSWORD";
inline constexpr std::string_view no_table = "there is no such table in that state of the database";
inline constexpr std::string_view no_version =
    "there is no such branch, tag or commit; `dolt branch -a` and `dolt log` list them";
inline constexpr std::string_view in_the_way = "commit or undo what is not committed in these tables";
inline constexpr std::string_view known_key = "a row with that key is there already";
inline constexpr std::string_view bad_value = "a value does not fit its column; nothing was written";
inline constexpr std::string_view too_long = "a value is longer than Dolt takes in one statement";
inline constexpr std::string_view bad_query = "correct the names and the SQL";
inline constexpr std::string_view too_old = "this Dolt does not know it; waybill needs Dolt 1.43 or newer";

inline constexpr known_complaint known_complaints[] = {
    {"database is read only", errc::temporary, busy},
    {"cannot update manifest", errc::temporary, busy},
    {"locked by another dolt process", errc::temporary, busy},
    {"serialization failure", errc::temporary, met},
    {"error 1213", errc::temporary, met},
    {"conflicts with a committed transaction", errc::temporary, met},
    {"not possible to fast-forward", errc::temporary, met},
    {"optimistic lock failed", errc::temporary, met},
    {"connection refused", errc::temporary, away},
    {"connection reset", errc::temporary, away},
    {"invalid connection", errc::temporary, away},
    {"bad connection", errc::temporary, away},
    {"broken pipe", errc::temporary, away},
    {"unexpected eof", errc::temporary, away},
    {"i/o timeout", errc::temporary, away},
    {"server shutdown in progress", errc::temporary, away},
    {"no such host", errc::permanent, "there is no host of that name"},
    {"access denied", errc::denied, login},
    {"command denied", errc::denied, login},
    {"no authentication methods available", errc::denied, login},
    {"database not found", errc::object_not_found, "there is no such database; `SHOW DATABASES` lists them"},
    {"unknown database", errc::object_not_found, "there is no such database; `SHOW DATABASES` lists them"},
    {"table not found", errc::object_not_found, no_table},
    {"table doesn't exist", errc::object_not_found, no_table},
    {"stomped by merge", errc::refused, in_the_way},
    {"branch not found", errc::version_not_found, no_version},
    {"invalid ref spec", errc::version_not_found, no_version},
    {"target commit not found", errc::version_not_found, no_version},
    {"could not resolve", errc::version_not_found, no_version},
    {"invalid ancestor spec", errc::version_not_found, no_version},
    {"duplicate primary key", errc::collision, known_key},
    {"duplicate unique key", errc::collision, known_key},
    {"column could not be found", errc::usage, bad_query},
    {"could not be found in any table in scope", errc::usage, bad_query},
    {"unknown column", errc::usage, bad_query},
    {"error parsing sql", errc::usage, bad_query},
    {"syntax error", errc::usage, bad_query},
    {"non-nullable", errc::malformed_table, bad_value},
    {"out of range", errc::malformed_table, bad_value},
    {"too large for column", errc::malformed_table, bad_value},
    {"too long for column", errc::malformed_table, bad_value},
    {"incorrect", errc::malformed_table, bad_value},
    {"is not valid for", errc::malformed_table, bad_value},
    {"is not a valid", errc::malformed_table, bad_value},
    {"invalid type", errc::malformed_table, bad_value},
    {"invalid json", errc::malformed_table, bad_value},
    {"exceeded max query size", errc::too_large, too_long},
    {"packet for query is too large", errc::too_large, too_long},
    {"not a valid dolt repository", errc::file_not_found, "there is no database; `dolt init` makes one"},
    {"unknown option", errc::unsupported, too_old},
    {"stored procedure", errc::unsupported, too_old},
    {"function: ", errc::unsupported, too_old},
};

/// The reason in a complaint: what stands behind the statement that Dolt repeats, on one line.
inline std::string reason_in(std::string_view complaint) {
  constexpr std::size_t longest = 240;
  // Of a syntax error the statement is shown once more, with a sign below the place.
  auto const shown_again = complaint.find("\nError parsing SQL");
  if (shown_again != std::string_view::npos) {
    complaint.remove_prefix(shown_again + 1);
    auto const place = complaint.find("syntax error");
    complaint = complaint.substr(0, complaint.find('\n', place == std::string_view::npos ? 0 : place));
  }
  if (auto const tail = complaint.rfind(statement_tail); tail != std::string_view::npos)
    complaint.remove_prefix(tail + statement_tail.size());
  while (!complaint.empty() && (complaint.front() == ':' || complaint.front() == ' ')) complaint.remove_prefix(1);
  std::string out;
  for (char const c : waybill::detail::ascii_trimmed(complaint.substr(0, 4 * longest)))
    if (c != '\n' && c != '\t' && c != ' ') out += c;
    else if (!out.ends_with(' ')) out += ' ';
  if (out.size() > longest) out.resize(longest);
  return printable(replace_invalid_utf8(out));
}

}  // namespace detail

WAYBILL_DECL error failure_of(std::string_view complaint, std::string_view database) {
  auto const reason = detail::reason_in(complaint);
  auto const lower = waybill::detail::ascii_lower_text(reason);
  for (auto const& known : detail::known_complaints)
    if (lower.find(known.words) != std::string::npos)
      return make_error(known.code, "dolt says: " + reason + "; " + std::string{known.advice}, std::string{database});
  return make_error(errc::permanent,
                    reason.empty() ? "dolt ended without success and said nothing" : "dolt says: " + reason,
                    std::string{database});
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

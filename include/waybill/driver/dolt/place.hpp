#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/dolt/session.hpp>
#include <waybill/error.hpp>
#include <waybill/lineage/run_record.hpp>
#include <waybill/protocol/dolt/table_form.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/// The database of a session, and its branches. @errors of all functions here: those of session
struct place {
  std::string database{};  ///< as Dolt calls it
  std::string branch{};    ///< the active one: a directory's own, or a server's default
};

/// Runs a statement whose result does not matter.
[[nodiscard]] WAYBILL_DECL result<void> run(session& in, std::string_view statement);

/// Where a session is at its beginning. @errors errc::refused for a database without an active branch
[[nodiscard]] WAYBILL_DECL result<place> place_of(session& in);

/// The commit at the head of a branch; empty for no such branch.
[[nodiscard]] WAYBILL_DECL result<std::optional<std::string>> head_of(session& in, std::string const& branch);

/// Makes a branch at the head of another one; an older one of that name goes.
[[nodiscard]] WAYBILL_DECL result<void> make_branch(session& in, std::string const& name, std::string const& from);

/// Goes to a branch or commit: what follows is said of that. @pre it is there
[[nodiscard]] WAYBILL_DECL result<void> go_to(session& in, place const& at, std::string_view revision);

/// The commit that a name stands for. @errors errc::version_not_found
[[nodiscard]] WAYBILL_DECL result<std::string> resolve(session& in, std::string_view name);

/// Whether there is a table of that name, in whatever case, where the session is.
[[nodiscard]] WAYBILL_DECL result<bool> has_table(session& in, std::string_view table);

/// What a table where the session is consists of. @errors errc::object_not_found
[[nodiscard]] WAYBILL_DECL result<table_form> form_of(session& in, std::string const& table);

/// The hash of a table's columns and rows where the session is. @errors errc::object_not_found
[[nodiscard]] WAYBILL_DECL result<std::string> hash_of(session& in, std::string_view table);

/// Whether a table differs from the head of the branch where the session is.
[[nodiscard]] WAYBILL_DECL result<bool> is_dirty(session& in, std::string_view table);

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dolt/place.ipp>
#endif

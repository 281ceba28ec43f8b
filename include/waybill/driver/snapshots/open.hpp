#pragma once

#include <waybill/config.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/driver/table/database.hpp>
#include <waybill/registry/registry.hpp>

#include <functional>
#include <memory>
#include <string>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/// What a database of snapshots is given, as the kit knows none of it.
struct snapshot_options {
  std::string directory{};                ///< the database's own; made at the first write
  std::string name{};                     ///< what records call it
  std::function<timestamp()> now{};       ///< the time of a commit, UTC
  std::function<std::string()> suffix{};  ///< 8 characters of letters and digits that no other database has
};

/** A database of tables without a database program: each commit is a version of a package in a registry, which holds a
    CSV file and a schema for each table. Rows are read and merged as streams.

    Which package is written in the directory (see workplace.hpp), and so is what was not committed yet; it moves with
    the directory, and copies of it commit to the same package. Commits are named by top hash (6 digits are enough), by
    tag, or `latest`, which is the one branch. Writers on one machine wait for each other, and those elsewhere merge
    what is new.
    Values have the form of their types (see canonical_value), as Dolt writes them.
    @lifetime has a copy of the registry, which shares its store
    @errors   (besides those of table::database) errc::refused for queries; wrong_type, malformed_table, usage,
              collision of writes (see take_rows) */
[[nodiscard]] WAYBILL_DECL std::unique_ptr<database> open_snapshots(registry const& home, snapshot_options options);

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/snapshots/open.ipp>
#endif

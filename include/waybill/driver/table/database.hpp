#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/lineage/run_record.hpp>
#include <waybill/protocol/table/row_changes.hpp>
#include <waybill/protocol/table/schema.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/// What is read of a table.
struct read_request {
  std::string table{};
  std::optional<std::string> as_of{};  ///< commit, branch or tag; empty: what the writer sees
  std::optional<std::string> query{};  ///< SQL in the place of all rows; it sees the same state
  std::string writer{};                ///< who reads; his own uncommitted writes are seen. Empty: nobody's
};

/// How rows meet those that are there.
enum class write_mode : std::uint8_t {
  upsert,   ///< rows with a known primary key take the place of the old ones
  append,   ///< a known primary key is a collision
  replace,  ///< the rows given are all there will be
};

/// What is written to a table, which is made when there is none.
struct write_request {
  std::string table{};
  std::vector<std::string> primary_key{};  ///< columns, in order; of a new table at least one
  std::optional<schema> columns{};         ///< of a new table; empty: as its values say (see schema)
  write_mode mode = write_mode::upsert;
  std::string writer{};  ///< whose the rows are until they are committed
};

/// Tables that one writer wrote.
struct writer_tables {
  std::string writer{};
  std::vector<std::string> tables{};
};

/// What is made to last.
struct commit_request {
  std::vector<writer_tables> writers{};  ///< each gets a commit of exactly his own tables
  std::string message{};
  bool allow_empty = false;  ///< a commit even where nothing changed
};

/// What became of one writer's tables.
struct committed {
  std::string writer{};
  std::vector<lineage::table_version> tables{};  ///< with commit, branch and hash
  /// Tables whose rows somebody else changed in the meantime, differently. The commit is kept and can be read, but is
  /// not part of the branch
  std::vector<std::string> conflicts{};
};

/** Tables with versions: a Dolt database, or snapshots kept in a registry.

    What is written belongs to its writer (an attempt of a task) until it is committed: nobody else reads it, and
    nobody else commits it, so that tasks side by side have commits of their own.
    @threads   one call at a time; several objects and processes may use one database
    @errors    of all members: errc::object_not_found for no such table, version_not_found for no such commit,
               temporary for a database that stayed busy until the deadline, refused for what the kind of database
               cannot do; those of the place where it lies
*/
class database {
 public:
  virtual ~database() = default;

  /// As the caller named it, without a password: what records say.
  [[nodiscard]] virtual std::string const& name() const noexcept = 0;

  /** Writes rows as CSV, with a line of column names: RFC 4180 with `\n` ends; NULL is an empty field, an empty text
      `""`. Rows of a whole table come in the order of its primary key.
      @return what was read: commit and table hash; `dirty` and the hash of what was read where that is not committed */
  [[nodiscard]] virtual result<lineage::table_version> read(read_request const& what, byte_sink& csv) = 0;

  /** Takes rows from CSV with a line of column names, all or none.
      @return the table without a commit, with the hash that it has now */
  [[nodiscard]] virtual result<lineage::table_version> write(write_request const& what, byte_source& csv) = 0;

  /** Commits what writers wrote, one after the other, and puts it on the branch; each commit is tagged, so that no
      clean-up takes it. A writer of whom nothing is uncommitted is left out, unless `allow_empty` */
  [[nodiscard]] virtual result<std::vector<committed>> commit(commit_request const& what) = 0;

  /// Calls `visit` for each row that differs, in the order of the primary key. @param from, to  commits, branches, tags
  [[nodiscard]] virtual result<void> diff(std::string_view table, std::string_view from, std::string_view to,
                                          change_visitor const& visit) = 0;

  /// The full name of a commit that a branch, tag or commit's name stands for.
  [[nodiscard]] virtual result<std::string> commit_of(std::string_view name) = 0;
};

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/snapshots/rows_file.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/table/schema.hpp>
#include <waybill/scan/beneath.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/// A table as one writer left it, whole, and what it was made from.
struct written_table {
  std::string table{};
  std::optional<std::string> base{};  ///< the commit; empty: there was none
  schema columns{};
  std::string hash{};  ///< of columns and rows
};

/// A commit of one writer that was begun.
struct begun_commit {
  std::string commit{};
  std::optional<std::string> parent{};  ///< the commit it was made on
  std::vector<written_table> tables{};  ///< names and hashes only
};

/** What one writer wrote and did not commit yet, in files below `.waybill/writers/`.

    A table is a file of rows and one that names it, written in this order: who is killed leaves the state before, or
    the new one. Only its writer sees and commits it.
    @lifetime refers to the directory  @errors of all: errc::corrupt_state; unsafe_path, system errors
    @format   docs/formats.md#tables */
class written_tables {
 public:
  written_tables(root_directory const& in, std::string_view writer);

  /// By name.
  [[nodiscard]] result<std::vector<written_table>> list() const;
  [[nodiscard]] result<std::optional<written_table>> find(std::string_view table) const;
  /// Puts a state in the place of the one before. @param rows  finished
  [[nodiscard]] result<void> keep(written_table const& state, rows_writer&& rows) const;
  /// Forgets a state; a later one stays.
  [[nodiscard]] result<void> drop(written_table const& state) const;
  /// Where its rows lie, below the directory.
  [[nodiscard]] std::string rows_key(written_table const& state) const;
  /// The schema's document as a file, below the directory; written when it is asked for.
  [[nodiscard]] result<std::string> schema_key(written_table const& state) const;

  /// What is to be looked for if the commit's end is not seen.
  [[nodiscard]] result<std::optional<begun_commit>> begun() const;
  [[nodiscard]] result<void> note_begun(begun_commit const& commit) const;
  [[nodiscard]] result<void> forget_begun() const;

 private:
  [[nodiscard]] result<void> remove_other_files(written_table const& state, bool all) const;

  root_directory const* in_;
  std::string folder_;
};

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/snapshots/written_tables.ipp>
#endif

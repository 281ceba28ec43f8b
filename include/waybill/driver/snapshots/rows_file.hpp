#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/protocol/table/csv.hpp>
#include <waybill/protocol/table/csv_table.hpp>
#include <waybill/protocol/table/schema.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/file.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

/// Writes a file and hashes what it writes.
class hashed_file_sink final : public byte_sink {
 public:
  hashed_file_sink(int fd, std::string path) : file_{fd, std::move(path)} {}
  [[nodiscard]] result<void> write(byte_view bytes) override {
    hasher.update(bytes);
    return file_.write(bytes);
  }
  sha256_hasher hasher{};

 private:
  file_sink file_;
};

}  // namespace detail

/** Writes a state of a table into a file without a name, which it gets in the end, and says its hash.

    The hash is that of schema and rows alone: SHA-256 of `waybill-table-v1`, a line feed, the schema's document without
    white space, a line feed, and the rows as CSV. Rows are in canonical form and in the order of the primary key, so
    that equal tables have equal hashes, whatever they are called and however they came to be.
    @format docs/formats.md#tables */
class rows_writer {
 public:
  /// @lifetime refers to the directory  @errors system errors
  [[nodiscard]] static result<rows_writer> begin(root_directory const& in, schema const& s);
  /// @pre canonical values of all columns, behind the rows before  @errors system errors
  [[nodiscard]] result<void> add(std::span<cell_view const> values);
  /// @return the table's hash, 64 hex digits  @errors system errors
  [[nodiscard]] result<std::string> finish();
  /// Gives the file its name, when it is on disk for good. @errors system errors
  [[nodiscard]] result<void> name(std::string_view key) &&;

 private:
  rows_writer(root_directory::pending_file file, std::unique_ptr<detail::hashed_file_sink> sink)
      : file_{std::move(file)}, sink_{std::move(sink)}, csv_{*sink_} {}

  root_directory::pending_file file_;
  std::unique_ptr<detail::hashed_file_sink> sink_;
  csv_writer csv_;
};

/// Rows that can be read, with what they are read from.
struct readable_rows {
  std::unique_ptr<byte_source> source;
  csv_table table;
};

/// @errors as csv_table::open
[[nodiscard]] WAYBILL_DECL result<readable_rows> read_rows(std::unique_ptr<byte_source> source);
/// The same of a file. @errors errc::file_not_found; as csv_table::open
[[nodiscard]] WAYBILL_DECL result<readable_rows> read_rows(root_directory const& in, std::string_view key);
/// A table of these columns without a row.
[[nodiscard]] WAYBILL_DECL readable_rows no_rows(std::span<std::string const> columns);

/// The bytes of a file, which the source keeps open. @errors errc::file_not_found, unsafe_path, system errors
[[nodiscard]] WAYBILL_DECL result<std::unique_ptr<byte_source>> open_bytes(root_directory const& in,
                                                                           std::string_view key);

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/snapshots/rows_file.ipp>
#endif

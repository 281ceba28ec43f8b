#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/// A value somebody else owns; empty for NULL, which in CSV is a field without anything: an empty text is `""`.
using cell_view = std::optional<std::string_view>;

/// What a reader holds in memory at most.
struct csv_limits {
  std::size_t max_field = std::size_t{256} << 20;  ///< bytes, as written
  std::size_t max_row = std::size_t{512} << 20;    ///< bytes, as written
  std::size_t max_columns = 4096;
};

/** Reads the rows of a CSV text, one after the other.

    Lines end in `\n` or `\r\n`, the last one maybe in nothing; a byte order mark at the start is passed over. Between
    quotes every byte is data, a quote doubled; bytes need not be UTF-8. A line with nothing on it is a row of one NULL.
    @lifetime   refers to the source
    @complexity O(bytes); memory for the longest row, and 256 KiB
    @format     RFC 4180 section 2; NULL as Dolt writes it (`dolt sql -r csv`)
*/
class csv_reader {
 public:
  explicit csv_reader(byte_source& from, csv_limits limits = {});

  /** The next row, or empty at the end. @lifetime of the cells: until the next call
      @errors errc::malformed_table for a quote in a field that does not begin with one, for more than a comma behind a
              closing quote, and for a quote that is not closed; errc::too_large; the path is `line L, column C`, both
              counted from 1, columns in bytes; the source's */
  [[nodiscard]] result<std::optional<std::span<cell_view const>>> next();

  /// Line on which the row of the last `next` began, from 1.
  [[nodiscard]] std::uint64_t line() const noexcept { return row_line_; }

 private:
  enum class scan_end : std::uint8_t { whole, needs_more };
  struct field {
    std::size_t start, end;  ///< of the value in the buffer, without quotes
    bool quoted, doubled;    ///< doubled: it holds quotes that stand for one
  };

  [[nodiscard]] result<scan_end> scan();
  [[nodiscard]] result<bool> scan_quoted(std::size_t& at);
  [[nodiscard]] result<void> note_field(field f);
  [[nodiscard]] result<void> fill();
  [[nodiscard]] std::size_t undouble(field const& f) noexcept;
  [[nodiscard]] error at_place(errc code, std::string detail, std::size_t at) const;

  byte_source* from_;
  csv_limits limits_;
  std::vector<char> buffer_;  ///< one byte longer than what it may hold, for a mark behind the end
  std::size_t begin_ = 0;     ///< of the row that comes next
  std::size_t end_ = 0;       ///< of what was read
  std::size_t row_end_ = 0;   ///< of the row that was found, its line end included
  bool source_ended_ = false;
  bool started_ = false;
  std::uint64_t row_line_ = 0, next_line_ = 1;
  std::vector<field> fields_;
  std::vector<cell_view> cells_;
};

/// Appends a value as a field: quoted where it is an empty text, holds a comma, a quote, `\r` or `\n`, begins with
/// white space, or is `\.`; nothing for NULL. @format what Dolt 1.83.2 writes (untyped/csv/writer.go), byte for byte;
/// and a text that begins with a byte order mark, which would be lost where it comes first, is quoted
WAYBILL_DECL void append_csv_field(std::string& out, cell_view value);

/// Appends a row with its `\n`.
WAYBILL_DECL void append_csv_row(std::string& out, std::span<cell_view const> values);

/** Writes rows, 256 KiB at a time. @lifetime refers to the sink */
class csv_writer {
 public:
  explicit csv_writer(byte_sink& to) : to_{&to} {}

  /// @errors the sink's
  [[nodiscard]] result<void> write(std::span<cell_view const> values);
  /// The same of texts: a line of column names.
  [[nodiscard]] result<void> write_names(std::span<std::string const> names);
  /// Hands on what is held back; to be called at the end.
  [[nodiscard]] result<void> flush();

 private:
  byte_sink* to_;
  std::string held_;
};

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/table/csv.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/manifest/quilt_line.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// Bounds of what a reader takes in, so that a hostile manifest costs an error, not the machine's memory.
struct read_limits {
  std::size_t max_line = std::size_t{64} << 20;  ///< bytes of one line
  std::uint64_t max_entries = 100'000'000;
};

/** Splits a stream into lines with a fixed buffer that grows only for a long line.

    `\n` and `\r\n` end a line; the last one may lack its end.
*/
class line_reader {
 public:
  /// @lifetime `source` must outlive the reader
  /// @param lines_before  what line numbers start behind
  line_reader(byte_source& source, std::size_t max_line, std::size_t lines_before = 0)
      : source_{&source}, max_line_{max_line}, number_{lines_before} {}

  /** The next line without its end. @return false at the end of the stream
      @param line  set to the line; valid until the next call
      @errors errc::too_large; whatever the source says */
  [[nodiscard]] result<bool> next(std::string_view& line);
  /** Moves both readers over their next line when it is the same, end included; compares bytes where they lie.
      @return false, and nothing is moved, when the lines differ, one stream ends, or a line has no end or is too long:
              `next` then says which
      @errors whatever the sources say */
  [[nodiscard]] result<bool> next_if_equal(line_reader& other, std::string_view& line);
  /// Number of the line last returned, from 1.
  [[nodiscard]] std::size_t number() const noexcept { return number_; }

 private:
  [[nodiscard]] result<bool> refill();

  byte_source* source_;
  std::size_t max_line_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t number_;
  bool at_end_ = false;
};

/** Reads a Quilt JSONL manifest as a stream: the header, then line after line, in constant memory.

    Lines are checked one by one and against the line before: a reader that got to the end saw every line well formed
    and, if `sorted()`, walk order, no duplicate and no name that is file and directory at once. Quilt also reads
    unsorted manifests; `manifest_assembly` handles them, and checks directory lines against files, too.
    @format  docs/formats.md#quilt-manifest  @threads one thread at a time per object
*/
class manifest_reader {
 public:
  /// Reads the header line. @lifetime `source` must outlive the reader
  /// @errors as quilt::parse_header; malformed_manifest when there is none; too_large (a line); whatever the source
  ///         says
  [[nodiscard]] static result<manifest_reader> open(byte_source& source, read_limits limits = {});
  /// Reads lines from the middle of a manifest; `header()` is then none. @param lines_before  the header's included
  [[nodiscard]] static manifest_reader behind(byte_source& source, std::size_t lines_before, read_limits limits = {}) {
    return {source, limits, lines_before};
  }

  [[nodiscard]] manifest_header const& header() const noexcept { return header_; }

  /// One line in two forms. `plain` is set when the line has the canonical form and needs no parser
  /// (`quilt::is_valid`).
  struct item {
    std::string_view text;  ///< the line; valid until the next call
    std::string_view key;   ///< logical key, decoded; valid until the next call
    std::optional<quilt::plain_line> plain;
    std::optional<quilt::line> parsed;  ///< set when `plain` is not
  };

  /// The next line, checked. @return null at the end
  /// @errors as quilt::parse_line; duplicate_key, key_conflict (neighbours); malformed_manifest (a blank line);
  ///         too_large (a line, or too many entries); whatever the source says
  [[nodiscard]] result<item const*> next();
  /// The current item as an entry (parses it if only `plain` is set). @pre the item is no directory line
  /// @errors as quilt::to_entry
  [[nodiscard]] result<entry> to_entry(item const& i) const;
  /// The same, moved out of the reader; the current item is spent afterwards. @pre, @errors as to_entry
  [[nodiscard]] result<entry> take_entry();
  /// False once a line came out of walk order.
  [[nodiscard]] bool sorted() const noexcept { return sorted_; }
  /** Moves both readers over all lines that they share from here, checking each once for both: the fast path of a diff.

      Both then stand as after `next`, and `sorted()` of both counts these lines.
      @return entries skipped; directory lines do not count
      @errors as `next` of either */
  [[nodiscard]] result<std::uint64_t> skip_equal(manifest_reader& other);
  [[nodiscard]] std::size_t line_number() const noexcept { return lines_.number(); }

 private:
  manifest_reader(byte_source& source, read_limits limits, std::size_t lines_before = 0)
      : lines_{source, limits.max_line, lines_before}, limits_{limits} {}
  /// Checks a line that was just read; `item_` holds it afterwards.
  [[nodiscard]] result<void> accept(std::string_view text);
  [[nodiscard]] result<void> count_entry();
  [[nodiscard]] result<void> check_order(std::string_view key);

  line_reader lines_;
  read_limits limits_;
  manifest_header header_;
  item item_;
  std::string previous_key_;
  std::uint64_t entries_ = 0;
  bool sorted_ = true;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/manifest/reader.ipp>
#endif

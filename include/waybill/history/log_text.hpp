#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/history/record.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/// Where a log stands: what its next record has to follow.
struct log_end {
  std::uint64_t records = 0;               ///< how many there are
  std::string sum = std::string(64, '0');  ///< of the last one, 64 lower-case hex digits; zeros before the first

  friend bool operator==(log_end const&, log_end const&) = default;
};

/** Appends records as one batch: it is there whole, or not at all.

    A record is one line of JSON: `{"n", "batch": [i, of], …, "prev", "sum"}`. `sum` is the SHA-256 of what precedes it,
    `prev` the sum of the line before, so that no line can be changed, dropped or moved unseen.
    @return where the log stands then  @format docs/history.md#log */
WAYBILL_DECL log_end append_batch(std::string& out, log_end const& end, std::span<record const> records);

/// A record as it stands in a log.
struct log_entry {
  record what;
  log_end after;  ///< where the log stands behind it
  bool ends_batch = true;
};

/// What a log's text holds.
struct log_reading {
  std::vector<log_entry> records;  ///< of whole batches
  log_end end;                     ///< behind the last of them
  std::size_t length = 0;          ///< bytes up to there
  /** Bytes behind that are the beginning of a batch somebody did not finish: the next write drops them. A last line
      that lacks nothing but its end counts as written. */
  std::size_t torn = 0;
  bool needs_newline = false;  ///< the last line lacks its end: the next write adds it
  /// Set when there is damage before the end: errc::corrupt_state, the path names the record. The records before it are
  /// good, and nothing may be written.
  std::optional<error> damage;
};

/** Reads a log, or what of it follows from a point that is known.

    A line that is not what was written is never passed over: at the end of the text, without its newline, it is what a
    crash leaves (`torn`); anywhere else it is `damage`.
    @param start  where the log stands before the text
    @complexity O(text) */
[[nodiscard]] WAYBILL_DECL log_reading read_log(std::string_view text, log_end const& start = {});

namespace detail {

/// Appends a document as one line without its end, exactly: members in their order, numbers as they are (NaN, too),
/// strings in ASCII.
WAYBILL_DECL void append_line(std::string& out, json::value const& v);
/// Reads such a line: whatever a manifest may hold, and what a record puts around it. @errors errc::malformed_json
[[nodiscard]] WAYBILL_DECL result<json::value> parse_line(std::string_view line);

}  // namespace detail
}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/log_text.ipp>
#endif

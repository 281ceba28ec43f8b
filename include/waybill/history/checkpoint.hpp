#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/history/dataset.hpp>
#include <waybill/history/log_text.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/// Where a log was read up to, in the terms of its storage.
struct log_position {
  log_end end;             ///< what the next record has to follow
  std::uint64_t next = 0;  ///< bytes before that, where a log is one object; else 0

  friend bool operator==(log_position const&, log_position const&) = default;
};

/** What a dataset is at one point of its log, so that its records before need not be read again.

    Its size is that of the history and of what it changed, not of the dataset. Effective actions are kept without their
    params (but for what they cover), as nothing but a replay needs them; retracted ones with them.
    @format docs/history.md#checkpoints
*/
[[nodiscard]] WAYBILL_DECL std::string checkpoint_text(dataset const& d, log_position const& at);

/// A checkpoint that was read; without its files but for the timeline and the position.
struct checkpoint {
  timeline line;
  log_position at;
  state::changes changed;
  state::directory_map directories;
  json::value meta;
};

/// Reads one. @param files  false: without what became of the files, in a fraction of the time
/// @return empty for anything but what was written: a checkpoint can be done without
[[nodiscard]] WAYBILL_DECL std::optional<checkpoint> read_checkpoint(std::string_view text, bool files = true);

/// The front of a checkpoint, in a time that does not grow with the history; of its text some 4 KiB are enough.
struct checkpoint_front {
  dataset_end end;
  log_position at;
};
/// @return as read_checkpoint
[[nodiscard]] WAYBILL_DECL std::optional<checkpoint_front> read_checkpoint_front(std::string_view text);

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/checkpoint.ipp>
#endif

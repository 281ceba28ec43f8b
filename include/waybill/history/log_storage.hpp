#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/history/checkpoint.hpp>
#include <waybill/history/log_text.hpp>
#include <waybill/store/any_store.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/// What was read of a stored log.
struct stored_log {
  std::vector<log_entry> records;  ///< from where the reading began
  log_position at;                 ///< behind the last whole batch
  std::string tail;                ///< what a killed writer left there; the next write drops it
  bool needs_newline = false;
  bool in_batches = false;  ///< the next batch is an object of its own
};

/** The log of one dataset in a store: one object that grows, then objects of one batch each; either may be missing.

    Where objects can be grown in place it is one file, `.waybill/logs/<id>/log.jsonl`, and a batch is one write and one
    flush under `flock`. Elsewhere every batch is an object of its own, `.waybill/logs/<id>/log/<20 digits>.jsonl`,
    named by its first record; of several writers one gets the name. Nothing depends on a listing being up to date.
    @threads all members may be called concurrently, also from several processes  @format docs/history.md#log
*/
class log_storage {
 public:
  /// @param id  lower-case hex digits, or what else is one safe segment of a key
  log_storage(any_store store, std::string_view id);

  /** Reads a log from a known position.
      @param until  records that count; empty: all
      @errors errc::object_not_found when there is no such log; errc::corrupt_state (its path: log and record) for
              damage before the end, or when there is no whole batch; the store's */
  [[nodiscard]] result<stored_log> read(log_position const& from, std::optional<std::uint64_t> until) const;

  /// Writes the first batch of a new log. @errors errc::collision when there is one; not_representable; the store's
  [[nodiscard]] result<log_position> create(std::span<record const> batch);
  /** Writes a batch behind what was read.
      @errors errc::lost_race when somebody else wrote first: read again, and do the work again; not_representable for
              what cannot be read again; the store's. A write
              whose answer was lost is looked for, and found by its text. */
  [[nodiscard]] result<log_position> append(stored_log const& seen, std::span<record const> batch);

  /// The newest readable checkpoint of at most so many records. @param files  as of read_checkpoint
  [[nodiscard]] std::optional<checkpoint> newest_checkpoint(std::optional<std::uint64_t> until, bool files) const;
  /// The front of the newest checkpoint, if it is readable.
  [[nodiscard]] std::optional<checkpoint_front> newest_front() const;
  /// Keeps a checkpoint; failing costs time, nothing else.
  void keep_checkpoint(dataset const& d, log_position const& at);

  /// Notes that a dataset was forked from this one: whoever removes logs has to know. @errors the store's
  [[nodiscard]] result<void> add_fork(std::string_view fork_id, std::string_view name);
  /// Ids and names of the datasets that were forked from this one, by id. @errors the store's
  [[nodiscard]] result<std::vector<std::pair<std::string, std::string>>> forks() const;
  /// Removes everything of this log. @errors the store's
  [[nodiscard]] result<void> remove();

 private:
  [[nodiscard]] std::string file_key() const { return prefix_ + "log.jsonl"; }
  [[nodiscard]] std::string batch_key(std::uint64_t first_record) const;
  [[nodiscard]] result<std::string> text_of(std::string const& key, byte_range range) const;
  [[nodiscard]] std::vector<std::uint64_t> checkpoint_numbers(std::optional<std::uint64_t> until) const;
  [[nodiscard]] std::string checkpoint_key(std::uint64_t records) const;
  [[nodiscard]] result<void> take(stored_log& into, log_reading& r, std::string const& key,
                                  std::optional<std::uint64_t> until) const;
  [[nodiscard]] result<bool> read_file(stored_log& into, std::optional<std::uint64_t> until) const;
  [[nodiscard]] result<void> read_batches(stored_log& into, std::vector<std::uint64_t> const& numbers,
                                          std::optional<std::uint64_t> until) const;
  [[nodiscard]] result<void> put_new(std::string const& key, std::string const& text, errc when_taken);

  any_store store_;
  std::string prefix_;
};

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/log_storage.ipp>
#endif

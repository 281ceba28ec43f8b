#pragma once

#include <waybill/config.hpp>
#include <waybill/lineage/append_directory.hpp>
#include <waybill/lineage/run_record.hpp>
#include <waybill/store/any_store.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {

/// A line that is no record any more, or none yet: it was skipped.
struct damaged_line {
  std::string key;
  std::uint64_t line = 0;  ///< from 1
  error why;
};

/// What a look through the records saw.
struct scan_report {
  std::uint64_t runs = 0;
  std::uint64_t records = 0;
  std::uint64_t damaged_lines = 0;
  std::vector<damaged_line> damaged{};  ///< the first of them, at most `listed`

  static constexpr std::size_t listed = 1000;
};

/// Which runs are looked at; empty members mean all.
struct run_selection {
  std::optional<std::string> flow{};
  std::vector<std::string> runs{};
};

/// All records of a run; those of one attempt stand in the order in which they were appended.
struct run_log {
  run_name name;
  std::vector<run_record> records;
};

/** Run records that are only ever added to.

    In a directory a run is a file, and an append is one write under its lock. In any other store an attempt is an
    object that grows by compare-and-swap (`If-None-Match` the first time, `If-Match` then), so that only its own
    processes can meet there. Either way parallel writers lose nothing; what a crash left half-written is skipped, and
    reported.
    @format docs/formats.md#run-records
    @threads all members may be called concurrently, also from several processes
*/
class record_store {
 public:
  /// Records in a directory. @param create  make it when missing  @errors errc::file_not_found, system errors
  [[nodiscard]] static result<record_store> open_directory(std::string const& path, bool create);
  /// Records in another store. @param prefix  of their keys: empty, or ends with `/`
  explicit record_store(any_store store, std::string prefix = {});

  /** Adds records; those of one run (directory) or attempt (objects) that follow each other are kept all, or none.

      @param when  for directories: see append_directory; objects are durable in any case
      @errors as record_line, before anything is written; the store's; errc::lost_race when 64 swaps were lost */
  [[nodiscard]] result<void> append(std::span<run_record const> records, durability when = durability::none);

  /// A run's records; none when nothing is known of it. @param report  is added to  @errors the store's
  [[nodiscard]] result<run_log> read_run(run_name const& name, scan_report& report) const;

  /// The records of one attempt, for one object or a look through its run's file; other attempts' damage is not
  /// reported. @param report  is added to  @errors the store's
  [[nodiscard]] result<std::vector<run_record>> read_attempt(attempt_id const& attempt, scan_report& report) const;

  using run_visitor = std::function<result<void>(run_log const&)>;
  /** Run after run that has records, in the order of their keys, or as named when flow and runs are; one is held in
      memory, and the names of all. @param report  is added to  @errors the store's, the visitor's */
  [[nodiscard]] result<void> for_each_run(run_selection const& which, run_visitor const& visit,
                                          scan_report& report) const;

 private:
  struct run_keys {
    run_name name;
    std::vector<std::string> keys;
  };
  record_store(any_store store, std::shared_ptr<append_directory const> directory);
  [[nodiscard]] result<run_keys> find_run(run_name const& name) const;
  [[nodiscard]] result<std::vector<run_keys>> find_runs(run_selection const& which) const;
  [[nodiscard]] result<void> read_keys(run_keys const& from, run_log& into, scan_report& report) const;
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_key(std::string const& key) const;
  /// @param mention  lines without this text are passed over
  [[nodiscard]] result<void> read_key(std::string const& key, std::string_view mention, run_log& into,
                                      scan_report& report) const;
  [[nodiscard]] result<void> append_lines(attempt_id const& to, std::string const& lines, durability when);
  [[nodiscard]] result<void> append_object(std::string const& key, std::string const& lines);

  any_store store_;
  std::string prefix_;
  std::shared_ptr<append_directory const> directory_;  ///< null for objects
};

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/lineage/record_store.ipp>
#endif

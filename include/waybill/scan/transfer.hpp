#pragma once

#include <waybill/config.hpp>
#include <waybill/core/bytes.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/check.hpp>
#include <waybill/scan/content_provider.hpp>
#include <waybill/scan/download.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/partial.hpp>
#include <waybill/scan/pool.hpp>
#include <waybill/scan/stat_cache.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// How bytes get into place.
enum class placement_mode : std::uint8_t {
  copy,  ///< an independent file, mode 0644 less the umask (cloned where the file system shares blocks)
  /// The store's own file under a second name, in the mode the store gave it: fast, but editing it in place would
  /// damage the store. Files that cannot be linked (another file system, too many links) are copied. A file that the
  /// store sealed (scan/seal.hpp) is not read again.
  hard_link
};

namespace detail {

/// How the files of one job are placed.
struct transfer_rules {
  placement_mode mode = placement_mode::copy;
  std::vector<algorithm> require;
  waybill::durability durable = waybill::durability::batch;
  stat_cache const* cache = nullptr;
  partial_files const* partials = nullptr;
};

/// What the workers of one job share.
struct transfer_job {
  root_directory const& target;
  content_provider& contents;
  transfer_rules rules;
  std::stop_token stop;
  progress_counter& progress;
  std::atomic<bool> can_clone{true};  ///< no file system said no to FICLONE yet
};

/// One worker's hands: compares and places files, with buffers and hashers of its own.
class transfer_worker {
 public:
  explicit transfer_worker(transfer_job& job);

  /// Does the file that stands there hold the entry's bytes? Asks the cache before it reads. @pre sizes agree
  [[nodiscard]] result<bool> is_current(entry const& e, file_state const& state);
  /** Puts the entry's bytes under its key, checked before they get the name.
      @param taken_is_error  a file that has appeared there meanwhile is a collision
      @errors as materialise; the path is the key where nothing closer is known */
  [[nodiscard]] result<void> place(entry const& e, bool taken_is_error);

 private:
  [[nodiscard]] checking_tools tools();
  [[nodiscard]] result<void> check_file(entry const& e, int fd);
  [[nodiscard]] result<void> copy(entry const& e, byte_source& source, bool taken_is_error);
  [[nodiscard]] result<std::size_t> read_whole(entry const& e, byte_source& source);
  [[nodiscard]] result<void> copy_by(partial_file& partial, entry const& e, bool taken_is_error);
  [[nodiscard]] result<void> copy_file(entry const& e, opened_file const& file, bool taken_is_error);
  [[nodiscard]] result<bool> clone(entry const& e, int fd, bool taken_is_error);
  [[nodiscard]] result<bool> link(entry const& e, opened_file const& file);
  [[nodiscard]] result<void> check_linked(entry const& e, opened_file const& file);
  [[nodiscard]] result<void> name(root_directory::pending_file file, entry const& e, bool taken_is_error);

  transfer_job* job_;
  root_directory::cursor cursor_;
  entry_checker checker_;
  std::vector<std::byte> buffer_;
};

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/transfer.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/history/dataset.hpp>
#include <waybill/history/log_storage.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/store/any_store.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/// How much of a dataset is opened.
enum class depth : std::uint8_t {
  line,    ///< its timeline; actions from before a checkpoint lack their params
  params,  ///< its timeline with every action's params: what the source of a merge needs
  files,   ///< its timeline as `line`, and its files: what acting, savepoints and the target of a merge need
  actions  ///< everything: what a revert, an undo, a forced merge and the source of a squash need
};

[[nodiscard]] constexpr bool with_files(depth d) noexcept { return d == depth::files || d == depth::actions; }
[[nodiscard]] constexpr bool with_params(depth d) noexcept { return d == depth::params || d == depth::actions; }

/// A dataset as it was opened, and where its log stood.
struct opened_dataset {
  dataset data;
  stored_log log;                      ///< `records`: those that were read, without the upstream's
  std::uint64_t since_checkpoint = 0;  ///< records a reader has to read, the upstream's included
  std::size_t records_read = 0;        ///< of all logs
  depth how = depth::line;
};

/** Datasets with their histories in a store.

    A fork is one record; what it inherits is read from its upstream's log, which is never changed, only added to.
    @threads as log_storage
*/
class archive {
 public:
  /// The manifest of a top hash, for what a dataset began with.
  using manifest_loader = std::function<result<manifest>(std::string_view)>;

  archive(any_store store, manifest_loader load) : store_{std::move(store)}, load_{std::move(load)} {}

  /** Opens a dataset.
      @errors errc::object_not_found when there is no dataset of that id; errc::corrupt_state for a damaged log, also
              one it was forked from; the loader's; the store's
      @complexity a checkpoint and at most 1,000 records of each log; with every action's params every record */
  [[nodiscard]] result<opened_dataset> open(std::string_view id, depth how) const;

  /** Where a dataset stands, without its actions where that can be told without them.
      @errors as open  @complexity at most 1,000 records after an ordinary history; as open after a revert since the
              newest checkpoint */
  [[nodiscard]] result<dataset_end> end_of(std::string_view id) const;

  /// Writes a new dataset's first batch; a fork is made known to its upstream before.
  /// @pre the first record opens it  @errors errc::collision; the store's
  [[nodiscard]] result<void> create(std::span<record const> batch);

  /** Writes what was done to a dataset, in one batch; without records nothing is written.
      @param seen  as it was opened; it is what `made` says afterwards  @pre opened with its files
      @errors errc::lost_race: open it again and do the work again; the store's */
  [[nodiscard]] result<void> append(opened_dataset& seen, change made);

  /// Reads what was written since a dataset was opened. @errors as open
  [[nodiscard]] result<void> refresh(opened_dataset& seen) const;

  /// Ids and names of the datasets that were forked from one. @errors the store's
  [[nodiscard]] result<std::vector<std::pair<std::string, std::string>>> forks(std::string_view id) const {
    return log_storage{store_, id}.forks();
  }
  /// Removes a dataset's log, unless a dataset that was forked from it still needs it.
  /// @return false: it was kept  @errors the store's
  [[nodiscard]] result<bool> remove(std::string_view id);

  /// Records after which a checkpoint is kept: sooner where every batch is an object that is asked for alone.
  [[nodiscard]] std::uint64_t checkpoint_every() const { return store_.can_append() ? 1000 : 100; }

 private:
  [[nodiscard]] result<opened_dataset> open_until(std::string_view id, std::optional<std::uint64_t> until, depth how,
                                                  int level) const;
  [[nodiscard]] result<void> begin(opened_dataset& out, record const& first, int level) const;
  [[nodiscard]] result<state> base_of(std::string const& top_hash) const;

  any_store store_;
  manifest_loader load_;
};

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/archive.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/history/archive.hpp>
#include <waybill/history/dataset.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/registry/pointer.hpp>
#include <waybill/registry/reference.hpp>
#include <waybill/registry/registry.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// A package's history as it was opened.
struct opened_history {
  history::opened_dataset stored;  ///< where the stored log ends; its data is what follows from `unsaved`, too
  /// What was published by those who write no history; it is written with whatever is done next.
  std::vector<history::record> unsaved{};
  bool is_new = false;  ///< nothing is stored yet

  [[nodiscard]] history::dataset const& data() const noexcept { return stored.data; }
};

/// A fork that was made.
struct forked_package {
  std::string id;             ///< of its dataset
  std::uint64_t actions = 0;  ///< inherited ones
};

/** The histories of a registry's packages.

    A package that was published by a tool that keeps none, as quilt3 does, has one all the same: its first version is
    the initial import, each later one a Package.apply by nobody known, and a savepoint. They are made up when they are
    asked for, always alike, and written with whatever is done next.
    @lifetime refers to the registry  @threads one thread at a time per object
*/
class package_history {
 public:
  explicit package_history(registry& home);

  /// @errors errc::package_not_found; corrupt_state for a damaged log; the store's
  [[nodiscard]] result<opened_history> open(package_name const& name, history::depth how) const;

  /** Writes what was done, behind what was published meanwhile, as one batch.
      @errors errc::lost_race: open it again and do the work again; the store's */
  [[nodiscard]] result<void> write(opened_history& at, history::change made);

  /** Opens, works and writes, again while others write, a bounded number of times.
      @param work     `(dataset const&) -> result<T>` where `T` has a `history::change made`
      @param dry_run  nothing is written
      @param first    what was opened already; it is not opened again but after a lost race
      @errors as open; as `work`; errc::lost_race after 64 lost races; the store's */
  template <class Work>
  auto change(package_name const& name, history::depth how, Work const& work, bool dry_run = false,
              std::optional<opened_history> first = {}) -> decltype(work(std::declval<history::dataset const&>())) {
    for (int attempt = 1;; ++attempt) {
      auto at = first ? result<opened_history>{*std::exchange(first, std::nullopt)} : open(name, how);
      if (!at) return at.error();
      auto done = work(at->data());
      if (!done || dry_run) return done;
      auto const written = write(*at, done->made);
      if (written) return done;
      if (written.error().code != errc::lost_race || attempt == most_attempts) return written.error();
      detail::make_room(attempt);
    }
  }

  /** Forks a package under a new name. Where the package stands at a version, the fork has that as its latest.
      @errors errc::package_not_found; errc::collision when the new name is taken; the store's */
  [[nodiscard]] result<forked_package> fork(package_name const& from, package_name const& to,
                                            std::string_view description, history::stamp const& by, timestamp now,
                                            bool dry_run = false);

  /** Adds a manifest that is being published: what changed as one Package.apply, and a savepoint; for a new package the
      initial import. Nothing where the newest savepoint has it. @errors as change */
  [[nodiscard]] result<void> add_version(package_name const& name, manifest const& m, history::stamp const& by,
                                         timestamp now);

  /// The manifest of the present state: the published one where nothing happened since.
  /// @errors as registry::load and manifest::create
  [[nodiscard]] result<manifest> head(history::dataset const& d) const;
  /// What a dataset was forked from, as it is now. @errors errc::usage when it is no fork; as open
  [[nodiscard]] result<history::dataset> upstream_of(history::dataset const& d) const;
  /// The registry's name of a dataset that was forked from one of its packages, by id. @errors the store's
  [[nodiscard]] result<std::vector<std::pair<std::string, std::string>>> forks(opened_history const& of) const {
    return archive_.forks(of.data().line.id);
  }

 private:
  static constexpr int most_attempts = 64;
  [[nodiscard]] result<std::optional<opened_history>> open_stored(package_name const& name, history::depth how) const;
  [[nodiscard]] result<opened_history> adopt(package_name const& name, std::int64_t seconds,
                                             std::string const& top_hash) const;
  [[nodiscard]] result<void> add_missed(opened_history& to, package_name const& name) const;
  [[nodiscard]] result<void> add_manifest(opened_history& to, manifest const& m, history::stamp const& by) const;
  [[nodiscard]] result<bool> is_behind(std::string_view last_published, package_name const& name) const;
  [[nodiscard]] result<void> create(package_name const& name, history::record const& first);
  [[nodiscard]] result<history::dataset_end> written_end(package_name const& name, bool dry_run);

  registry* home_;
  history::archive archive_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/package_history.ipp>
#endif

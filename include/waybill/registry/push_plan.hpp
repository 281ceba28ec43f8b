#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/builder.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/registry/contents.hpp>
#include <waybill/registry/part_sums.hpp>
#include <waybill/registry/registry.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// What moving data into a registry did.
struct transfer_report {
  std::uint64_t files_copied = 0, files_skipped = 0;  ///< skipped: the same bytes were there already
  std::uint64_t bytes_copied = 0, bytes_skipped = 0;
};

struct push_data_options {
  std::optional<std::string> prefix;  ///< keys become `<prefix>/<logical key>`; else content-addressed objects
  bool local_files_only = false;      ///< entries that lie elsewhere already stay where they are
  bool dry_run = false;               ///< counts what would move
  timestamp now{};                    ///< for messages of conflicts only
  /// A version of the registry whose objects are taken to be there, where asking costs round trips; may be null.
  manifest const* known = nullptr;
  bool ask_all = false;              ///< nothing is taken to be there, whatever a version says
  place_policy places{};             ///< for entries that lie elsewhere
  part_sums const* parts = nullptr;  ///< sums of what was hashed to be pushed; may be null
};

namespace detail {

/** What a push has to do for each entry of a draft: under which key its bytes are to lie, and whether they are there.

    Making it reads the registry and changes nothing, there or in the draft.
    @lifetime refers to the draft's entries and to the registry
*/
class push_plan {
 public:
  enum class state : std::uint8_t {
    keep,     ///< the entry's own place is the right one
    present,  ///< equal bytes lie there, or come with another entry
    copy,     ///< to be copied
    changed   ///< the local file was found changed while it was copied
  };
  struct item {
    entry* e;
    std::string key;  ///< where the bytes are to lie
    bool owned;       ///< a place of the entry lies in the registry already
    state now = state::copy;
    bool replaces = false;                ///< other bytes lie there, in a version that stays
    std::optional<physical_key> place{};  ///< exactly these bytes, once they are there
  };

  /** What `options.known` names in a registry behind a network counts as there; the rest is asked for.
      @pre    every entry has its size and a hash
      @errors errc::usage, protected_name for the prefix; unknown_algorithm for an entry whose bytes cannot be checked;
              collision for a key that holds other bytes; size_mismatch for damaged ones that an entry needs;
              interrupted; the store's */
  [[nodiscard]] static result<push_plan> make(manifest_builder& draft, registry const& to,
                                              push_data_options const& options, job_control const& control);

  [[nodiscard]] std::vector<item>& items() noexcept { return items_; }
  /// True when keys are people's own, which never change, rather than named by content.
  [[nodiscard]] bool has_prefix() const noexcept { return !prefix_.empty(); }
  [[nodiscard]] transfer_report report() const;
  /// Whether an object holds an item's bytes: what the store vouches for says so, or they are read. @errors the store's
  [[nodiscard]] result<bool> has_these_bytes(item const& i, object_info const& there) const;
  /** Settles an item whose key holds an object already: equal bytes are present; of other ones a version stays where
      the store keeps versions. @errors errc::collision where other bytes would be lost; the store's */
  [[nodiscard]] result<void> meet(item& i, object_info const& there) const;

 private:
  explicit push_plan(registry const& to) : to_{&to} {}
  result<void> collect(manifest_builder& draft, push_data_options const& options);
  void settle_known(manifest const& known);
  result<void> ask_in_bulk(job_control const& control);
  result<void> look(job_control const& control);
  result<void> look_at(item& i) const;
  [[nodiscard]] result<object_info> head(std::string const& key) const;
  void fold_equal_contents();

  registry const* to_;
  std::string prefix_;
  std::vector<item> items_;
  std::vector<std::string> asked_;  ///< keys asked for in bulk, sorted
  std::vector<std::optional<object_info>> answers_;
};

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/push_plan.ipp>
#endif

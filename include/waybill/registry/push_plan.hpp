#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/builder.hpp>
#include <waybill/manifest/entry.hpp>
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
  };

  /** @pre    every entry has its size and a hash
      @errors errc::usage, protected_name for the prefix; unknown_algorithm for an entry whose bytes cannot be checked;
              collision for a key that holds other bytes; size_mismatch for damaged ones that an entry needs;
              interrupted; the store's */
  [[nodiscard]] static result<push_plan> make(manifest_builder& draft, registry const& to,
                                              push_data_options const& options, job_control const& control);

  [[nodiscard]] std::vector<item>& items() noexcept { return items_; }
  /// True when keys are people's own, which never change, rather than named by content.
  [[nodiscard]] bool has_prefix() const noexcept { return !prefix_.empty(); }
  [[nodiscard]] transfer_report report() const;
  /// Reads what lies under an item's key. @errors the store's
  [[nodiscard]] result<bool> has_these_bytes(item const& i) const;
  /// Says that other bytes lie under an item's key.
  [[nodiscard]] static error taken(item const& i);

 private:
  explicit push_plan(registry const& to) : to_{&to} {}
  result<void> collect(manifest_builder& draft, push_data_options const& options);
  result<void> look(job_control const& control);
  result<void> look_at(item& i) const;
  void fold_equal_contents();

  registry const* to_;
  std::string prefix_;
  std::vector<item> items_;
};

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/push_plan.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>
#include <waybill/registry/registry.hpp>
#include <waybill/store/object.hpp>

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** What a registry still needs: manifests that something names, and objects that those manifests or histories name.

    - Named are: what pointers and tags hold, the manifests of savepoints and beginnings in every log there is (also of
      packages that are gone, for forks read them), and the package versions of run records.
    - An object is reached by any digest of an entry, by a place of an entry in a directory of objects, wherever that
      stood, and the same of the contents in all actions of a log, effective or not, old or new.
    - A manifest that a run record names and that is not there is another registry's. Anything else that is missing or
      cannot be read could hide others, and is an error.

    What was reached stays reached, whatever changes later. Two digests whose first eight bytes are the same count as
    one: at worst an object is kept.
    @complexity reads what was not read before; memory is eight bytes for each object and a hash for each manifest
    @lifetime refers to the registry  @threads one thread at a time per object
*/
class reachable {
 public:
  explicit reachable(registry const& of) : of_{&of} {}

  /** Reads what names manifests and objects; of what was read before only what has changed.
      @errors errc::corrupt_state for a pointer, log or run record that is damaged; interrupted; the store's */
  [[nodiscard]] result<void> read_names(job_control const& control);
  /** Reads manifests, once each: those that are named, and `also` those that are kept for another reason.
      @errors errc::version_not_found naming what names a manifest that is not there; as registry::load */
  [[nodiscard]] result<void> read_manifests(std::vector<std::string> const& also, job_control const& control);

  /// Does something name that manifest?
  [[nodiscard]] bool names(std::string const& top_hash) const { return named_.contains(top_hash); }
  /// May something need that object? After read_manifests.
  [[nodiscard]] bool needs(digest const& object) const;

 private:
  using sink = std::vector<std::uint64_t>;
  struct naming {
    std::string by;         ///< key of what names it
    bool optional = false;  ///< it may be another registry's
  };
  [[nodiscard]] result<void> read_pointers(std::string_view prefix, job_control const& control);
  [[nodiscard]] result<void> read_logs(job_control const& control);
  [[nodiscard]] result<void> read_log(std::string const& id);
  [[nodiscard]] result<void> read_run_records(job_control const& control);
  [[nodiscard]] result<void> read_records_of(std::string const& key);
  [[nodiscard]] result<void> read_manifest(std::string const& top_hash, sink& into) const;
  [[nodiscard]] bool is_news(object_info const& info);
  void name(std::string const& top_hash, std::string const& by, bool optional);
  void take(sink&& found);

  registry const* of_;
  std::mutex guard_{};                                   ///< of what workers write: the names and what they take
  std::unordered_map<std::string, std::string> seen_{};  ///< key → version of what was read
  std::unordered_map<std::string, naming> named_{};      ///< top hash → what names it
  std::unordered_set<std::string> read_{};               ///< top hashes
  sink needed_{};                                        ///< sorted, each once
};

namespace detail {

/// Where bytes lie that a document names, however deep: first eight bytes of the digests of its contents
/// (history/content.hpp).
WAYBILL_DECL void note_contents(json::value const& in, std::vector<std::uint64_t>& into);

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/reachable.ipp>
#endif

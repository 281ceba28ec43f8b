#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/// The catalogue: every kind of action there is. @format docs/history.md#actions
namespace kinds {
inline constexpr std::string_view file_add = "File.add";
inline constexpr std::string_view file_replace = "File.replace";
inline constexpr std::string_view file_remove = "File.remove";
inline constexpr std::string_view file_move = "File.move";
inline constexpr std::string_view meta_set = "Meta.set";
inline constexpr std::string_view meta_unset = "Meta.unset";
inline constexpr std::string_view package_apply = "Package.apply";  ///< several of the above, all or nothing
inline constexpr std::string_view dataset_edit = "Dataset.edit";    ///< local: never offered to a merge
}  // namespace kinds

[[nodiscard]] WAYBILL_DECL bool is_known(std::string_view kind) noexcept;
/// True for what stays in its dataset.
[[nodiscard]] inline bool is_local(std::string_view kind) noexcept { return kind == kinds::dataset_edit; }

/** One named change with its precondition, as it was first done; immutable, and the same wherever it is replayed.

    The hash is the identity: it covers the place of its origin and a counter there, so that doing the same again is
    another action.
*/
struct action {
  std::string kind;       ///< of the catalogue; `key` in documents
  json::value params;     ///< an object; what it holds is the kind's, see history/play.hpp
  std::string origin;     ///< id of the dataset where it was first done
  std::uint64_t seq = 0;  ///< counter of that dataset, which never goes back
  std::string hash;       ///< 64 lower-case hex digits

  friend bool operator==(action const&, action const&) = default;
};

/** Gives an action its hash: SHA-256 over `waybill-action-v1`, a zero byte, and canonical JSON of key, params, origin
    and seq. @format docs/history.md#actions */
[[nodiscard]] WAYBILL_DECL action make_action(std::string_view kind, json::value params, std::string_view origin,
                                              std::uint64_t seq);

/// `{"key", "params", "hash", "origin", "seq"}`
[[nodiscard]] WAYBILL_DECL json::object to_json(action const& a);

/** Reads that form, and checks the hash.
    @param pointer  where the value stands in its document, for errors
    @errors errc::missing_member, wrong_type, size_out_of_range; digest_mismatch when the hash is another's */
[[nodiscard]] WAYBILL_DECL result<action> read_action(json::value const& v, std::string const& pointer);

/** What an action touches: logical keys, of a move both; `dir/` for metadata of a directory, `#name` for a field of the
    dataset's own. Sorted, each once; a Package.apply touches what its parts do. */
[[nodiscard]] WAYBILL_DECL std::vector<std::string> touched_keys(std::string_view kind, json::value const& params);
[[nodiscard]] inline std::vector<std::string> touched_keys(action const& a) { return touched_keys(a.kind, a.params); }

/// Hashes of the actions whose effects this one stands for (`covers` of a Package.apply that a squash made).
[[nodiscard]] WAYBILL_DECL std::vector<std::string> covered_by(action const& a);

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/action.ipp>
#endif

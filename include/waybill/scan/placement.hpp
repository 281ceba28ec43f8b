#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** May this key be placed in a directory? Stricter than what a manifest may hold.

    Refused on every system, so that a dataset is as safe on the next one: `..`, absolute, drive (`C:…`) and UNC
    (`\\host`) forms, `~`, anything below `~` or `~user`, `%VARIABLE%` as first segment, a `..` between backslashes,
    NUL, a segment over 255 bytes, a key over 4095, and names in which tools keep what they execute or trust: `.git`,
    `.hg`, `.svn`, `.dvc`, `.waybill` (any case, any depth for `.git`; also spelled as some file system would take for
    them: `.git.`, `git~1`, `.git::$INDEX_ALLOCATION`, ignored code points inside).
    @errors errc::unsafe_key, protected_name
*/
[[nodiscard]] WAYBILL_DECL result<void> check_placeable(std::string_view key);

/// Why another common system could not hold this name, or empty: reserved device names, `<>:"|?*\`, control characters,
/// a trailing dot or space, over 255 UTF-16 units. @format Microsoft Learn "Naming Files, Paths, and Namespaces"
[[nodiscard]] WAYBILL_DECL std::optional<std::string> portability_problem(std::string_view key);

/// Names that would be one file, or one directory, where case or normalisation does not count.
struct name_collision {
  std::vector<std::string> keys;  ///< two or more, in walk order; directories end with `/`
};

/// All collisions among sorted keys, also between directories of different keys, in walk order of their first names.
/// @pre keys in walk order  @complexity O(n log n); eight bytes of memory per name where nothing collides
[[nodiscard]] WAYBILL_DECL std::vector<name_collision> find_collisions(std::vector<std::string_view> const& keys);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/placement.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/store/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What a directory store has to know of its directory beyond placing and opening files.
namespace waybill::inline WAYBILL_ABI::detail {

inline constexpr std::string_view store_folder = ".waybill";
inline constexpr std::string_view store_lock = ".waybill/lock";
inline constexpr std::string_view store_hold = ".waybill/hold";
inline constexpr std::string_view store_staging = root_directory::staging_name;

/// Files of the store itself, which are no objects: the locks, and the staging directory.
[[nodiscard]] WAYBILL_DECL bool is_store_internal(std::string_view key) noexcept;

/// What stands where a key points.
enum class standing : std::uint8_t {
  nothing,
  file,        ///< a regular file
  directory,   ///< a directory: the key is the beginning of other keys
  file_above,  ///< a regular file where the key needs a directory
  foreign,     ///< a link, device or the like, at the key or above it
  unknown      ///< the system does not let us look
};

struct standing_at {
  standing what;
  std::string where;  ///< the key, or the beginning of it, that this is about
};

/// Looks without following links. Explains a failure; decides nothing that was not decided already.
[[nodiscard]] WAYBILL_DECL standing_at look_at(int root, std::string_view key);

/// Version of an object: changes whenever a file is replaced or written to.
[[nodiscard]] WAYBILL_DECL std::string file_version(file_state const& state);

/** Every regular file below `root` whose key starts with `prefix`, in byte order of keys; links are not followed.

    One directory of each level is held in memory. Files that vanish meanwhile are left out.
    @param path  of the root, for errors
*/
[[nodiscard]] WAYBILL_DECL result<void> list_files(int root, std::string const& path, std::string_view prefix,
                                                   object_visitor const& visit);

/** Waits for the exclusive lock of the store, `.waybill/lock`; closing the descriptor gives it back.

    Each call opens the file anew, because `flock` belongs to the open file: so threads wait for each other as processes
    do.
    @pre `.waybill` exists  @errors errc::unsafe_path for a link in the way, system errors
*/
[[nodiscard]] WAYBILL_DECL result<file_descriptor> lock_store(int root, std::string const& path);

/// Takes a hold of the store, `.waybill/hold`, unless one of others is in the way. @pre, @errors as lock_store
[[nodiscard]] WAYBILL_DECL result<std::optional<file_descriptor>> try_hold_store(int root, std::string const& path,
                                                                                 hold_kind kind);

}  // namespace waybill::inline WAYBILL_ABI::detail

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/directory_tree.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/file.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// The digests of a file and the state it had while they were computed.
struct hashed_file {
  file_state state;
  digest_set digests;
  bool looks_like_placeholder = false;  ///< begins as placeholders do (see scan/placeholder.hpp)
};

/** Hashes an open file in one pass; `sha2-256-chunked` of a large file uses all of `control`'s workers, part by part.

    The state is taken before and after; a file that changed meanwhile is an error, never a wrong digest.
    @param algorithms  at least one
    @errors errc::source_changed, unknown_algorithm, interrupted, system errors; path is `path`
    @complexity O(size), a fixed buffer per worker
*/
[[nodiscard]] WAYBILL_DECL result<hashed_file> hash_open_file(int fd, std::string const& path,
                                                              std::span<algorithm const> algorithms,
                                                              job_control const& control = {});

/// The same for a file named by its path. @errors errc::file_not_found, unsupported (not a regular file) besides
[[nodiscard]] WAYBILL_DECL result<hashed_file> hash_file(std::string const& path, std::span<algorithm const> algorithms,
                                                         job_control const& control = {});

/** `sha2-256-chunked` of a file, and the SHA-256 of each of its parts, packed: what an upload in parts is announced
    with. @param parts  empty afterwards for an empty file  @errors as hash_file */
[[nodiscard]] WAYBILL_DECL result<hashed_file> hash_file_parts(std::string const& path, std::vector<std::byte>& parts,
                                                               job_control const& control = {});

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/hash_file.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/scan/check.hpp>
#include <waybill/scan/content_provider.hpp>
#include <waybill/scan/partial.hpp>
#include <waybill/scan/pool.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <stop_token>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// What a thread reads and checks contents with.
struct checking_tools {
  entry_checker& checker;
  std::span<std::byte> buffer;
  std::stop_token const& stop;
  progress_counter* progress = nullptr;  ///< is told of bytes as they are read; may be null
};

/// Hashes what a source has from here to its end, and writes it unless `sink` is null. @pre the checker was started
/// @errors errc::size_mismatch as soon as there are too many bytes; interrupted; of both ends
[[nodiscard]] WAYBILL_DECL result<void> read_through(checking_tools const& with, byte_source& source, byte_sink* sink);

/** Brings an unfinished file to the end of its content: reads what is there, asks for the rest, and checks both as one.

    What turns out wrong is thrown away: other bytes than a provider's own are then asked for once more, from the start.
    @errors errc::size_mismatch, digest_mismatch; interrupted; the provider's; system errors
*/
[[nodiscard]] WAYBILL_DECL result<void> complete(partial_file& partial, entry const& e, content_provider& from,
                                                 checking_tools const& with);

/// The same with tools of its own, and again while bytes arrive damaged (`content_provider::attempts`).
[[nodiscard]] WAYBILL_DECL result<void> complete(partial_file& partial, entry const& e, content_provider& from,
                                                 std::stop_token const& stop);

/// A file for an entry that is worth one, with what an earlier run fetched of it; none to do without.
/// @param among  may be null
[[nodiscard]] WAYBILL_DECL std::optional<partial_file> partial_of(partial_files const* among, entry const& e);

/// A second descriptor of the file, for whoever reads or names it once it is whole. @errors system errors
[[nodiscard]] WAYBILL_DECL result<file_descriptor> descriptor_of(partial_file const& partial);

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/download.ipp>
#endif

#pragma once

#include <waybill/algebra/diff.hpp>
#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/reader.hpp>

#include <functional>

namespace waybill::inline WAYBILL_ABI {

/// What `diff_streams` reports; each may be empty.
struct stream_diff_sink {
  std::function<void(entry const&)> added;
  std::function<void(entry const&)> removed;
  std::function<void(entry const& before, entry const& after, entry_change)> modified;
};

/** Diffs two manifests while reading them, in constant memory.

    Equal lines are recognised by their bytes and checked once; only lines that differ are parsed into entries.
    @return number of entries equal on both sides
    @errors errc::unsorted when one side is not in walk order: forget what the sink was told, load both and use
            `make_diff`; else as manifest_reader
    @complexity O(bytes); memory two line buffers
*/
[[nodiscard]] WAYBILL_DECL result<std::uint64_t> diff_streams(manifest_reader& before, manifest_reader& after,
                                                              stream_diff_sink const& sink,
                                                              unknown_policy policy = unknown_policy::differs);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/algebra/stream_diff.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/valohai/membership.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/** Writes `valohai.metadata.jsonl` as it is after an update: a line for each file that becomes a part of the version.

    Lines of other files, and other metadata of these, stay as they are. Memberships in versions of the same dataset go:
    they are those of an earlier run that did not come to its end.
    Every line names all that leaves the version, so that the text grows with the product of both: it is streamed.
    @param before  what the file holds now  @param files  sorted names of outputs
    @return bytes written; 0: the file is needed no more
    @errors errc::malformed_json, wrong_type, missing_member, too_large of `before`, the path begins with its line; of
            both ends
    @format valohai/output-metadata-example; re-read by valohai-utils 0.8 */
[[nodiscard]] WAYBILL_DECL result<std::uint64_t> merge_metadata_lines(byte_source& before,
                                                                      std::vector<std::string> const& files,
                                                                      membership const& m, byte_sink& out);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/metadata_lines.ipp>
#endif

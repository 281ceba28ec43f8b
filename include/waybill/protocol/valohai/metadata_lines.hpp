#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/valohai/membership.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/** The text of `valohai.metadata.jsonl` after an update: a line for each file that becomes a part of the version.

    Lines of other files, and other metadata of these, stay as they are. Memberships in versions of the same dataset go:
    they are those of an earlier run that did not come to its end.
    @param before  what the file holds now; empty for nothing  @param files  sorted names of outputs
    @errors errc::malformed_json, wrong_type, missing_member of `before`; the path begins with its line
    @format valohai/output-metadata-example; re-read by valohai-utils 0.8 */
[[nodiscard]] WAYBILL_DECL result<std::string> merge_metadata_lines(std::string_view before,
                                                                    std::vector<std::string> const& files,
                                                                    membership const& m);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/metadata_lines.ipp>
#endif

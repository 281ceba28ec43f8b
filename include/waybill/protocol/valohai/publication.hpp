#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/valohai/datum.hpp>
#include <waybill/protocol/valohai/extended_manifest.hpp>
#include <waybill/protocol/valohai/update_manifest.hpp>

#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/** The data of the new version: those outputs that the manifest names, and what it keeps.

    Other outputs of the execution (logs, plots) are left alone.
    @param outputs  the execution's outputs as the platform lists them
    @param checks   sizes and digests to hold them against; null for none
    @return datum ids, sorted, each once
    @errors errc::refused for a manifest without an execution, and for a name that no output has, or several;
            size_mismatch, digest_mismatch; the path is the name */
[[nodiscard]] WAYBILL_DECL result<std::vector<std::string>> select_data(update_manifest const& m,
                                                                        std::vector<datum> const& outputs,
                                                                        extended_manifest const* checks);

/** The body that creates the version, in the published programs' order of members.
    @format vectors `tests/vectors/valohai`, `post_raw`; httpx's JSON: compact, non-ASCII raw */
[[nodiscard]] WAYBILL_DECL std::string post_body(update_manifest const& m, std::vector<std::string> const& data);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/publication.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>
#include <waybill/protocol/valohai/datum.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/** The files of one input as `inputs.json` lists them, on-demand inputs included: their bytes need not be here.

    Names may hold slashes. A size of 0 counts as not known: the platform writes it for both. A file without an id of
    its own has the one in its `datum://` URI; one with neither keeps an empty id.
    @return empty where no such input is declared
    @errors errc::missing_member, wrong_type, size_out_of_range, located by a JSON pointer
    @format valohai-utils 0.8, input_info.py; docs.valohai.com, system configuration files */
[[nodiscard]] WAYBILL_DECL result<std::optional<std::vector<datum>>> read_input(json::value const& document,
                                                                                std::string_view input);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/inputs.ipp>
#endif

#pragma once

#include <waybill/config.hpp>

#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/** The branch on which a writer's rows wait for their commit: `waybill/` and his name.

    What no name of a branch may hold is written as `%XX`, upper case, so that two writers never share one; and a
    capital letter as `=` and the small one, because Dolt finds branches without regard to case.
    @param writer  any text, like `Flow/17/train/3.0` */
[[nodiscard]] WAYBILL_DECL std::string branch_of(std::string_view writer);

/// The tag that keeps a commit when no branch holds it.
[[nodiscard]] inline std::string tag_of(std::string_view commit) { return "waybill/" + std::string{commit}; }

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/dolt/names.ipp>
#endif

#pragma once

#include <waybill/config.hpp>

#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/** The branch on which a writer's rows wait for their commit: `waybill/` and his name.

    What no name of a branch may hold is written as `%XX`, upper case, so that two writers never share one; so are
    capital letters, because Dolt finds branches without regard to case.
    @param writer  any text, like `Flow/17/train/3.0` */
[[nodiscard]] WAYBILL_DECL std::string branch_of(std::string_view writer);

/// The tag that keeps a commit when no branch holds it.
[[nodiscard]] inline std::string tag_of(std::string_view commit) { return "waybill/" + std::string{commit}; }

/// Whether a text has the form of a commit's full name: 32 characters of Dolt's base32.
[[nodiscard]] constexpr bool is_commit_name(std::string_view text) noexcept {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdefghijklmnopqrstuv") == std::string_view::npos;
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/dolt/names.ipp>
#endif

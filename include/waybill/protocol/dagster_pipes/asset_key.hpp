#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dagster_pipes {

/** An asset's key as one text: its parts joined by `/`, with `\` before each `\` and `/` inside a part.
    @format dagster 1.13 `AssetKey.to_escaped_user_string` */
[[nodiscard]] WAYBILL_DECL std::string escape_asset_key(std::span<std::string const> parts);

/** The parts of such a text. @errors errc::malformed_key for a `\` with nothing behind it
    @format dagster 1.13 `AssetKey.from_escaped_user_string`: `\X` is X, whatever it is */
[[nodiscard]] WAYBILL_DECL result<std::vector<std::string>> split_asset_key(std::string_view text);

}  // namespace dagster_pipes
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/dagster_pipes/asset_key.ipp>
#endif

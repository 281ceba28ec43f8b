#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/value.hpp>

#include <string_view>

namespace waybill::inline WAYBILL_ABI::detail {

/// What Python's json reads in a manifest.
inline constexpr json::parse_options quilt_json{.python_extensions = true};

/** The object that a line holds, its own members and those of its `hash` unique; deeper the last of a name counts.
    @errors errc::malformed_json, too_deep, too_large as json::parse; malformed_manifest for what is no object;
            duplicate_member, with its JSON pointer as path
    @format docs/formats.md#quilt-manifest */
[[nodiscard]] WAYBILL_DECL result<json::value> parse_record(std::string_view text);

}  // namespace waybill::inline WAYBILL_ABI::detail

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/manifest/quilt_record.ipp>
#endif

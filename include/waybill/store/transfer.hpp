#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/store/object.hpp>

#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/** May a store have an object of that key? What the stores of the kit ask first.

    A key is relative, its segments are joined by `/`, none is empty, `.` or `..`, and there is no NUL. Names the kit
    itself uses (`.waybill/…`, `.quilt/…`) are allowed: what a *dataset* may place is asked by `check_placeable`.
    @errors errc::unsafe_key
*/
[[nodiscard]] WAYBILL_DECL result<void> check_store_key(std::string_view key);

/// Every digest of `expected` must be in `found` and equal. @errors errc::digest_mismatch, naming both
[[nodiscard]] WAYBILL_DECL result<void> check_digests(digest_set const& expected, digest_set const& found,
                                                      std::string_view name_for_errors);

/** Copies a content to a sink in one pass and checks it on the way; what the sink took is worth nothing if this fails.

    Contents of up to 256 KiB are one read and one write, larger ones go in pieces of 1 MiB.
    @return the digests of `expected`, now known to be true
    @errors errc::source_changed when the content has not the size it promised; digest_mismatch; unknown_algorithm; what
            content and sink say
*/
[[nodiscard]] WAYBILL_DECL result<digest_set> transfer(object_content const& content, digest_set const& expected,
                                                       byte_sink& sink, std::string_view name_for_errors);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/transfer.ipp>
#endif

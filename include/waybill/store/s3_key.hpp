#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/store/s3_session.hpp>

#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// The store's own object: conditional writes are tried on it.
inline constexpr std::string_view s3_probe_key = ".waybill/conditional-writes";

/// What S3 can name at all. @errors errc::unsafe_key, malformed_key; the path names bucket and key
[[nodiscard]] WAYBILL_DECL result<void> check_s3_key(s3_session const& session, std::string_view key);
/// What the kit stores and looks for: a store's key (check_store_key) that S3 can name, and not the store's own.
[[nodiscard]] WAYBILL_DECL result<void> check_own_key(s3_session const& session, std::string_view key);

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/s3_key.ipp>
#endif

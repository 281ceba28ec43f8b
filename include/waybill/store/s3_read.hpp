#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/store/concepts.hpp>
#include <waybill/store/object.hpp>
#include <waybill/store/s3_answer.hpp>
#include <waybill/store/s3_session.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/// Called for each version of a listing; an error ends it.
using s3_version_visitor = std::function<result<void>(s3_version const&)>;

namespace detail {

// What a bucket is asked without changing it. Keys are any that S3 can have; no version asks for the latest one.
// Errors of all: s3_error's, s3_answer's, and the client's.

/// @errors also errc::unsafe_key, malformed_key
[[nodiscard]] WAYBILL_DECL result<object_info> head_object(s3_session const& session, std::string_view key,
                                                           std::optional<std::string> const& version);
/// The bytes end where the answer said they would, or reading fails. @errors also errc::unsafe_key, malformed_key
[[nodiscard]] WAYBILL_DECL result<std::unique_ptr<byte_source>> open_object(s3_session const& session,
                                                                            std::string_view key,
                                                                            std::optional<std::string> const& version,
                                                                            byte_range range);
/// The same with the object's ETag, which must be the one `info` names, if it names one and no version id.
/// @errors also errc::source_changed
[[nodiscard]] WAYBILL_DECL result<opened_object> open_known_object(s3_session const& session, object_info const& info,
                                                                   byte_range range);
/// Objects in the service's order, without the store's own. @param prefix  any bytes @errors also those of `visit`
[[nodiscard]] WAYBILL_DECL result<void> list_objects(s3_session const& session, std::string_view prefix,
                                                     object_visitor const& visit);
/// By key, of one key the latest first. @errors also those of `visit`
[[nodiscard]] WAYBILL_DECL result<void> list_object_versions(s3_session const& session, std::string_view prefix,
                                                             s3_version_visitor const& visit);
/// All pages of an object's parts. @errors also errc::unsafe_key, malformed_key
[[nodiscard]] WAYBILL_DECL result<s3_attributes> object_attributes(s3_session const& session, std::string_view key,
                                                                   std::optional<std::string> const& version);
[[nodiscard]] WAYBILL_DECL result<bool> keeps_versions(s3_session const& session);

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/s3_read.ipp>
#endif

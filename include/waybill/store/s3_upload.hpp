#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/store/object.hpp>
#include <waybill/store/s3_answer.hpp>
#include <waybill/store/s3_session.hpp>
#include <waybill/store/s3_sums.hpp>

#include <cstdint>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/** Stores a content in parts by the chunk rule, several at once.

    An unfinished upload of a content-addressed key is gone on with: parts the server has with the right size and
    checksum are not sent again. What fails is aborted, except where the next attempt can go on with it: a
    content-addressed key and an error that is transient or a request to stop. Once options.stop is set the service is
    asked nothing more: then an upload of any key stays, for the bucket's lifecycle rule.
    @pre sums.plan.parts > 1
    @errors errc::collision, digest_mismatch, source_changed; s3_error's; what content and client say */
[[nodiscard]] WAYBILL_DECL result<object_info> put_in_parts(s3_session const& session, std::string_view key,
                                                            object_content const& content, upload_sums const& sums,
                                                            put_options const& options);

/** Copies on the server, in parts by the chunk rule where the object has several, so that the copy has the chunked
    digest.
    @param size  bytes of the source, of several parts
    @errors s3_error's; errc::unsupported where the service copies parts without a checksum */
[[nodiscard]] WAYBILL_DECL result<s3_stored> copy_in_parts(s3_session const& session, s3_copy_source const& from,
                                                           std::uint64_t size, std::string_view key);

/// What an attempt to write meets: errc::collision for a condition that did not hold.
[[nodiscard]] WAYBILL_DECL error write_refused(s3_reply const& reply, s3_subject const& subject,
                                               put_options const& options);

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/s3_upload.ipp>
#endif

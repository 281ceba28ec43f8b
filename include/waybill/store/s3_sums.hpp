#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/error.hpp>
#include <waybill/hash/chunked.hpp>
#include <waybill/http/client.hpp>
#include <waybill/store/object.hpp>
#include <waybill/store/s3_request.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// What is known of a content before it is sent.
struct upload_sums {
  chunk_plan plan;
  std::vector<digest> parts;           ///< SHA-256 of each part; of an empty content that of nothing
  std::vector<digest> part_crcs{};     ///< CRC-64/NVME of each part, where that is what is kept
  std::optional<digest> whole_crc{};   ///< of all bytes, likewise
  std::optional<std::string> bytes{};  ///< of a small content that had to be read, so that it is read once

  [[nodiscard]] WAYBILL_DECL digest chunked() const;
  [[nodiscard]] WAYBILL_DECL s3_payload payload(std::size_t part, std::uint64_t size) const;
};

/** What is to be sent, with every expected digest checked, except those the server will check against the bytes.

    Nothing is read where the content or `expected` names the SHA-256 of all parts and every other expected digest
    follows from them. Else one pass hashes what is missing; contents of up to 256 KiB are kept from it.
    @param crc  also CRC-64/NVME, which takes the pass
    @errors errc::digest_mismatch, unknown_algorithm, source_changed; what the content says */
[[nodiscard]] WAYBILL_DECL result<upload_sums> sums_for_upload(object_content const& content,
                                                               digest_set const& expected, bool crc,
                                                               std::string_view name);

/// Why a server found other bytes than announced: the content changed, was never right, or was damaged on its way
/// (temporary).
[[nodiscard]] WAYBILL_DECL error why_refused(object_content const& content, digest_set const& expected,
                                             upload_sums const& sent, std::string_view name);

/// A part of a content as a request's body: it fails where it would end early. @lifetime refers to its arguments
[[nodiscard]] WAYBILL_DECL http_body part_body(object_content const& content, upload_sums const& sums,
                                               object_extent part, std::string_view name);

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/s3_sums.ipp>
#endif

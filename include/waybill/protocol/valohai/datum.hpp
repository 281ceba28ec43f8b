#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// One stored file as the platform knows it.
struct datum {
  std::string id;
  std::string name;                     ///< may hold slashes; empty until it was asked for (see `is_complete`)
  std::optional<std::uint64_t> size{};  ///< bytes; empty where the platform does not know it
  digest_set digests{};                 ///< those of sha256, sha1 and md5 that are known
  bool purged = false;                  ///< the bytes are gone

  /// False for a datum of which only the id was said.
  [[nodiscard]] bool is_complete() const noexcept { return !name.empty(); }
};

/** A datum from a list or a version: an object, or its id alone.

    Checksums are hex of either case; one that is null, empty or none of its kind (an object store's own tag, say)
    counts as not known.
    @param pointer where the value stands in its document, for messages
    @errors errc::missing_member, wrong_type, size_out_of_range
    @format the platform's API, data; as the published programs read it */
[[nodiscard]] WAYBILL_DECL result<datum> read_datum(json::value const& v, std::string pointer);

/// Adds the checksums of an object with members `sha256`, `sha1` and `md5`.
WAYBILL_DECL void read_checksums(json::value const& v, digest_set& out);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/datum.ipp>
#endif

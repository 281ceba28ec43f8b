#pragma once

#include <waybill/config.hpp>
#include <waybill/core/bytes.hpp>
#include <waybill/core/digest.hpp>

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** SHA-256 of the parts of contents, kept from hashing until the bytes are sent, so that nothing is hashed twice.

    A content is named by its `sha2-256-chunked`, which is the digest of these very sums: what is kept cannot be wrong
    for it. 32 bytes a part and some 100 a content. @threads all members may be called concurrently
*/
class part_sums {
 public:
  /// @param packed  32 bytes of each part by the chunk rule, in order; nothing is kept of an empty content
  WAYBILL_DECL void keep(digest const& chunked, byte_view packed);
  /// Empty where nothing is known.
  [[nodiscard]] WAYBILL_DECL std::vector<digest> find(digest_set const& digests) const;

 private:
  mutable std::mutex guard_;
  std::unordered_map<std::string, std::string> sums_;  ///< bytes of the digest → packed sums
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/part_sums.ipp>
#endif

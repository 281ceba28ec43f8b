#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/dolt/patience.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/file.hpp>

#include <string>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/** A turn at a database in a directory: programs of ours take one for each call of `dolt`, for reads as well, because
    a Dolt that only reads keeps others from writing.

    It is the `flock` of the directory `.dolt`, of which Dolt itself takes no notice, and leaves no file behind. It ends
    with the object, or the process. */
class local_lock {
 public:
  /// @param directory  the one that holds `.dolt`
  /// @errors errc::file_not_found for no database; errc::temporary when the deadline passed; system errors
  [[nodiscard]] static result<local_lock> take(std::string const& directory, patience const& p);

 private:
  explicit local_lock(file_descriptor fd) noexcept : fd_{std::move(fd)} {}
  file_descriptor fd_;
};

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dolt/local_lock.ipp>
#endif

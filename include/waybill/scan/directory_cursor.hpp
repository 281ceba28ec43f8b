#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/resolve.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI::detail {

/** The directory of the key that was asked for last, kept open: keys that follow each other in one directory need one
    look-up.

    A directory that somebody moves or removes meanwhile goes on to be the one that is worked in, until `forget` or a
    key of another directory.
    @lifetime refers to the resolver  @threads one thread at a time per object
*/
class directory_cursor {
 public:
  explicit directory_cursor(beneath_resolver const& resolver) noexcept : resolver_{&resolver} {}

  /** The directory that holds a key's last segment (O_PATH), lent until the next call; empty where there is none.
      @param create  makes what is missing  @param sync  and flushes each directory that got a new name
      @errors as beneath_resolver::parent, without errc::file_not_found unless `create` */
  [[nodiscard]] result<std::optional<int>> parent(std::string_view key, bool create, bool sync = false);
  void forget() noexcept;

 private:
  beneath_resolver const* resolver_;
  bool known_ = false;
  std::string at_;
  std::optional<directory_handle> directory_;  ///< empty: there is none
};

}  // namespace waybill::inline WAYBILL_ABI::detail

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/directory_cursor.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/entry.hpp>

#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/** Consecutive entries of a manifest, encoded: their lines, and the text that the top hash covers.

    Encoding costs far more than joining, so several threads can each fill a block of their own, and one
    `manifest_writer` appends them in order.
    @format docs/formats.md#quilt-manifest  @threads one thread at a time per object
*/
class manifest_block {
 public:
  /// @pre keys in walk order
  /// @errors errc::unsorted, duplicate_key, key_conflict; as quilt::append_entry_line and quilt::append_hashed_entry;
  ///         the block is then as before
  [[nodiscard]] result<void> add(entry const& e);
  /// Lets the entries go and keeps the memory.
  void clear() noexcept;

  [[nodiscard]] std::string_view lines() const noexcept { return lines_; }
  [[nodiscard]] std::string_view hashed() const noexcept { return hashed_; }
  [[nodiscard]] std::string_view first_key() const noexcept { return first_key_; }  ///< empty without entries
  [[nodiscard]] std::string_view last_key() const noexcept { return last_key_; }    ///< the same

 private:
  std::string lines_, hashed_, first_key_, last_key_;
};

namespace detail {

/// Whether an entry may follow another. @param previous  empty: nothing stands before
/// @errors errc::unsorted, duplicate_key, key_conflict
[[nodiscard]] WAYBILL_DECL result<void> check_follows(std::string_view previous, std::string_view key);

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/manifest/block.ipp>
#endif

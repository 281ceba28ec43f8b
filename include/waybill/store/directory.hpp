#pragma once

#include <waybill/config.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/store/concepts.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/** A directory as a store: keys are file names below it.

    Files appear complete, with their bytes checked and on disk, under their final names (unnamed file, fsync, link or
    rename, fsync of the directory). References change under `flock` on `.waybill/lock`, which also orders processes on
    one machine; over NFS it is as good as the server's locks. Their version is the SHA-256 of their text, so a value
    that came back is the value it was. Nothing is followed out of the root.

    Unlike object stores it cannot hold `x` and `x/y` at once: the second one is refused with errc::key_conflict. Keys
    that are not relative, or are the store's own (`.waybill/{lock,hold,tmp/}`), are errc::unsafe_key; a link or
    device where a file should be is errc::unsafe_path. Content-addressed objects get mode 0444, everything else 0644.
    @threads all members may be called concurrently, also from several processes
*/
class directory_store {
 public:
  /// @param create  make the directory and its parents when missing  @errors errc::file_not_found, system errors
  [[nodiscard]] static result<directory_store> open_path(std::string const& path, bool create);

  [[nodiscard]] result<object_info> head(std::string_view key) const;
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(std::string_view key, byte_range range = {}) const;
  [[nodiscard]] result<void> list(std::string_view prefix, object_visitor const& visit) const;
  [[nodiscard]] physical_key url(std::string_view key) const;
  [[nodiscard]] std::optional<std::string> local_file(std::string_view key) const;
  [[nodiscard]] std::optional<opened_file> open_local(std::string_view key) const;
  [[nodiscard]] result<object_info> put(std::string_view key, object_content const& content,
                                        put_options const& options = {});
  /** Makes a file that was written elsewhere a content-addressed object, without copying: it gets one more name, in
      mode 0444. @pre its bytes have the key's digest  @errors errc::unsupported across file systems: `put` it then;
      unsafe_key for any other key; as put */
  [[nodiscard]] result<void> adopt(std::string_view key, file_descriptor file);
  [[nodiscard]] result<void> remove(std::string_view key);
  [[nodiscard]] result<void> flush();
  [[nodiscard]] result<std::optional<ref_value>> read_ref(std::string_view key);
  [[nodiscard]] result<ref_value> swap_ref(std::string_view key, std::optional<std::string> const& expected,
                                           std::string_view text);
  [[nodiscard]] result<void> remove_ref(std::string_view key, std::optional<std::string> const& expected);

  /// Under `flock` on the file itself: writers wait for each other, readers for nobody.
  [[nodiscard]] result<void> append(std::string_view key, std::uint64_t at, std::string_view tail,
                                    std::string_view text);

  /// By `flock` on `.waybill/hold`. @errors errc::unsafe_path, system errors
  [[nodiscard]] result<std::optional<file_descriptor>> try_hold(hold_kind kind);

  [[nodiscard]] root_directory const& root() const noexcept { return *root_; }

 private:
  directory_store(std::shared_ptr<root_directory const> root, std::shared_ptr<file_descriptor const> directory,
                  std::string path);
  [[nodiscard]] result<void> check_key(std::string_view key) const;
  [[nodiscard]] error at_store(std::string_view key, error e) const;
  [[nodiscard]] error not_read(std::string_view key, std::optional<error> cause) const;
  [[nodiscard]] error not_placed(std::string_view key, error cause) const;
  [[nodiscard]] static result<file_state> seal_object(int fd, digest const& named, std::string_view key);
  [[nodiscard]] result<object_info> put_once(std::string_view key, object_content const& content,
                                             put_options const& options, bool& directory_vanished) const;
  [[nodiscard]] result<std::string> read_text(std::string_view key) const;
  [[nodiscard]] result<std::optional<ref_value>> current(std::string_view key) const;
  [[nodiscard]] result<file_descriptor> lock_for_change(std::string_view key,
                                                        std::optional<std::string> const& expected);

  std::shared_ptr<root_directory const> root_;
  std::shared_ptr<file_descriptor const> directory_;  ///< the root again, for listing and locking
  std::string path_;                                  ///< real path: URLs must not depend on links
};
static_assert(ref_store<directory_store> && appendable<directory_store> && holdable<directory_store>);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/directory.ipp>
#endif

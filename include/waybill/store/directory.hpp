#pragma once

#include <waybill/config.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/store/concepts.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/** A directory as a store: keys are file names below it.

    Files appear complete, with their bytes checked and on disk, under their final names (unnamed file, fsync, link or rename,
    fsync of the directory). References change under `flock` on `.waybill/lock`, which also orders processes on one
    machine; over NFS it is as good as the server's locks. Nothing is followed out of the root.
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
  [[nodiscard]] result<object_info> put(std::string_view key, object_content const& content, put_options const& options = {});
  [[nodiscard]] result<void> remove(std::string_view key);
  [[nodiscard]] result<void> flush();
  [[nodiscard]] result<std::optional<ref_value>> read_ref(std::string_view key);
  [[nodiscard]] result<ref_value> swap_ref(std::string_view key, std::optional<std::string> const& expected,
                                           std::string_view text);
  [[nodiscard]] result<void> remove_ref(std::string_view key, std::optional<std::string> const& expected);

  [[nodiscard]] root_directory const& root() const noexcept { return *root_; }

 private:
  explicit directory_store(root_directory root);
  std::shared_ptr<root_directory> root_;
};
static_assert(ref_store<directory_store>);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/directory.ipp>
#endif

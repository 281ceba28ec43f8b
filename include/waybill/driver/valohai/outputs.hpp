#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/file.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {
struct output_access;
}

/** The directory of an execution's outputs, in which a file is whole from the moment it has a name.

    Everything there is uploaded, also after a crash; so unfinished files have no name at all (`O_TMPFILE`), or, where
    the file system cannot do that, one in a staging directory elsewhere on it. Nothing is ever renamed or replaced
    inside: what stands under a name is removed first.
    @threads all members may be called concurrently, for different names */
class output_directory {
 public:
  /** Opens the directory, made with its parents.
      @param staging  where unfinished files are kept if they must have names; empty: `.waybill-staging` beside it
      @errors errc::unsupported where that is needed and lies on another file system; system errors */
  [[nodiscard]] static result<output_directory> open(std::string const& path, std::string const& staging);

  [[nodiscard]] std::string const& path() const noexcept { return root_.path(); }

  /// Starts a file without a name. @lifetime this object must outlive it
  [[nodiscard]] result<root_directory::pending_file> create() const;
  /** Gives it its name; what was there is gone.
      @param content  the digest of its bytes, by which a repeated run knows the file again without reading it; may be
                      null
      @errors errc::unsafe_path, unsupported, system errors; there is then no file of that name */
  [[nodiscard]] result<void> name(root_directory::pending_file file, std::string_view name,
                                  digest const* content) const;
  /// A whole small file, flushed to disk. @errors as `name`
  [[nodiscard]] result<void> write(std::string_view name, std::string_view text) const;
  /// The same of what `content` writes to its sink, and says how many bytes that were; of nothing there is no file.
  [[nodiscard]] result<void> write(std::string_view name,
                                   std::function<result<std::uint64_t>(byte_sink&)> const& content) const;
  /// True when a file stands there that an earlier run gave this content, and nobody has written to since.
  [[nodiscard]] result<bool> holds(std::string_view name, std::uint64_t size, digest const& content) const;
  /// A file for reading; empty where there is none. @errors system errors
  [[nodiscard]] result<std::optional<opened_file>> open(std::string_view name) const;
  /// What a file holds; empty where there is none. @errors system errors
  [[nodiscard]] result<std::optional<std::string>> read(std::string_view name) const;
  /// Nothing there: done.
  [[nodiscard]] result<void> remove(std::string_view name) const { return root_.remove_file(name); }
  /// Flushes all files to disk.
  [[nodiscard]] result<void> sync() const { return root_.sync(); }

 private:
  friend struct detail::output_access;
  [[nodiscard]] static result<output_directory> open_as(std::string const& path, std::string const& staging,
                                                        bool (*has_unnamed_files)(std::string const&));
  output_directory(root_directory root, std::optional<root_directory> staging)
      : root_{std::move(root)}, staging_{std::move(staging)} {}

  root_directory root_;
  std::optional<root_directory> staging_;
};

namespace detail {

/// How tests stand on a file system without unnamed files.
struct output_access {
  [[nodiscard]] static result<output_directory> open_without(std::string const& path, std::string const& staging) {
    return output_directory::open_as(path, staging, [](std::string const&) { return false; });
  }
  [[nodiscard]] static root_directory& staging_of(output_directory& outputs) { return *outputs.staging_; }
};

}  // namespace detail

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/valohai/outputs.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/registry/contents.hpp>
#include <waybill/registry/reference.hpp>
#include <waybill/registry/registry.hpp>
#include <waybill/scan/materialise.hpp>
#include <waybill/scan/verify.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// One name of one level of a package.
struct listing_row {
  std::string key;  ///< a directory ends in `/`
  bool directory = false;
  std::uint64_t size = 0;     ///< bytes; of a directory the sum of what is below
  std::uint64_t entries = 1;  ///< files; of a directory all below
};

/// The names directly below a directory of a manifest (`""` is the top), in walk order.
/// @errors errc::key_not_found when nothing is there
[[nodiscard]] WAYBILL_DECL result<std::vector<listing_row>> list_level(manifest const& m, std::string_view directory);

namespace detail {

/// `materialise` into a directory named by its path, which is made unless it is a dry run.
[[nodiscard]] WAYBILL_DECL result<materialise_report> materialise_into(std::span<entry const> entries,
                                                                       std::string const& directory,
                                                                       content_provider& contents,
                                                                       materialise_options const& options,
                                                                       job_control const& control);

}  // namespace detail

/** A published version of a package: immutable, and able to give its bytes.

    There is no way to change one: start a `package_builder` from it.
    @threads everything is const
*/
class package {
 public:
  /// Opens a version. @errors as registry::resolve and load
  [[nodiscard]] static result<package> open(registry const& from, package_ref const& ref);
  /// A version whose manifest is at hand already.
  package(registry const& from, package_name name, waybill::manifest m)
      : registry_{from}, name_{std::move(name)}, manifest_{std::move(m)} {}

  [[nodiscard]] package_name const& name() const noexcept { return name_; }
  [[nodiscard]] waybill::manifest const& manifest() const noexcept { return manifest_; }
  [[nodiscard]] std::string top_hash() const { return manifest_.top_hash().hex(); }
  [[nodiscard]] registry const& source() const noexcept { return registry_; }

  [[nodiscard]] result<std::vector<listing_row>> ls(std::string_view directory = {}) const {
    return list_level(manifest_, directory);
  }
  /// An entry's bytes as a verified stream. @errors errc::key_not_found; as registry_contents
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_entry(std::string_view key) const;
  /// The same, whole. @errors errc::too_large beyond `max_bytes`; as `open_entry` and its reads
  [[nodiscard]] result<std::string> read(std::string_view key, std::uint64_t max_bytes = std::uint64_t{1} << 30) const;
  /// User metadata of an entry, a directory, or (`""` and `.`) the package; null when none was set.
  /// @errors errc::key_not_found
  [[nodiscard]] result<json::value> metadata(std::string_view key = {}) const;
  /// Text of README.md (any case, also README, README.txt, README.rst). @errors errc::key_not_found; as `read`
  [[nodiscard]] result<std::string> readme() const;
  /// Puts the package's files, or those of a selection, into a directory. @errors as materialise
  [[nodiscard]] result<materialise_report> install(std::string const& directory,
                                                   materialise_options const& options = {},
                                                   job_control const& control = {}) const;
  /// Each difference between a directory and this version. @errors as verify_directory
  [[nodiscard]] result<std::vector<tree_difference>> verify(std::string const& directory,
                                                            job_control const& control = {}) const;

 private:
  registry registry_;
  package_name name_;
  waybill::manifest manifest_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/package.ipp>
#endif

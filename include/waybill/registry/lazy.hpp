#pragma once

#include <waybill/algebra/select.hpp>
#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/registry/package.hpp>
#include <waybill/registry/workspace.hpp>
#include <waybill/scan/materialise.hpp>
#include <waybill/scan/transfer.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// What a lazy installation did, or would do.
struct lazy_report {
  /// Added and replaced: placeholders that were put; unchanged: right files, and placeholders that stood there. No
  /// bytes of the package were moved.
  materialise_report placed;
  std::uint64_t placeholders = 0;  ///< entries that are not fetched now
};

/** Installs a version without its bytes: files that are not right already become placeholders, to be fetched later.

    Everything that `install_package` refuses is refused; the placeholders get their names as files do there. A run that
    was stopped is finished by repeating it; before that, what it left is data to nobody: `push_directory` refuses it.
    @param include, tag  as install_package  @param options  `delete_extra` is errc::usage
    @errors as install_package, but for those of moving bytes */
[[nodiscard]] WAYBILL_DECL result<lazy_report> install_lazily(
    package const& p, std::string const& directory, key_filter const& include, std::optional<std::string> const& tag,
    content_provider& contents, materialise_options const& options, job_control const& control = {});

struct fetch_report {
  materialise_report placed;      ///< of the wanted entries; replaced: placeholders, added: files that were missing
  std::vector<std::string> kept;  ///< wanted, but the file there is neither right nor a placeholder; walk order
};

/** Puts bytes where a lazy installation left placeholders, or where files are missing.

    Files that somebody changed stay. A run that was stopped is finished by repeating it. Once everything was fetched,
    the directory's record says no more that it is a lazy installation.
    @param wanted   keys, directories (`DIR/`) and globs (see glob_match) of what was installed; none: all of it
    @param options  `delete_extra` is errc::usage
    @errors errc::no_workspace where nothing was installed; key_not_found for what names nothing; as materialise and
            workspace::save_installed */
[[nodiscard]] WAYBILL_DECL result<fetch_report> fetch_entries(std::string const& directory,
                                                              std::vector<std::string> const& wanted,
                                                              content_provider& contents,
                                                              materialise_options const& options,
                                                              job_control const& control = {});

namespace detail {

/// The entries an installation is to place. @param picked  keeps a selection  @lifetime refers to `p` or `picked`
/// @errors errc::key_not_found when nothing matches
[[nodiscard]] WAYBILL_DECL result<std::span<entry const>> entries_to_place(package const& p, key_filter const& include,
                                                                           std::vector<entry>& picked);

/// What was installed in a directory, if placeholders may stand there; a damaged record counts as none.
[[nodiscard]] WAYBILL_DECL std::optional<installed_package> lazy_installation(std::string const& directory);

/// An installation's record in the making: it takes over what a lazy one before it left.
struct installation_record {
  installed_package now;
  std::optional<installed_package> before;  ///< as `lazy_installation` found it, before anything was placed

  /// Whether what was there before is the very version that is installed now.
  [[nodiscard]] bool same_version() const;
  /// Removes the placeholders of another version whose place nothing took, and adds them to the report's `removed`.
  [[nodiscard]] result<void> retire(std::string const& directory, std::span<entry const> placed,
                                    materialise_report& report, bool dry_run) const;
  /// @errors as workspace::save_installed
  [[nodiscard]] result<void> save(std::string const& directory);
};

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/lazy.ipp>
#endif

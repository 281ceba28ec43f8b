#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/registry/package_builder.hpp>
#include <waybill/registry/reference.hpp>
#include <waybill/scan/placeholder.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// What a directory was installed from, or pushed as, last.
struct installed_package {
  package_name name;
  std::string registry;  ///< location as registry::location
  std::optional<std::string> tag;
  waybill::manifest manifest;
  std::vector<std::string> include{};  ///< globs of a partial installation; empty: everything was placed
  /// Of a lazy installation, `ns/name@hash`: the version whose placeholders may stand in the directory. Pushing the
  /// directory makes another version of it, and leaves the placeholders as they are.
  std::optional<std::string> placeholders{};

  /// What was placed: the manifest, or of a partial installation the entries that its globs select.
  [[nodiscard]] result<waybill::manifest> placed() const;
  /// The placeholders that may stand in the directory; none unless it was installed lazily.
  /// @lifetime refers to this object's manifest
  [[nodiscard]] placeholder_set known_placeholders() const;
};

/** The `.waybill/` of a directory: its draft, and the version it was installed from.

    Files: `draft.json` (schema, name, top hash once built, maker) beside `draft.jsonl` (the draft as Quilt lines,
    unbuilt entries with null), `installed.json` (schema, name, registry, tag, top hash, include, placeholders) beside
    `installed-<hash>.jsonl` (the manifest). Each is replaced atomically; the `.json` is written last. They are read as
    data from strangers: names and registries, never commands or credentials; `.waybill` itself and its files must not
    be symbolic links.
    @format docs/formats.md#workspace
*/
class workspace {
 public:
  /// A workspace at `directory`, which need not have a `.waybill/` yet. @errors errc::file_not_found
  [[nodiscard]] static result<workspace> at(std::string const& directory);
  /// The nearest directory from `start` upwards that has a `.waybill/` with a draft or an installation.
  /// @errors errc::no_workspace
  [[nodiscard]] static result<workspace> find(std::string const& start);

  [[nodiscard]] std::string const& directory() const noexcept { return directory_; }

  /// Empty when there is no draft.
  /// @errors errc::corrupt_state naming the file; as quilt::parse_line, with file and line
  [[nodiscard]] result<std::optional<package_builder>> load_draft() const;
  /// @param maker  kept in the record; tells whoever loads the draft later who saved it
  /// @errors as quilt::append_entry_line (nothing is written); errc::unsafe_path for a link in the way; system errors
  [[nodiscard]] result<void> save_draft(package_builder const& draft, std::string_view maker = {}) const;
  /// What the draft's record says of its maker; empty without draft or maker. @errors as load_draft
  [[nodiscard]] result<std::string> draft_maker() const;
  /// Removes the draft; done when there is none. @errors errc::unsafe_path, system errors
  [[nodiscard]] result<void> discard_draft() const;

  /// Empty when nothing was installed here.
  /// @errors as load_draft; corrupt_state when manifest and record do not belong together
  [[nodiscard]] result<std::optional<installed_package>> load_installed() const;
  /// What `load_installed` would say of placeholders, without reading the manifest. @errors as load_installed
  [[nodiscard]] result<std::optional<std::string>> recorded_placeholders() const;
  /// Replaces the record and, last, removes the manifest it named before.
  /// @errors as write_manifest; unsafe_path; system errors
  [[nodiscard]] result<void> save_installed(installed_package const& p) const;

 private:
  explicit workspace(std::string directory) : directory_{std::move(directory)} {}
  std::string directory_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/workspace.ipp>
#endif

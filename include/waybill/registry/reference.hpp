#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace waybill::inline WAYBILL_ABI {

/** `ns/name`: two parts of letters, digits, `_` and `-` of any script.
    @format quilt3 8.0.0 `^[\w-]+/[\w-]+$`; vectors `tests/vectors/quilt/names.json` */
class package_name {
 public:
  /// @errors errc::malformed_name; a bare name gets the hint to add a namespace
  [[nodiscard]] static result<package_name> parse(std::string_view text);
  [[nodiscard]] std::string const& str() const noexcept { return text_; }
  friend bool operator==(package_name const&, package_name const&) = default;
  friend auto operator<=>(package_name const&, package_name const&) = default;

 private:
  explicit package_name(std::string text) noexcept : text_{std::move(text)} {}
  std::string text_;
};

/// A version of a package: by tag, by hash (6 or more lower-case hex digits), or else `latest`.
struct package_ref {
  package_name name;
  std::optional<std::string> tag;
  std::optional<std::string> hash;
  std::optional<std::string> registry;  ///< from a quilt+ URI: `s3://bucket` or `file:///dir`
  std::optional<std::string> path;      ///< from a quilt+ URI: a logical key
};

/// A directory, a manifest file, or `-` for a manifest on standard input.
struct path_ref {
  std::string path;
};

using reference = std::variant<package_ref, path_ref>;

/** Reads a REF of the command line: `ns/name`, `ns/name:tag`, `ns/name@hash`, a `quilt+s3://` or `quilt+file://` URI,
    or a path (anything that starts with `.` or `/`, and `-`).
    @errors errc::malformed_reference, malformed_name
    @format docs/cli.md#references; Quilt+ URIs: docs.quilt.bio "Quilt+ URIs" */
[[nodiscard]] WAYBILL_DECL result<reference> parse_reference(std::string_view text);

/// The same where only a package makes sense. @errors errc::malformed_reference, also for a path; malformed_name
[[nodiscard]] WAYBILL_DECL result<package_ref> parse_package_ref(std::string_view text);

/// `ns/name:tag`, `ns/name@hash` or `ns/name`.
[[nodiscard]] WAYBILL_DECL std::string to_string(package_ref const& ref);

/// A tag: 1 to 128 of `A-Za-z0-9._-`, not starting with `.` or `-`, and not `latest`. @errors errc::usage
[[nodiscard]] WAYBILL_DECL result<void> check_tag(std::string_view tag);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/reference.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/registry/reference.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/** Names of a registry's objects. Under `.quilt/` stands Quilt's V1 layout, which quilt3 and a Quilt catalog read;
    under `.waybill/` what Quilt has no place for.
    @format quilt3 8.0.0 `PackageRegistryV1`; docs/formats.md#registry */
namespace layout {

inline constexpr std::string_view manifests = ".quilt/packages/";
inline constexpr std::string_view named_packages = ".quilt/named_packages/";
inline constexpr std::string_view tags = ".waybill/tags/";
inline constexpr std::string_view histories = ".waybill/history/";
inline constexpr std::string_view objects = ".waybill/objects/";
inline constexpr std::string_view lineage = ".waybill/lineage/";

/// `.quilt/packages/<top hash>`
[[nodiscard]] inline std::string manifest_key(std::string_view top_hash) {
  return std::string{manifests}.append(top_hash);
}
/// `.quilt/named_packages/<ns>/<name>/`
[[nodiscard]] inline std::string pointers_prefix(package_name const& name) {
  return std::string{named_packages}.append(name.str()).append("/");
}
/// `…/latest`: 64 hex digits without newline
[[nodiscard]] inline std::string latest_key(package_name const& name) { return pointers_prefix(name).append("latest"); }
/// `…/<unix seconds>`: one per push
[[nodiscard]] inline std::string pointer_key(package_name const& name, std::int64_t unix_seconds) {
  return pointers_prefix(name).append(std::to_string(unix_seconds));
}
/// `.waybill/tags/<ns>/<name>/`
[[nodiscard]] inline std::string tags_prefix(package_name const& name) {
  return std::string{tags}.append(name.str()).append("/");
}
/// `.waybill/history/<ns>/<name>`: id of the package's dataset, whose log is `.waybill/logs/<id>/`
[[nodiscard]] inline std::string history_key(package_name const& name) {
  return std::string{histories}.append(name.str());
}
[[nodiscard]] inline std::string tag_key(package_name const& name, std::string_view tag) {
  return tags_prefix(name).append(tag);
}

}  // namespace layout
}  // namespace waybill::inline WAYBILL_ABI

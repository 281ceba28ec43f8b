#pragma once

#include <waybill/config.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>

#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// What phase 1 leaves for phase 2, in the form the published programs read.
inline constexpr std::string_view manifest_name = "_dataset-manifest.json";
/// Sizes, digests and reasons, for a phase 2 that checks them.
inline constexpr std::string_view extended_manifest_name = "_waybill-manifest.json";
/// Metadata of many outputs, one line each; in the root of the outputs only.
inline constexpr std::string_view metadata_lines_name = "valohai.metadata.jsonl";
/// Behind an output's name: the file with that output's metadata.
inline constexpr std::string_view sidecar_suffix = ".metadata.json";
/// An output without content, for a version in which nothing is new: metadata needs a file to belong to.
inline constexpr std::string_view marker_name = "dataset-marker.txt";

/// Does the platform take this output as metadata of another one, so that it never becomes data?
[[nodiscard]] WAYBILL_DECL bool is_metadata_name(std::string_view name) noexcept;

/** May content have this name? The files above would be overwritten by it, or it would be taken for one of them.
    @param pass_sidecars  lets sidecars through, metadata of one output each
    @errors errc::protected_name saying what the name is kept for; malformed_key for what is no logical key */
[[nodiscard]] WAYBILL_DECL result<void> check_content_name(std::string_view name, bool pass_sidecars);

/// The name of a version made at that moment: `20260102-030405`, UTC. @format the published programs, phase1.py
[[nodiscard]] WAYBILL_DECL std::string version_name(timestamp now);

/// `dataset://DATASET/VERSION`, both parts as they are: the platform's URIs are not percent-encoded.
[[nodiscard]] WAYBILL_DECL std::string version_uri(std::string_view dataset, std::string_view version);

/// Can this be a part of such a URI without being taken for something else? @errors errc::malformed_name
[[nodiscard]] WAYBILL_DECL result<void> check_uri_part(std::string_view part);

/// True for an id of the platform: a UUID in text form of either case.
[[nodiscard]] WAYBILL_DECL bool is_id(std::string_view text) noexcept;

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/names.ipp>
#endif

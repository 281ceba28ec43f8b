#pragma once

#include <waybill/core/digest.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/manifest/manifest.hpp>

#include <cstdint>
#include <functional>
#include <string>

#include "common/application.hpp"

namespace waybill_cli {

/// Writes a manifest to a sink. @return its top hash
using manifest_filler = std::function<waybill::result<waybill::digest>(waybill::byte_sink&)>;

/// Lets `fill` write to a file (which appears complete or not at all), to stdout (`-`, or empty), or nowhere: `--json`
/// without a target wants the figures only. @errors errc::usage for `--json` with `-`; system errors of the file
[[nodiscard]] waybill::result<waybill::digest> write_to(context& world, std::string const& target,
                                                        manifest_filler const& fill);
/// The document of a verb that wrote a manifest. @param bytes  of all entries
[[nodiscard]] answer written(waybill::digest const& hash, std::uint64_t entries, std::uint64_t bytes,
                             std::string const& target);
/// Both for a manifest in memory.
[[nodiscard]] waybill::result<answer> write_manifest_answer(context& world, waybill::manifest const& m,
                                                            std::string const& target);

}  // namespace waybill_cli

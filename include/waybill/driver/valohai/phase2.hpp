#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/valohai/api.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/valohai/extended_manifest.hpp>
#include <waybill/protocol/valohai/update_manifest.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

struct phase2_options {
  update_manifest manifest;
  std::optional<extended_manifest> checks{};  ///< empty: taken from the execution's outputs where it left one
  bool force = false;                         ///< publishes even where the dataset has moved on
  bool always = false;                        ///< publishes even where nothing changed
  bool dry_run = false;                       ///< checks everything and creates nothing
  valohai::paging paging = valohai::paging::next;
  unsigned attempts = 3;  ///< how often the version is asked for, each time only when it is not there
};

enum class publication : std::uint8_t {
  created,        ///< the version was made
  already_there,  ///< an earlier run made it: same name, same files
  not_needed,     ///< it would be the old version again
  planned         ///< it would be created
};

struct phase2_outcome {
  valohai::publication publication = valohai::publication::not_needed;
  std::string version_id{};         ///< empty where none was needed
  std::vector<std::string> data{};  ///< ids of its files, sorted
  bool checked = false;             ///< sizes and digests were known and held
};

/** Publishes the version that a manifest describes: exactly the outputs it names, and what it keeps.

    Repeated after any failure it makes no second version.
    @errors as api, select_data, read_extended; errc::refused where the dataset's latest version is not the one the
            manifest started from, or another version has the name */
[[nodiscard]] WAYBILL_DECL result<phase2_outcome> run_phase2(api const& platform, phase2_options const& options);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/valohai/phase2.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/driver/valohai/api.hpp>
#include <waybill/driver/valohai/content.hpp>
#include <waybill/driver/valohai/counting.hpp>
#include <waybill/driver/valohai/outputs.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/valohai/comparison.hpp>
#include <waybill/protocol/valohai/plan.hpp>
#include <waybill/protocol/valohai/previous_files.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// What every way of updating is told.
struct update_settings {
  std::string content;  ///< the directory that is to become the dataset's content
  content_options names{};
  missing_checksum_policy missing = missing_checksum_policy::upload;
  duplicate_policy duplicates = duplicate_policy::refuse;
  std::string version_name{};  ///< empty: that of `now`
  timestamp now{};             ///< the present time, taken before the call
  std::string cache_file{};    ///< digests of the last run (see stat_cache); empty for none
  bool save_cache = true;
  update_callback on_progress{};
};

/// An update that only needs to be told to the platform.
struct prepared_update {
  update_plan plan;
  std::uint64_t bytes_read = 0;
};

/** Lists the content that an update is told of.
    @param outputs  null: nothing will be written
    @errors as list_content; errc::usage where content and outputs lie in each other: one would be taken for
            the other */
[[nodiscard]] WAYBILL_DECL result<content_listing> find_content(update_settings const& settings,
                                                                output_directory const* outputs,
                                                                job_control const& control);

/** Compares the content with the old version and copies what is to be uploaded, on all workers.

    Each output has its name when its bytes are complete and hashed; all of them are on disk when this returns.
    @param outputs   null: nothing is written
    @param platform  asked for old content where that is hashed; may be null
    @errors as carrier::carry */
[[nodiscard]] WAYBILL_DECL result<prepared_update> prepare_update(
    content_listing const& content, previous_files const& before, update_settings const& settings,
    bool ambiguous_is_changed, output_directory const* outputs, api const* platform, job_control const& control);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/valohai/preparation.ipp>
#endif

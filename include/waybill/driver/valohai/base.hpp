#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/valohai/api.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/valohai/dataset.hpp>
#include <waybill/protocol/valohai/datum.hpp>
#include <waybill/protocol/valohai/previous_files.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// What an update starts from.
struct update_base {
  std::string dataset_id{};  ///< empty where only the name is known
  std::string dataset_name;
  std::optional<version_reference> version{};  ///< empty: there is none yet, or it is known by its URI only
  std::optional<std::string> uri{};            ///< of that version; empty: there is none yet
  previous_files before{};
};

/// The latest version, asked for over the API. @errors as api; errc::malformed_name for names that no URI can hold
[[nodiscard]] WAYBILL_DECL result<update_base> base_of_platform(api const& platform, std::string_view id_or_name,
                                                                duplicate_policy duplicates);

/** The version that an input of this execution stands for: nothing is asked, nothing is downloaded.
    @param files  of `read_input`  @param version  how the version is named, an alias like `latest` or a name
    @errors errc::usage for a dataset that is given by its id; malformed_name */
[[nodiscard]] WAYBILL_DECL result<update_base> base_of_input(std::vector<datum> files, std::string_view dataset,
                                                             std::string_view version, duplicate_policy duplicates);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/valohai/base.ipp>
#endif

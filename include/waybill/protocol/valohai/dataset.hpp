#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>
#include <waybill/protocol/valohai/datum.hpp>

#include <optional>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// A version as a dataset names it.
struct version_reference {
  std::string id;
  std::string name{};  ///< empty where only the id is said
};

struct dataset {
  std::string id;
  std::string name;
  std::optional<version_reference> latest{};  ///< empty before the first version
};

struct dataset_version {
  std::string id;
  std::string name;
  std::vector<datum> files{};  ///< in the platform's order
};

// Errors of all: errc::missing_member, wrong_type, size_out_of_range, located by a JSON pointer. Members of the
// platform that nothing here needs are ignored. Format: the platform's API as the published programs read it.

[[nodiscard]] WAYBILL_DECL result<dataset> read_dataset(json::value const& body);
[[nodiscard]] WAYBILL_DECL result<dataset_version> read_version(json::value const& body);
/// Id and name of a version in a list, without its files.
[[nodiscard]] WAYBILL_DECL result<version_reference> read_version_reference(json::value const& v, std::string pointer);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/dataset.ipp>
#endif

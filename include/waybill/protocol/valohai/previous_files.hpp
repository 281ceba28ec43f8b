#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/valohai/datum.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// What is done about two data of one name in one version.
enum class duplicate_policy : std::uint8_t {
  refuse,   ///< an error that lists their ids
  last_one  ///< the last one counts, as in the published programs
};

/** The files of the version an update starts from, by name.

    A name stands where it came first in the platform's list; of several data with it the last one counts. */
class previous_files {
 public:
  previous_files() = default;
  /// @errors errc::duplicate_key for a name that stands twice, under duplicate_policy::refuse
  /// @pre every datum is complete
  [[nodiscard]] static result<previous_files> create(std::vector<datum> files, duplicate_policy policy);

  /// Null where the version has no such name. @lifetime refers to this object
  [[nodiscard]] datum const* find(std::string_view name) const noexcept;
  /// True for a name that several data had.
  [[nodiscard]] bool was_ambiguous(std::string_view name) const noexcept;
  [[nodiscard]] std::vector<datum> const& files() const noexcept { return files_; }

 private:
  std::vector<datum> files_;
  std::vector<bool> ambiguous_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/previous_files.ipp>
#endif

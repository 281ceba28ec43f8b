#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/clowder/api.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/clowder/records.hpp>

#include <cstddef>
#include <string>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

/// Which dataset an upload is for.
struct upload_target {
  std::string title;
  std::string space{};     ///< name or id; empty: that of the category, if any
  std::string category{};  ///< noted in the dataset's metadata
  std::string license = "CC BY";

  /// The space that counts.
  [[nodiscard]] std::string const& place() const noexcept { return space.empty() ? category : space; }
  /// What is noted in the dataset.
  [[nodiscard]] dataset_record about() const { return {.title = title, .category = category, .space = place()}; }
};

struct chosen_dataset {
  std::string id;        ///< empty where it would have to be made
  std::string space_id;  ///< version 1; empty for none
  bool made = false;
  std::size_t others = 0;  ///< further datasets that would do as well; the oldest one is taken
};

/** The dataset of that title within its space; a space and a dataset that are not there are made, once each.

    Version 1: titles and names of spaces are compared exactly; a dataset of no space is found only where no space is
    named. Version 2 has no spaces: datasets that were made by the kit for another one are passed over.
    @param create  false: nothing is made
    @errors errc::object_not_found for a space's id that is none; errc::permanent where a new dataset is not in its
            space; as api */
[[nodiscard]] WAYBILL_DECL result<chosen_dataset> choose_dataset(api const& platform, upload_target const& target,
                                                                 bool create);

/// Version 1: the id of a space by its id or exact name; empty where it would have to be made.
[[nodiscard]] WAYBILL_DECL result<std::string> choose_space(api const& platform, std::string const& id_or_name,
                                                            bool create);

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/clowder/target.ipp>
#endif

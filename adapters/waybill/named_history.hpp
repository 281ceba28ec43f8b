#pragma once

#include <waybill/history/dataset.hpp>
#include <waybill/history/timeline.hpp>
#include <waybill/registry/package_history.hpp>
#include <waybill/registry/reference.hpp>
#include <waybill/registry/registry.hpp>

#include <memory>
#include <string>
#include <vector>

#include "verbs.hpp"

namespace waybill_cli {

/// A package of the registry by its name, and the registry's histories.
struct named_history {
  std::unique_ptr<waybill::registry> home;  ///< where it stands, `histories` refer to it
  waybill::package_name name;
  waybill::package_history histories;
};

/// @errors errc::malformed_name; as context::open_registry
[[nodiscard]] waybill::result<named_history> open_history(context& world, std::string const& name);

/// Who does it, and when.
[[nodiscard]] waybill::history::stamp stamp_now();

/// One row of the actions catalogue: `{hash, key, user, datetime, state, seq, origin}`.
[[nodiscard]] waybill::json::object row_of(waybill::history::landed const& a, bool retracted);
/// The same for people.
[[nodiscard]] std::string line_of(waybill::history::landed const& a, bool retracted);
/// A list of actions in both forms; `members` come first.
[[nodiscard]] answer actions_answer(waybill::json::object members,
                                    std::vector<waybill::history::landed> const& actions);

}  // namespace waybill_cli

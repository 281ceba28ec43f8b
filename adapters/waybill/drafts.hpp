#pragma once

#include <waybill/registry/package_builder.hpp>
#include <waybill/registry/workspace.hpp>

#include <functional>
#include <string>

#include "common/application.hpp"
#include "common/context.hpp"

namespace waybill_cli {

/// A draft and the workspace it is kept in.
struct open_draft {
  waybill::workspace place;
  waybill::package_builder draft;
};

/** The present workspace's draft. A directory may come from a stranger with a draft in it: one that names files outside
    the directory is used only where this user kept it, so that nobody's push publishes files they did not choose.
    @errors errc::no_workspace, foreign_location */
[[nodiscard]] waybill::result<open_draft> saved_draft();

/// The same; where there is only an installed package, a new draft that starts from it. @errors errc::no_workspace
[[nodiscard]] waybill::result<open_draft> present_draft(context& world);

/// Keeps a draft in its workspace, as this user's.
[[nodiscard]] waybill::result<void> keep_draft(waybill::workspace const& place, waybill::package_builder const& draft);

/// A draft and the registry it goes to.
struct push_ends {
  open_draft draft;
  waybill::registry to;
};

/// The present workspace's draft and the registry that pushes go to.
/// @errors errc::no_workspace; as open_registry_to_push
[[nodiscard]] waybill::result<push_ends> open_ends(context& world);

/// What a verb that changed a draft prints: `text`, and the draft's name, top hash and number of entries.
[[nodiscard]] answer draft_answer(waybill::package_builder const& draft, std::string text);

/// Changes the present draft and keeps it, unless this is a dry run. @param change  returns what is said about it
[[nodiscard]] waybill::result<answer> change_draft(
    context& world, std::function<waybill::result<std::string>(waybill::package_builder&)> const& change);

}  // namespace waybill_cli

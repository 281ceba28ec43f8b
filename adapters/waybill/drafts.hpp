#pragma once

#include <waybill/registry/package_builder.hpp>
#include <waybill/registry/workspace.hpp>

#include "common/context.hpp"

namespace waybill_cli {

/// A draft and the workspace it is kept in.
struct open_draft {
  waybill::workspace place;
  waybill::package_builder draft;
};

/// The present workspace's draft. @errors errc::no_workspace
[[nodiscard]] waybill::result<open_draft> saved_draft();

/// The same; where there is only an installed package, a new draft that starts from it. @errors errc::no_workspace
[[nodiscard]] waybill::result<open_draft> present_draft(context& world);

}  // namespace waybill_cli

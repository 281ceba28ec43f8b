#include "drafts.hpp"

#include <utility>

namespace waybill_cli {
using waybill::errc;
using waybill::make_error;
using waybill::package_builder;
using waybill::result;

result<open_draft> saved_draft() {
  auto const place = present_workspace();
  if (!place) return place.error();
  auto draft = place->load_draft();
  if (!draft) return draft.error();
  if (!*draft)
    return make_error(errc::no_workspace, "no draft here; start one with: waybill init ns/name", place->directory());
  return open_draft{*place, std::move(**draft)};
}

result<open_draft> present_draft(context& world) {
  auto draft = saved_draft();
  if (draft || draft.error().code != errc::no_workspace) return draft;
  auto const place = present_workspace();
  if (!place) return place.error();
  auto const installed = place->load_installed();
  if (!installed) return installed.error();
  if (!*installed) return draft.error();
  world.out.note("new draft from the installed " + (*installed)->name.str() + " (" +
                 short_hash((*installed)->manifest.top_hash().hex()) + ")");
  auto const home = open_registry_at((*installed)->registry, false);
  if (!home) return home.error();
  return open_draft{*place, package_builder{waybill::package{*home, (*installed)->name, (*installed)->manifest}}};
}

}  // namespace waybill_cli

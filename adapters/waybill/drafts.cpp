#include "drafts.hpp"

#include <utility>

#include "verbs.hpp"

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

result<push_ends> open_ends(context& world) {
  auto draft = saved_draft();
  if (!draft) return draft.error();
  auto to = world.open_registry_to_push();
  if (!to) return to.error();
  return push_ends{std::move(*draft), std::move(*to)};
}

answer draft_answer(package_builder const& draft, std::string text) {
  answer out;
  out.members = {{"name", draft.name().str()},
                 {"top_hash", draft.top_hash().value_or("pre-manifest")},
                 {"entries", number(draft.draft().entries().size())}};
  out.text = std::move(text) + "\n";
  return out;
}

result<answer> change_draft(context& world, std::function<result<std::string>(package_builder&)> const& change) {
  auto open = present_draft(world);
  if (!open) return open.error();
  auto const said = change(open->draft);
  if (!said) return said.error();
  if (!world.dry_run)
    if (auto const saved = open->place.save_draft(open->draft); !saved) return saved.error();
  return draft_answer(open->draft, *said);
}

}  // namespace waybill_cli

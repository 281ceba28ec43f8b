#include "drafts.hpp"

#include <waybill/core/bytes.hpp>
#include <waybill/core/logical_key.hpp>
#include <waybill/scan/file.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <random>
#include <span>
#include <utility>

#include "verbs.hpp"

namespace waybill_cli {
using waybill::errc;
using waybill::make_error;
using waybill::package_builder;
using waybill::result;

namespace {

/// Where the makers of this user's drafts are known, a file each.
std::string makers_home() { return data_home() + "/drafts/"; }

bool is_own(std::string const& maker) {
  auto const is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (maker.size() != 32 || !std::all_of(maker.begin(), maker.end(), is_hex)) return false;
  std::error_code failed;
  return std::filesystem::exists(makers_home() + maker, failed);
}

/// Nobody who made the directory elsewhere can guess it.
std::string new_maker() {
  std::random_device random;
  std::array<std::uint32_t, 4> words;
  for (auto& word : words) word = random();
  return waybill::to_hex(std::as_bytes(std::span{words}));
}

result<void> check_origin(waybill::workspace const& place, package_builder const& draft) {
  std::uint64_t outside = 0;
  std::string first;
  for (auto const& [key, e] : draft.draft().entries())
    for (auto const& location : e.places) {
      // A push copies from either: files of this machine, and objects that this user's credentials open.
      if (!location.is_file() && !location.is_s3()) continue;
      if (location.is_file() && waybill::is_below(location.file_path(), place.directory())) continue;
      if (outside++ == 0) first = location.is_file() ? location.file_path() : location.url();
    }
  if (outside == 0) return {};
  auto const maker = place.draft_maker();
  if (!maker) return maker.error();
  if (is_own(*maker)) return {};
  return make_error(errc::foreign_location,
                    "the draft in this directory was not made by you on this machine, and names " +
                        counted(outside, "place") + " outside it, such as " + first +
                        "; remove .waybill/draft.json and start your own with: waybill init ns/name",
                    place.directory());
}

}  // namespace

result<void> keep_draft(waybill::workspace const& place, package_builder const& draft) {
  auto maker = place.draft_maker();
  if (!maker || !is_own(*maker)) {
    maker = new_maker();
    if (auto const kept = waybill::write_file_atomically(makers_home() + *maker, place.directory() + "\n"); !kept)
      return kept;
  }
  return place.save_draft(draft, *maker);
}

result<open_draft> saved_draft() {
  auto const place = present_workspace();
  if (!place) return place.error();
  auto draft = place->load_draft();
  if (!draft) return draft.error();
  if (!*draft)
    return make_error(errc::no_workspace, "no draft here; start one with: waybill init ns/name", place->directory());
  if (auto const own = check_origin(*place, **draft); !own) return own.error();
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
  auto const home = world.open_registry_at((*installed)->registry, false);
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
    if (auto const saved = keep_draft(open->place, open->draft); !saved) return saved.error();
  return draft_answer(open->draft, *said);
}

}  // namespace waybill_cli

#pragma once

#include <waybill/driver/clowder/target.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/driver/clowder/dataset.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

namespace detail {

/// The oldest space of that very name: ids begin with the time they were made at.
inline result<std::optional<std::string>> look_for_space(api const& platform, std::string const& name) {
  auto const rows = platform.rows([&](std::uint64_t) { return platform.ask().spaces_v1(name); }, read_space);
  if (!rows) return rows.error();
  std::optional<std::string> out;
  for (auto const& row : *rows)
    if (row.name == name && (!out || row.id < *out)) out = row.id;
  return out;
}

/// Datasets of the title that belong to the target, oldest first.
inline result<std::vector<std::string>> candidates(api const& platform, upload_target const& target,
                                                   std::string const& space) {
  auto rows = list_datasets(platform, target.title);
  if (!rows) return rows.error();
  std::ranges::sort(*rows, {}, &dataset_row::id);
  std::vector<std::string> out, unmarked;
  for (auto const& row : *rows) {
    if (platform.version() == api_version::v1) {
      bool const there = space.empty() ? row.spaces.empty() : std::ranges::find(row.spaces, space) != row.spaces.end();
      if (there) out.push_back(row.id);
      continue;
    }
    auto const records = read_records(platform, row.id);
    if (!records) return records.error();
    if (!records->about()) unmarked.push_back(row.id);
    else if (records->about()->space == target.place()) out.push_back(row.id);
  }
  out.insert(out.end(), unmarked.begin(), unmarked.end());
  return out;
}

inline result<std::string> make_dataset(api const& platform, upload_target const& target, std::string const& space,
                                        std::vector<std::string> const& before) {
  auto const request = platform.ask().create_dataset(
      {.title = target.title, .description = target.category, .space_id = space, .license = target.license});
  return platform.once([&] { return platform.read_answer(platform.post(request), request.request.url, read_made); },
                       [&]() -> result<std::optional<std::string>> {
                         auto const now = candidates(platform, target, space);
                         if (!now) return now.error();
                         for (auto const& id : *now)
                           if (std::ranges::find(before, id) == before.end()) return std::optional{id};
                         return std::optional<std::string>{};
                       });
}

/// Version 1 says nothing of a space it does not put a dataset into.
inline result<void> check_space(api const& platform, std::string const& dataset, std::string const& space) {
  if (space.empty()) return {};
  auto const row = get_dataset(platform, dataset);
  if (!row) return row.error();
  if (std::ranges::find(row->spaces, space) != row->spaces.end()) return {};
  return make_error(errc::permanent,
                    "the platform made the dataset and did not put it into the space " + space +
                        "; may the key's owner add to that space?",
                    platform.ask().page_of(dataset));
}

}  // namespace detail

WAYBILL_DECL result<std::string> choose_space(api const& platform, std::string const& id_or_name, bool create) {
  if (id_or_name.empty() || platform.version() == api_version::v2) return std::string{};
  if (is_id(id_or_name)) {
    auto const body = platform.get(platform.ask().space_v1(id_or_name));
    if (body) return id_or_name;
    if (body.error().code != errc::permanent && body.error().code != condition::not_found) return body.error();
    return make_error(errc::object_not_found,
                      "there is no space of this id that the key's owner may see; give its name, or another id",
                      id_or_name);
  }
  auto found = detail::look_for_space(platform, id_or_name);
  if (!found) return found.error();
  if (*found) return std::move(**found);
  if (!create) return std::string{};
  auto const request = platform.ask().create_space_v1(id_or_name);
  return platform.once([&] { return platform.read_answer(platform.post(request), request.request.url, read_made); },
                       [&] { return detail::look_for_space(platform, id_or_name); });
}

WAYBILL_DECL result<chosen_dataset> choose_dataset(api const& platform, upload_target const& target, bool create) {
  auto const space = choose_space(platform, target.place(), create);
  if (!space) return space.error();
  chosen_dataset out{.id = {}, .space_id = *space};
  bool const space_is_new = platform.version() == api_version::v1 && space->empty() && !target.place().empty();
  if (space_is_new) return out;
  auto const there = detail::candidates(platform, target, *space);
  if (!there) return there.error();
  if (!there->empty()) {
    out.id = there->front();
    out.others = there->size() - 1;
    return out;
  }
  if (!create) return out;
  auto made = detail::make_dataset(platform, target, *space, *there);
  if (!made) return made.error();
  out.id = std::move(*made);
  out.made = true;
  if (auto const r = detail::check_space(platform, out.id, *space); !r) return r.error();
  if (auto const r = add_record(platform, out.id, content_of(target.about())); !r) return r.error();
  return out;
}

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

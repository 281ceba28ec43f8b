#pragma once

#include <waybill/protocol/valohai/plan.hpp>

#include <waybill/algebra/diff.hpp>
#include <waybill/algebra/renames.hpp>
#include <waybill/manifest/entry.hpp>

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

inline entry entry_of(planned_file const& file) {
  return {.key = logical_key::trusted(file.name), .size = file.size, .digests = file.digests, .places = {}};
}

/// Only what has a digest can be recognised under another name.
inline std::vector<std::pair<std::string, std::string>> renames_of(update_plan const& plan) {
  diff changes;
  for (auto const& file : plan.files)
    if (file.verdict.action == file_action::added && !file.digests.empty()) changes.added.push_back(entry_of(file));
  for (auto const& file : plan.removed)
    if (!file.digests.empty()) changes.removed.push_back(entry_of(file));
  find_renames(changes);
  std::vector<std::pair<std::string, std::string>> out;
  for (auto const& r : changes.renamed) out.emplace_back(r.from.str(), r.after.key.str());
  return out;
}

inline auto by_name = [](planned_file const& a, planned_file const& b) { return walk_compare(a.name, b.name) < 0; };

}  // namespace detail

WAYBILL_DECL std::uint64_t update_plan::count(file_action action) const noexcept {
  auto const of_action = [&](planned_file const& file) { return file.verdict.action == action; };
  return static_cast<std::uint64_t>(std::ranges::count_if(files, of_action) +
                                    std::ranges::count_if(removed, of_action));
}

WAYBILL_DECL bool update_plan::empty() const noexcept {
  return removed.empty() &&
         std::ranges::all_of(files, [](planned_file const& f) { return f.verdict.action == file_action::kept; });
}

WAYBILL_DECL update_plan make_plan(std::vector<planned_file> content, previous_files const& before) {
  update_plan out{.files = std::move(content)};
  std::ranges::sort(out.files, detail::by_name);
  std::unordered_set<std::string_view> present;
  for (auto const& file : out.files) present.insert(file.name);
  for (auto const& old : before.files())
    if (!present.contains(old.name))
      out.removed.push_back({.name = old.name,
                             .verdict = {file_action::removed, file_reason::not_in_content},
                             .size = old.size.value_or(0),
                             .digests = old.digests});
  std::ranges::sort(out.removed, detail::by_name);
  out.renamed = detail::renames_of(out);
  return out;
}

WAYBILL_DECL std::vector<std::string> new_names(update_plan const& plan) {
  std::vector<std::string> out;
  for (auto const& file : plan.files)
    if (file.verdict.action != file_action::kept) out.push_back(file.name);
  std::ranges::sort(out);
  return out;
}

WAYBILL_DECL std::vector<std::string> excluded_names(update_plan const& plan) {
  std::vector<std::string> out;
  for (auto const& file : plan.files)
    if (file.verdict.action == file_action::changed) out.push_back(file.name);
  for (auto const& file : plan.removed) out.push_back(file.name);
  std::ranges::sort(out);
  return out;
}

WAYBILL_DECL std::vector<std::pair<std::string, std::string>> kept_data(update_plan const& plan,
                                                                        previous_files const& before) {
  std::unordered_set<std::string_view> kept;
  for (auto const& file : plan.files)
    if (file.verdict.action == file_action::kept) kept.insert(file.name);
  std::vector<std::pair<std::string, std::string>> out;
  for (auto const& old : before.files())
    if (kept.contains(old.name)) out.emplace_back(old.name, old.id);
  return out;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

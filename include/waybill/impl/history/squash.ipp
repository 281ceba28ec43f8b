#pragma once

#include <waybill/history/squash.hpp>

#include <waybill/history/action.hpp>
#include <waybill/history/changes.hpp>

#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace history {
namespace detail {

/// A state that holds nothing but what one touched key names in another.
inline state only(std::string const& touched, state const& all) {
  state out;
  auto const copy_fields = [&](meta_owner const& owner, json::value const* fields) {
    if (fields != nullptr && fields->as_object() != nullptr)
      for (auto const& [name, value] : *fields->as_object()) out.set_field(owner, name, value);
  };
  if (touched.ends_with('/')) {
    auto const at = all.directories().find(touched.substr(0, touched.size() - 1));
    if (at != all.directories().end()) copy_fields(touched, &at->second);
  } else if (auto const* const file = all.find(touched)) {
    out.set(*file);
  } else if (touched.starts_with('#')) {
    auto const name = touched.substr(1);
    if (auto const* const value = all.field(std::nullopt, name)) out.set_field(std::nullopt, name, *value);
  }
  return out;
}

struct collapsed {
  state before, after;
};

}  // namespace detail

WAYBILL_DECL void append_changes_at(json::array& out, std::string const& touched, state const& before,
                                    state const& after) {
  auto changes = changes_between(detail::only(touched, before), detail::only(touched, after));
  std::ranges::move(changes, std::back_inserter(out));
}

WAYBILL_DECL result<json::value> squash(dataset const& source, std::vector<bool> const& selected) {
  auto now = source.base;
  std::map<std::string, detail::collapsed> keys;
  std::vector<std::string> order;
  json::array covers;
  for (std::size_t i = 0; i < source.line.effective.size(); ++i) {
    auto const& a = source.line.effective[i];
    auto const touched = selected[i] ? touched_keys(*a.what) : std::vector<std::string>{};
    for (auto const& key : touched)
      if (keys.try_emplace(key, detail::collapsed{detail::only(key, now), {}}).second) order.push_back(key);
    if (auto const ok = detail::play_again(now, a); !ok) return ok.error();
    for (auto const& key : touched) keys.at(key).after = detail::only(key, now);
    if (!selected[i]) continue;
    covers.emplace_back(a.what->hash);
    for (auto& hash : covered_by(*a.what)) covers.emplace_back(std::move(hash));
  }
  json::array changes;
  for (auto const& key : order) {
    auto const& [before, after] = keys.at(key);
    auto at_key = changes_between(before, after);
    std::ranges::move(at_key, std::back_inserter(changes));
  }
  return json::value{json::object{{"changes", removals_first(std::move(changes))}, {"covers", std::move(covers)}}};
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

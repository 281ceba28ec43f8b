#pragma once

#include <waybill/history/changes.hpp>

#include <waybill/history/action.hpp>
#include <waybill/history/content.hpp>
#include <waybill/history/play.hpp>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace history {
namespace detail {

inline json::value side_of(entry const& e, with_places places, bool with_meta) {
  json::object out{{"content", content_to_json(e, places)}};
  if (with_meta && !(e.meta.as_object() != nullptr && e.meta.as_object()->empty())) out.emplace_back("meta", e.meta);
  return out;
}

inline json::value add_part(entry const& e) {
  return part(kinds::file_add, {{"key", e.key.str()}, {"new", side_of(e, with_places::yes, true)}});
}
inline json::value remove_part(entry const& e) {
  return part(kinds::file_remove, {{"key", e.key.str()}, {"old", side_of(e, with_places::no, true)}});
}
inline json::value replace_part(entry const& before, entry const& after) {
  return part(kinds::file_replace, {{"key", before.key.str()},
                                    {"old", side_of(before, with_places::no, false)},
                                    {"new", side_of(after, with_places::yes, false)}});
}

inline json::object const& fields_of(json::value const* v) {
  static json::object const none;
  return v == nullptr || v->as_object() == nullptr ? none : *v->as_object();
}

inline json::value const* member_of(json::object const& o, std::string_view name) {
  for (auto const& m : o)
    if (m.first == name) return &m.second;
  return nullptr;
}

/// Fields one after the other: what goes, then what comes or changes.
inline void append_field_changes(json::array& out, meta_owner const& owner, json::object const& before,
                                 json::object const& after) {
  auto const start = [&](std::string const& name) {
    json::object params;
    if (owner) params.emplace_back("key", *owner);
    params.emplace_back("name", name);
    return params;
  };
  for (auto const& [name, old] : before) {
    if (member_of(after, name) != nullptr) continue;
    auto params = start(name);
    params.emplace_back("old", old);
    out.push_back(part(kinds::meta_unset, std::move(params)));
  }
  for (auto const& [name, fresh] : after) {
    auto const* const old = member_of(before, name);
    if (old != nullptr && same_value(*old, fresh)) continue;
    auto params = start(name);
    if (old != nullptr) params.emplace_back("old", *old);
    params.emplace_back("new", fresh);
    out.push_back(part(kinds::meta_set, std::move(params)));
  }
}

/// True when two entries' metadata differs in nothing but fields of the user's object.
inline bool differ_by_fields(entry const& before, entry const& after) {
  auto const rest = [](entry const& e) {
    json::object out;
    for (auto const& m : fields_of(&e.meta))
      if (m.first != "user_meta") out.push_back(m);
    return out;
  };
  auto const is_plain = [](entry const& e) {
    auto const* const fields = user_meta(e);
    return fields == nullptr || (fields->as_object() != nullptr && !fields->as_object()->empty());
  };
  return is_plain(before) && is_plain(after) && same_value(rest(before), rest(after));
}

inline void append_directory_changes(json::array& out, state const& before, state const& after) {
  std::set<std::string> names;
  for (auto const* const side : {&before, &after})
    for (auto const& [name, meta] : side->directories()) names.insert(name);
  for (auto const& name : names) {
    auto const fields = [&](state const& s) -> json::object const& {
      auto const at = s.directories().find(name);
      return fields_of(at == s.directories().end() ? nullptr : &at->second);
    };
    append_field_changes(out, name + "/", fields(before), fields(after));
  }
}

}  // namespace detail

WAYBILL_DECL json::value part(std::string_view kind, json::object params) {
  return json::object{{"key", kind}, {"params", std::move(params)}};
}

WAYBILL_DECL void append_file_changes(json::array& out, std::string const& key, entry const* before,
                                      entry const* after) {
  if (before == nullptr && after == nullptr) return;
  if (before == nullptr) return out.push_back(detail::add_part(*after));
  if (after == nullptr) return out.push_back(detail::remove_part(*before));
  bool const content = same_content(*before, *after);
  if (same_value(before->meta, after->meta)) {
    if (!content) out.push_back(detail::replace_part(*before, *after));
    return;
  }
  if (!detail::differ_by_fields(*before, *after)) {
    out.push_back(detail::remove_part(*before));
    out.push_back(detail::add_part(*after));
    return;
  }
  if (!content) out.push_back(detail::replace_part(*before, *after));
  detail::append_field_changes(out, key, detail::fields_of(user_meta(*before)), detail::fields_of(user_meta(*after)));
}

WAYBILL_DECL json::array removals_first(json::array parts) {
  std::ranges::stable_partition(parts,
                                [](json::value const& p) { return *p.find("key")->as_string() == kinds::file_remove; });
  return parts;
}

WAYBILL_DECL json::array changes_between(state const& before, state const& after) {
  json::array removed;
  json::array rest;
  before.each([&](entry const& e) {
    if (after.find(e.key) == nullptr) removed.push_back(detail::remove_part(e));
  });
  after.each([&](entry const& e) { append_file_changes(rest, e.key.str(), before.find(e.key), &e); });
  // A directory may become a file, and a file a directory: what goes goes first.
  json::array directories;
  detail::append_directory_changes(directories, before, after);
  for (auto& change : directories)
    if (*change.find("key")->as_string() == kinds::meta_unset) removed.push_back(std::move(change));
    else rest.push_back(std::move(change));
  detail::append_field_changes(rest, std::nullopt, detail::fields_of(&before.meta()), detail::fields_of(&after.meta()));
  std::ranges::move(rest, std::back_inserter(removed));
  return removed;
}

WAYBILL_DECL result<json::array> inverse(state const& before, std::string_view kind, json::value const& params) {
  std::vector<json::array> steps;
  auto now = before;
  auto const undo_one = [&](std::string_view one, json::value const& its) -> result<void> {
    auto const earlier = now;
    auto const did = play(now, one, its);
    if (!did) return did.error();
    auto& step = steps.emplace_back();
    if (did->failed || did->did == effect::satisfied) return {};
    if (one == kinds::file_move) {
      auto const& from = *its.find("key")->as_string();
      auto const& to = *its.find("to")->as_string();
      step.push_back(part(kinds::file_move, {{"key", to}, {"to", from}, {"old", *its.find("old")}}));
      return {};
    }
    for (auto const& key : touched_keys(one, its)) {
      if (!one.starts_with("Meta.")) append_file_changes(step, key, now.find(key), earlier.find(key));
    }
    if (!one.starts_with("Meta.")) return {};
    auto const* const owner = its.find("key");
    auto const whose =
        owner != nullptr && owner->as_string() != nullptr ? meta_owner{*owner->as_string()} : meta_owner{};
    auto const& name = *its.find("name")->as_string();
    auto const field = [&](state const& s) {
      auto const* const v = s.field(whose, name);
      return v == nullptr ? json::object{} : json::object{{name, *v}};
    };
    detail::append_field_changes(step, whose, field(now), field(earlier));
    return {};
  };
  if (kind == kinds::package_apply) {
    for (auto const& change : *params.find("changes")->as_array())
      if (auto const ok = undo_one(*change.find("key")->as_string(), *change.find("params")); !ok) return ok.error();
  } else if (auto const ok = undo_one(kind, params); !ok) {
    return ok.error();
  }
  json::array out;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) std::ranges::move(*step, std::back_inserter(out));
  return out;
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

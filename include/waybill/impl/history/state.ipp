#pragma once

#include <waybill/history/state.hpp>

#include <algorithm>
#include <span>

namespace waybill::inline WAYBILL_ABI {
namespace history {
namespace detail {

inline bool is_below(std::string_view key, std::string_view directory) {
  return key.size() > directory.size() && key[directory.size()] == '/' && key.starts_with(directory);
}

inline json::value without_member(json::value const& from, std::string_view name) {
  json::object out;
  for (auto const& m : *from.as_object())
    if (m.first != name) out.push_back(m);
  return out.empty() ? json::value{} : json::value{std::move(out)};
}

/// An object with one field changed; null where none is left.
inline json::value with_field(json::value const* before, std::string_view name, std::optional<json::value> value) {
  json::value out = before != nullptr && before->as_object() != nullptr ? *before : json::value{json::object{}};
  if (!value) return without_member(out, name);
  json::set_member(*out.as_object(), name, std::move(*value));
  return out;
}

}  // namespace detail

WAYBILL_DECL state::state(manifest base) : base_{std::move(base)} {
  for (auto const& d : base_->directories()) directories_.emplace(d.key.str(), d.meta);
  if (auto const* const meta = base_->header().user_meta()) meta_ = *meta;
}

WAYBILL_DECL state state::with(changes changed, directory_map directories, json::value meta) const {
  state out;
  out.base_ = base_;
  out.changed_ = std::move(changed);
  out.directories_ = std::move(directories);
  out.meta_ = std::move(meta);
  return out;
}

WAYBILL_DECL entry const* state::find(std::string_view key) const {
  if (auto const at = changed_.find(key); at != changed_.end()) return at->second.get();
  return base_ ? base_->find(key) : nullptr;
}

WAYBILL_DECL std::optional<std::string> state::below(std::string_view key) const {
  auto const directory = std::string{key} + "/";
  // The first in walk order, wherever it is kept.
  std::optional<std::string> first;
  for (auto at = changed_.lower_bound(directory); at != changed_.end() && detail::is_below(at->first, key); ++at) {
    if (!at->second) continue;
    first = at->first;
    break;
  }
  for (auto const& e : base_ ? base_->below(key) : std::span<entry const>{}) {
    if (changed_.contains(e.key)) continue;
    if (!first || walk_compare(e.key, *first) < 0) first = e.key.str();
    break;
  }
  if (first) return first;
  if (directories_.contains(key)) return directory;
  auto const at = directories_.lower_bound(directory);
  if (at != directories_.end() && detail::is_below(at->first, key)) return at->first + "/";
  return std::nullopt;
}

WAYBILL_DECL std::optional<std::string> state::in_the_way(std::string_view key) const {
  for (auto slash = key.find('/'); slash != std::string_view::npos; slash = key.find('/', slash + 1))
    if (find(key.substr(0, slash)) != nullptr) return std::string{key.substr(0, slash)};
  return below(key);
}

WAYBILL_DECL void state::set(entry e) {
  auto key = e.key.str();
  changed_.insert_or_assign(std::move(key), std::make_shared<entry const>(std::move(e)));
}

WAYBILL_DECL void state::erase(std::string_view key) {
  if (base_ && base_->find(key) != nullptr) changed_.insert_or_assign(std::string{key}, nullptr);
  else if (auto const at = changed_.find(key); at != changed_.end()) changed_.erase(at);
}

WAYBILL_DECL bool state::can_have_meta(meta_owner const& owner) const {
  if (!owner) return true;
  if (!owner->ends_with('/')) return find(*owner) != nullptr;
  auto const name = std::string_view{*owner}.substr(0, owner->size() - 1);
  if (find(name) != nullptr) return false;
  for (auto slash = name.find('/'); slash != std::string_view::npos; slash = name.find('/', slash + 1))
    if (find(name.substr(0, slash)) != nullptr) return false;
  return true;
}

WAYBILL_DECL json::value const* state::fields(meta_owner const& owner) const {
  if (!owner) return &meta_;
  if (owner->ends_with('/')) {
    auto const at = directories_.find(std::string_view{*owner}.substr(0, owner->size() - 1));
    return at == directories_.end() ? nullptr : &at->second;
  }
  auto const* const file = find(*owner);
  return file == nullptr ? nullptr : user_meta(*file);
}

WAYBILL_DECL json::value const* state::field(meta_owner const& owner, std::string_view name) const {
  auto const* const all = fields(owner);
  return all == nullptr ? nullptr : all->find(name);
}

WAYBILL_DECL void state::set_field(meta_owner const& owner, std::string_view name, std::optional<json::value> value) {
  auto changed = detail::with_field(fields(owner), name, std::move(value));
  if (!owner) {
    meta_ = std::move(changed);
  } else if (owner->ends_with('/')) {
    auto const directory = owner->substr(0, owner->size() - 1);
    if (changed.is_null()) directories_.erase(directory);
    else directories_.insert_or_assign(directory, std::move(changed));
  } else {
    auto file = *find(*owner);
    if (changed.is_null()) {
      auto rest = detail::without_member(file.meta, "user_meta");
      file.meta = rest.is_null() ? json::value{json::object{}} : std::move(rest);
    } else {
      json::set_member(*file.meta.as_object(), "user_meta", std::move(changed));
    }
    set(std::move(file));
  }
}

WAYBILL_DECL void state::each(std::function<void(entry const&)> const& visit) const {
  auto at = changed_.begin();
  auto const visit_changed = [&] {
    if (at->second) visit(*at->second);
    ++at;
  };
  for (auto const& e : base_ ? base_->entries() : std::span<entry const>{}) {
    while (at != changed_.end() && walk_compare(at->first, e.key) < 0) visit_changed();
    if (at != changed_.end() && at->first == e.key.str()) visit_changed();
    else visit(e);
  }
  while (at != changed_.end()) visit_changed();
}

WAYBILL_DECL result<manifest> state::to_manifest(manifest_header header) const {
  std::vector<entry> entries;
  each([&](entry const& e) { entries.push_back(e); });
  std::vector<directory_meta> directories;
  for (auto const& [key, meta] : directories_) directories.push_back({logical_key::trusted(key), meta});
  auto const* const before = header.user_meta();
  auto const is_empty = [](json::value const* v) {
    return v == nullptr || v->as_object() == nullptr || v->as_object()->empty();
  };
  bool const same = (is_empty(before) && is_empty(&meta_)) || (before != nullptr && *before == meta_);
  if (!same) header.set_user_meta(meta_.is_null() ? json::value{json::object{}} : meta_);
  return manifest::create(std::move(header), std::move(entries), std::move(directories));
}

WAYBILL_DECL state::kept state::keep(std::vector<std::string> const& keys) const {
  kept out{{}, directories_, meta_};
  for (auto const& key : keys) {
    auto const at = changed_.find(key);
    out.files.emplace_back(key, at == changed_.end() ? std::nullopt : std::optional{at->second});
  }
  return out;
}

WAYBILL_DECL void state::put_back(kept const& before) {
  for (auto const& [key, was] : before.files) {
    if (was) changed_.insert_or_assign(key, *was);
    else changed_.erase(key);
  }
  directories_ = before.directories;
  meta_ = before.meta;
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

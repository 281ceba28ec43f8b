#pragma once

#include <waybill/manifest/builder.hpp>

#include <waybill/core/utf8.hpp>

#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline error key_not_found_error(std::string_view key) {
  return make_error(errc::key_not_found, "no file or directory of that name", printable(key));
}

inline error collision_error(std::string_view from, std::string_view to) {
  return make_error(errc::collision,
                    "cannot move '" + printable(from) + "': '" + printable(to) +
                        "' exists already; overwrite it or choose another name",
                    printable(to));
}

/// The first element below directory `dir`, or the map's end.
template <class Map>
auto first_below(Map& map, std::string_view dir) noexcept {
  auto const at = map.upper_bound(dir);
  return at != map.end() && is_below(at->first, dir) ? at : map.end();
}

/// `key` with the directory `from` at its front replaced by `to`; both may be the root.
inline std::string moved_key(std::string_view key, std::string_view from, std::string_view to) {
  auto const rest = key.substr(from.empty() || key.size() == from.size() ? from.size() : from.size() + 1);
  std::string out{to};
  if (!out.empty() && !rest.empty()) out += '/';
  return out.append(rest);
}

template <class Map>
void put_back(Map& map, std::vector<typename Map::node_type>& nodes) {
  for (auto& node : nodes) map.insert(std::move(node));
}

}  // namespace detail

/// What a move has taken out of the builder, keys as they were.
struct manifest_builder::moving {
  std::vector<entry_map::node_type> entries;
  std::vector<directory_map::node_type> directories;

  moving(entry_map& all, directory_map& metas, std::string_view from) {
    for (auto at = detail::first_below(all, from); at != all.end() && is_below(at->first, from);)
      entries.push_back(all.extract(at++));
    for (auto at = metas.lower_bound(from); at != metas.end() && (at->first == from || is_below(at->first, from));)
      directories.push_back(metas.extract(at++));
  }
  [[nodiscard]] bool empty() const noexcept { return entries.empty() && directories.empty(); }
};

WAYBILL_DECL manifest_builder::manifest_builder(manifest const& base) : header{base.header()} {
  for (auto const& e : base.entries()) entries_.emplace_hint(entries_.end(), e.key.str(), e);
  for (auto const& d : base.directories()) directories_.emplace_hint(directories_.end(), d.key.str(), d.meta);
}

WAYBILL_DECL entry const* manifest_builder::find(std::string_view key) const noexcept {
  auto const at = entries_.find(key);
  return at != entries_.end() ? &at->second : nullptr;
}

WAYBILL_DECL bool manifest_builder::is_directory(std::string_view key) const noexcept {
  return detail::first_below(entries_, key) != entries_.end();
}

WAYBILL_DECL result<void> manifest_builder::check_ancestors(std::string_view key) const {
  for (auto slash = key.find('/'); slash != std::string_view::npos; slash = key.find('/', slash + 1))
    if (entries_.contains(key.substr(0, slash))) return detail::key_conflict_error(key.substr(0, slash), key);
  return {};
}

WAYBILL_DECL result<void> manifest_builder::check_shape(std::string_view key) const {
  if (auto const below = detail::first_below(entries_, key); below != entries_.end())
    return detail::key_conflict_error(key, below->first);
  auto const meta = directories_.lower_bound(key);
  if (meta != directories_.end() && (meta->first == key || is_below(meta->first, key)))
    return detail::key_conflict_error(key, meta->first + "/");
  return check_ancestors(key);
}

WAYBILL_DECL result<void> manifest_builder::set(entry e) {
  if (auto const fits = check_shape(e.key); !fits) return fits;
  std::string key = e.key.str();
  entries_.insert_or_assign(std::move(key), std::move(e));
  return {};
}

WAYBILL_DECL result<entry*> manifest_builder::edit(std::string_view key) {
  auto const at = entries_.find(key);
  if (at == entries_.end()) return detail::key_not_found_error(key);
  return &at->second;
}

WAYBILL_DECL result<std::size_t> manifest_builder::remove(std::string_view key) {
  if (auto const at = entries_.find(key); at != entries_.end()) {
    entries_.erase(at);
    return std::size_t{1};
  }
  if (key.empty()) return make_error(errc::key_not_found, "no entry has an empty name; name what is to be removed");
  moving const removed{entries_, directories_, key};
  if (removed.empty()) return detail::key_not_found_error(key);
  return removed.entries.size();
}

WAYBILL_DECL result<void> manifest_builder::move_entry(std::string_view from, std::string_view to, bool overwrite) {
  auto const at = entries_.find(from);
  if (at == entries_.end() && is_directory(from))
    return make_error(errc::key_not_found, "a directory; move its contents ('DIR/') instead", printable(from));
  if (at == entries_.end()) return detail::key_not_found_error(from);
  auto target = logical_key::parse(to);
  if (!target) return target.error();
  if (from == to) return {};
  if (!overwrite && entries_.contains(to)) return detail::collision_error(from, to);
  auto node = entries_.extract(at);
  if (auto const fits = check_shape(to); !fits) {
    entries_.insert(std::move(node));
    return fits;
  }
  node.key() = to;
  node.mapped().key = std::move(*target);
  entries_.erase(node.key());
  entries_.insert(std::move(node));
  return {};
}

WAYBILL_DECL result<void> manifest_builder::check_target(moving const& parts, std::string_view from,
                                                         std::string_view to, bool overwrite) const {
  for (auto const& node : parts.entries) {
    auto const key = detail::moved_key(node.key(), from, to);
    if (!overwrite && entries_.contains(key)) return detail::collision_error(node.key(), key);
    if (auto const fits = check_shape(key); !fits) return fits;
  }
  for (auto const& node : parts.directories) {
    auto const key = detail::moved_key(node.key(), from, to);
    if (key.empty()) continue;
    auto const present = directories_.find(key);
    if (!overwrite && present != directories_.end() && present->second != node.mapped())
      return detail::collision_error(node.key() + "/", key + "/");
    if (entries_.contains(key)) return detail::key_conflict_error(key, key + "/");
    if (auto const fits = check_ancestors(key); !fits) return fits;
  }
  return {};
}

WAYBILL_DECL result<std::size_t> manifest_builder::move_contents(std::string_view from, std::string_view to,
                                                                 bool overwrite) {
  if (!to.empty())
    if (auto const valid = logical_key::parse(to); !valid) return valid.error();
  if (!from.empty() && to != from && is_below(to, from))
    return make_error(errc::refused,
                      "cannot move directory '" + printable(from) + "' into its own '" + printable(to) + "'",
                      printable(to));
  if (entries_.contains(from)) return make_error(errc::key_not_found, "a file, not a directory", printable(from));
  moving parts{entries_, directories_, from};
  if (parts.empty()) return detail::key_not_found_error(from);
  auto const fits = from == to ? result<void>{} : check_target(parts, from, to, overwrite);
  if (from == to || !fits) {
    detail::put_back(entries_, parts.entries);
    detail::put_back(directories_, parts.directories);
    if (!fits) return fits.error();
    return std::size_t{0};
  }
  for (auto& node : parts.entries) {
    node.key() = detail::moved_key(node.key(), from, to);
    node.mapped().key = logical_key::trusted(node.key());
    entries_.erase(node.key());
    entries_.insert(std::move(node));
  }
  for (auto& node : parts.directories) {
    node.key() = detail::moved_key(node.key(), from, to);
    if (!node.key().empty()) directories_.insert_or_assign(node.key(), std::move(node.mapped()));
  }
  return parts.entries.size();
}

WAYBILL_DECL result<void> manifest_builder::set_directory_meta(std::string_view key, json::value meta) {
  if (auto const valid = logical_key::parse(key); !valid) return valid.error();
  auto const* const members = meta.as_object();
  if (members == nullptr && !meta.is_null())
    return make_error(errc::wrong_type, "metadata of a directory must be an object", printable(key) + "/");
  if (entries_.contains(key)) return detail::key_conflict_error(key, std::string{key} + "/");
  if (auto const fits = check_ancestors(key); !fits) return fits;
  if (members != nullptr && !members->empty()) {
    directories_.insert_or_assign(std::string{key}, std::move(meta));
  } else if (auto const at = directories_.find(key); at != directories_.end()) {
    directories_.erase(at);
  }
  return {};
}

WAYBILL_DECL result<manifest> manifest_builder::build() const {
  std::vector<entry> all;
  all.reserve(entries_.size());
  for (auto const& [key, e] : entries_) all.push_back(e);
  std::vector<directory_meta> metas;
  metas.reserve(directories_.size());
  for (auto const& [key, meta] : directories_) metas.push_back({logical_key::trusted(key), meta});
  return manifest::create(header, std::move(all), std::move(metas));
}

}  // namespace waybill::inline WAYBILL_ABI

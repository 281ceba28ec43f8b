#pragma once

#include <waybill/registry/push_plan.hpp>

#include <waybill/core/logical_key.hpp>
#include <waybill/core/physical_key.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/registry/presence.hpp>
#include <waybill/scan/pool.hpp>
#include <waybill/store/transfer.hpp>
#include <waybill/store/verified.hpp>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline result<std::string> checked_prefix(std::string_view text) {
  while (text.starts_with('/')) text.remove_prefix(1);
  while (text.ends_with('/')) text.remove_suffix(1);
  if (auto const ok = logical_key::parse(text); !ok)
    return make_error(errc::usage, "not a prefix for keys: " + ok.error().detail, printable(text));
  auto const first = text.substr(0, text.find('/'));
  if (first == ".quilt" || first == ".waybill")
    return make_error(errc::protected_name,
                      "the registry's own names lie below " + std::string{first} + "/; choose another --prefix",
                      printable(text));
  return std::string{text};
}

WAYBILL_DECL result<push_plan> push_plan::make(manifest_builder& draft, registry const& to,
                                               push_data_options const& options, job_control const& control) {
  push_plan plan{to};
  if (auto const ok = plan.collect(draft, options); !ok) return ok.error();
  if (to.is_remote()) {
    if (options.known != nullptr && !options.ask_all) plan.settle_known(*options.known);
    if (auto const ok = plan.ask_in_bulk(control); !ok) return ok.error();
  }
  if (auto const ok = plan.look(control); !ok) return ok.error();
  plan.fold_equal_contents();
  return plan;
}

WAYBILL_DECL result<void> push_plan::collect(manifest_builder& draft, push_data_options const& options) {
  if (options.prefix) {
    auto prefix = checked_prefix(*options.prefix);
    if (!prefix) return prefix.error();
    prefix_ = std::move(*prefix);
  }
  for (auto const& [key, unused] : draft.entries()) {
    auto const at = draft.edit(key);
    if (!at) return at.error();
    entry& e = **at;
    std::optional<std::string> own;
    for (auto const& place : e.places)
      if (!own) own = to_->key_of_place(place);
    if (options.local_files_only && (own || std::ranges::none_of(e.places, &physical_key::is_file))) continue;
    auto const* digest = e.digests.strongest();
    if (digest == nullptr && !own)
      return make_error(
          errc::unknown_algorithm,
          "its only hash is of a kind the kit cannot compute, so its bytes cannot be checked while they are copied",
          printable(key));
    auto target = !prefix_.empty() ? prefix_ + "/" + key : own ? *own : object_key(*digest);
    bool const owned = own && *own == target;
    items_.push_back({.e = &e, .key = std::move(target), .owned = owned});
  }
  return {};
}

/// An entry whose bytes a version of the registry has at the same place.
inline bool stands_in(manifest const& known, entry const& e, registry const& r) {
  auto const* old = known.find(e.key);
  if (old == nullptr || old->size != e.size || waybill::compare(old->digests, e.digests) != agreement::same)
    return false;
  return std::ranges::any_of(e.places, [&](physical_key const& place) {
    return r.owns(place) && std::ranges::find(old->places, place) != old->places.end();
  });
}

WAYBILL_DECL void push_plan::settle_known(manifest const& known) {
  std::unordered_multimap<std::string, item*> wanted;
  for (auto& i : items_) {
    if (i.owned && stands_in(known, *i.e, *to_)) i.now = state::keep;
    else if (prefix_.empty() && !i.owned)
      for (auto const& d : i.e->digests) wanted.emplace(object_key(d), &i);
  }
  if (wanted.empty()) return;
  // A file that was renamed, or stands twice: its bytes are there under another key.
  for (auto const& old : known.entries()) {
    auto const own = std::ranges::find_if(old.places, [this](auto const& place) { return to_->owns(place); });
    if (own == old.places.end()) continue;
    for (auto const& d : old.digests)
      for (auto [at, end] = wanted.equal_range(object_key(d)); at != end; ++at)
        if (auto& i = *at->second; i.now == state::copy && i.e->size == old.size) {
          i.now = state::present;
          i.place = *own;
        }
  }
}

WAYBILL_DECL result<void> push_plan::ask_in_bulk(job_control const& control) {
  for (auto const& i : items_) {
    if (i.now != state::copy) continue;
    if (!prefix_.empty() || i.owned) asked_.push_back(i.key);
    else
      for (auto const& d : i.e->digests) asked_.push_back(object_key(d));
  }
  std::ranges::sort(asked_);
  asked_.erase(std::ranges::unique(asked_).begin(), asked_.end());
  auto answers = find_objects(to_->store(), asked_, control);
  if (!answers) return answers.error();
  answers_ = std::move(*answers);
  return {};
}

WAYBILL_DECL result<object_info> push_plan::head(std::string const& key) const {
  if (!to_->is_remote()) return to_->store().head(key);
  auto const at = std::ranges::lower_bound(asked_, key);
  auto const& answer = answers_[static_cast<std::size_t>(at - asked_.begin())];
  if (!answer) return make_error(errc::object_not_found, {}, key);
  return *answer;
}

WAYBILL_DECL result<bool> push_plan::has_these_bytes(item const& i, object_info const& there) const {
  if (there.size != i.e->size) return false;
  auto const vouched = waybill::compare(there.digests, i.e->digests);
  if (vouched != agreement::unknown) return vouched == agreement::same;
  if (to_->is_remote() && there.digests.empty())
    if (auto const told = to_->store().head(i.key); told && told->version_id == there.version_id)
      if (auto const c = waybill::compare(told->digests, i.e->digests); c != agreement::unknown)
        return c == agreement::same;
  auto source = to_->store().open_exactly(there);
  if (!source) return source.error();
  auto const checked = verifying_source::wrap(std::move(*source), i.e->size, i.e->digests, i.key);
  if (!checked) return checked.error();
  std::vector<std::byte> buffer(std::size_t{256} << 10);
  for (;;) {
    auto const n = (*checked)->read(buffer);
    if (!n && (n.error().code == errc::digest_mismatch || n.error().code == errc::size_mismatch)) return false;
    if (!n) return n.error();
    if (*n == 0) return true;
  }
}

inline error taken(push_plan::item const& i) {
  return make_error(errc::collision,
                    "'" + printable(i.e->key.str()) + "' would be stored as '" + printable(i.key) +
                        "', where other bytes lie that a version may need; choose another --prefix",
                    printable(i.key));
}

WAYBILL_DECL result<void> push_plan::meet(item& i, object_info const& there) const {
  auto const same = has_these_bytes(i, there);
  if (!same) return same.error();
  if (*same) {
    i.now = state::present;
    i.place = to_->store().url_of(there);
    return {};
  }
  // A version is never lost by storing another one.
  if (!there.version_id) return taken(i);
  i.replaces = true;
  return {};
}

/// Whether an owned place names a version that the bucket has, though it need not be the latest.
inline bool keeps_named_version(registry const& r, push_plan::item const& i, result<object_info> const& latest) {
  for (auto const& place : i.e->places) {
    auto const own = r.object_of_place(place);
    if (!own || !own->version_id) continue;
    if (latest && latest->version_id == own->version_id) return latest->size == i.e->size;
    return r.store().open_exactly(*own, {0, 0}).has_value();
  }
  return false;
}

WAYBILL_DECL result<void> push_plan::look_at(item& i) const {
  if (i.now != state::copy) return {};
  if (prefix_.empty() && !i.owned)
    for (auto const& d : i.e->digests) {
      auto key = object_key(d);
      // Another size is a damaged object: it is written anew.
      auto const info = head(key);
      if (!info || info->size != i.e->size) continue;
      i.key = std::move(key);
      i.now = state::present;
      i.place = to_->store().url_of(*info);
      return {};
    }
  if (prefix_.empty() && !i.owned) return {};
  auto const info = head(i.key);
  if (i.owned && keeps_named_version(*to_, i, info)) {
    i.now = state::keep;
    return {};
  }
  if (!info && info.error().code != errc::object_not_found) return info.error();
  if (!info) return {};
  if (i.owned) {
    i.now = info->size == i.e->size ? state::keep : state::copy;
    if (i.now == state::keep || digest_of_object_key(i.key)) return {};
    return make_error(errc::size_mismatch,
                      "the registry's bytes of '" + printable(i.e->key.str()) + "' are damaged: expected " +
                          std::to_string(i.e->size.value_or(0)) + " bytes, found " + std::to_string(info->size) +
                          "; set the file again and push",
                      printable(i.key));
  }
  return meet(i, *info);
}

WAYBILL_DECL result<void> push_plan::look(job_control const& control) {
  return parallel_for(items_.size(), control, [this](unsigned, std::size_t i) { return look_at(items_[i]); });
}

WAYBILL_DECL void push_plan::fold_equal_contents() {
  if (!prefix_.empty()) return;
  std::unordered_set<std::string_view> keys;
  for (auto& i : items_)
    if (i.now == state::copy && !keys.insert(i.key).second) i.now = state::present;
}

WAYBILL_DECL transfer_report push_plan::report() const {
  transfer_report out;
  for (auto const& i : items_) {
    auto const size = i.e->size.value_or(0);
    (i.now == state::copy ? out.files_copied : out.files_skipped) += 1;
    (i.now == state::copy ? out.bytes_copied : out.bytes_skipped) += size;
  }
  return out;
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

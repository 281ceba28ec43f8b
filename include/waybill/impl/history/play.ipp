#pragma once

#include <waybill/history/play.hpp>

#include <waybill/history/action.hpp>
#include <waybill/history/content.hpp>
#include <waybill/json/record.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace history {
namespace detail {

inline outcome refuse(errc reason, std::string at) { return {effect::applied, conflict{reason, std::move(at)}}; }
inline outcome applied() { return {effect::applied, {}}; }
inline outcome satisfied() { return {effect::satisfied, {}}; }

/// What params say of a file: `{"content", "meta"?}` under `name`.
inline result<entry> read_side(json::record_reader& in, std::string_view name, logical_key key) {
  auto const& side = in.required_object(name);
  if (auto const ok = in.finish(); !ok) return ok.error();
  json::record_reader inner{side, in.pointer_to(name)};
  auto const& content = inner.required_object("content");
  auto const* const meta = inner.optional_object("meta");
  if (auto const ok = inner.finish(); !ok) return ok.error();
  entry out{std::move(key), {}, {}, nullptr, {}, json::object{}};
  if (meta != nullptr) out.meta = *meta;
  if (auto const ok = read_content(out, content, inner.pointer_to("content")); !ok) return ok.error();
  return out;
}

inline result<logical_key> read_key(json::record_reader& in, std::string_view name) {
  auto const text = in.required_string(name);
  if (auto const ok = in.finish(); !ok) return ok.error();
  auto key = logical_key::parse(text);
  if (!key) return make_error(errc::malformed_key, key.error().detail, in.pointer_to(name));
  return key;
}

inline result<outcome> play_add(state& on, json::record_reader& in) {
  auto key = read_key(in, "key");
  if (!key) return key.error();
  auto file = read_side(in, "new", *key);
  if (!file) return file.error();
  if (auto const* const now = on.find(*key)) {
    bool const there = same_content(*now, *file) && same_meta(now->meta, file->meta);
    return there ? satisfied() : refuse(errc::exists, key->str());
  }
  if (auto blocked = on.in_the_way(*key)) return refuse(errc::exists, std::move(*blocked));
  on.set(std::move(*file));
  return applied();
}

inline result<outcome> play_replace(state& on, json::record_reader& in) {
  auto const key = read_key(in, "key");
  if (!key) return key.error();
  auto const old = read_side(in, "old", *key);
  if (!old) return old.error();
  auto fresh = read_side(in, "new", *key);
  if (!fresh) return fresh.error();
  auto const* const now = on.find(*key);
  if (now == nullptr) return refuse(errc::missing, key->str());
  if (same_content(*now, *fresh)) return satisfied();
  if (!same_content(*now, *old)) return refuse(errc::changed, key->str());
  fresh->meta = now->meta;
  on.set(std::move(*fresh));
  return applied();
}

inline result<outcome> play_remove(state& on, json::record_reader& in) {
  auto const key = read_key(in, "key");
  if (!key) return key.error();
  auto const old = read_side(in, "old", *key);
  if (!old) return old.error();
  auto const* const now = on.find(*key);
  if (now == nullptr) return satisfied();
  if (!same_content(*now, *old)) return refuse(errc::changed, key->str());
  if (!same_meta(now->meta, old->meta)) return refuse(errc::meta_changed, key->str());
  on.erase(*key);
  return applied();
}

inline result<outcome> play_move(state& on, json::record_reader& in) {
  auto const key = read_key(in, "key");
  if (!key) return key.error();
  auto const to = read_key(in, "to");
  if (!to) return to.error();
  auto const old = read_side(in, "old", *key);
  if (!old) return old.error();
  auto const* const now = on.find(*key);
  auto const* const there = on.find(*to);
  if (now == nullptr && there != nullptr && same_content(*there, *old)) return satisfied();
  if (now == nullptr) return refuse(errc::missing, key->str());
  if (!same_content(*now, *old)) return refuse(errc::changed, key->str());
  if (there != nullptr) return refuse(errc::exists, to->str());
  auto moved = *now;
  on.erase(*key);
  if (auto blocked = on.in_the_way(*to)) {
    on.set(std::move(moved));
    return refuse(errc::exists, std::move(*blocked));
  }
  moved.key = *to;
  on.set(std::move(moved));
  return applied();
}

/// Whose metadata it is: `key` is optional, and may end with `/`.
inline result<meta_owner> read_owner(json::record_reader& in) {
  auto owner = in.optional_string("key");
  if (auto const ok = in.finish(); !ok) return ok.error();
  if (!owner) return meta_owner{};
  auto const name = owner->ends_with('/') ? owner->substr(0, owner->size() - 1) : *owner;
  if (auto const key = logical_key::parse(name); !key)
    return make_error(errc::malformed_key, key.error().detail, in.pointer_to("key"));
  return owner;
}

inline bool same_field(json::value const* a, json::value const* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return same_value(*a, *b);
}

/// @param value  what the field becomes; null: it goes
inline result<outcome> play_meta(state& on, json::record_reader& in, json::value const* old, json::value const* value) {
  auto const owner = read_owner(in);
  if (!owner) return owner.error();
  auto const name = in.required_string("name");
  if (auto const ok = in.finish(); !ok) return ok.error();
  if (!on.can_have_meta(*owner)) return refuse(errc::missing, **owner);
  auto const* const now = on.field(*owner, name);
  if (same_field(now, value)) return satisfied();
  if (!same_field(now, old)) return refuse(errc::meta_changed, owner->value_or(std::string{}) + "#" + name);
  on.set_field(*owner, name, value == nullptr ? std::nullopt : std::optional{*value});
  return applied();
}

inline result<outcome> play_one(state& on, std::string_view kind, json::value const& params,
                                std::string const& pointer) {
  json::record_reader in{params, pointer};
  if (kind == kinds::file_add) return play_add(on, in);
  if (kind == kinds::file_replace) return play_replace(on, in);
  if (kind == kinds::file_remove) return play_remove(on, in);
  if (kind == kinds::file_move) return play_move(on, in);
  // A field may hold null, which is not the same as no field.
  if (kind == kinds::meta_set) {
    auto const* const value = params.find("new");
    if (value == nullptr) in.fail(errc::missing_member, "Meta.set needs a new value", "new");
    return play_meta(on, in, params.find("old"), value);
  }
  if (kind == kinds::meta_unset) {
    auto const* const old = params.find("old");
    if (old == nullptr) in.fail(errc::missing_member, "Meta.unset needs the value it takes away", "old");
    return play_meta(on, in, old, nullptr);
  }
  return refuse(errc::unknown_action, std::string{kind});
}

inline result<outcome> play_parts(state& on, json::value const& params) {
  json::record_reader in{params};
  auto const& changes = in.required_array("changes");
  if (auto const ok = in.finish(); !ok) return ok.error();
  auto const before = on.keep(touched_keys(kinds::package_apply, params));
  bool changed = false;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    auto const pointer = "/changes/" + std::to_string(i);
    json::record_reader part{changes[i], pointer};
    auto const kind = part.required_string("key");
    auto const& part_params = part.required_object("params");
    auto const whole = part.finish();
    auto did = whole ? play_one(on, kind, part_params, pointer + "/params") : result<outcome>{whole.error()};
    if (!did || did->failed) {
      on.put_back(before);
      return did;
    }
    changed = changed || did->did == effect::applied;
  }
  return changed ? applied() : satisfied();
}

}  // namespace detail

WAYBILL_DECL result<outcome> play(state& on, std::string_view kind, json::value const& params) {
  if (is_local(kind)) return detail::applied();
  if (kind == kinds::package_apply) return detail::play_parts(on, params);
  return detail::play_one(on, kind, params, {});
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/history/intention.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/history/action.hpp>
#include <waybill/history/content.hpp>
#include <waybill/history/play.hpp>
#include <waybill/history/refusal.hpp>
#include <waybill/json/record.hpp>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace history {
namespace detail {

inline void only_members(json::record_reader& in, json::value const& v, std::initializer_list<std::string_view> known) {
  if (v.as_object() == nullptr) return in.fail(errc::wrong_type, "params are an object", "");
  for (auto const& [name, unused] : *v.as_object())
    if (std::ranges::find(known, name) == known.end()) in.fail(errc::usage, "this action has no such member", name);
}

inline result<entry const*> file_now(state const& now, std::string const& key) {
  auto const* const file = now.find(key);
  if (file == nullptr) return refusal({errc::missing, key});
  return file;
}

inline json::value side(json::value content) { return json::object{{"content", std::move(content)}}; }

inline result<json::value> complete_add(json::record_reader& in, json::value const& v) {
  only_members(in, v, {"key", "content", "meta"});
  auto key = in.required_string("key");
  auto const& content = in.required_object("content");
  auto const* const meta = in.optional_object("meta");
  if (auto const ok = in.finish(); !ok) return ok.error();
  json::object fresh{{"content", content}};
  if (meta != nullptr && !meta->as_object()->empty()) fresh.emplace_back("meta", json::object{{"user_meta", *meta}});
  return json::value{json::object{{"key", std::move(key)}, {"new", std::move(fresh)}}};
}

inline result<json::value> complete_replace(state const& now, json::record_reader& in, json::value const& v) {
  only_members(in, v, {"key", "content"});
  auto key = in.required_string("key");
  auto const& content = in.required_object("content");
  if (auto const ok = in.finish(); !ok) return ok.error();
  auto const file = file_now(now, key);
  if (!file) return file.error();
  return json::value{json::object{
      {"key", std::move(key)}, {"old", side(content_to_json(**file, with_places::no))}, {"new", side(content)}}};
}

inline result<json::value> complete_remove(state const& now, json::record_reader& in, json::value const& v) {
  only_members(in, v, {"key"});
  auto key = in.required_string("key");
  if (auto const ok = in.finish(); !ok) return ok.error();
  auto const file = file_now(now, key);
  if (!file) return file.error();
  json::object old{{"content", content_to_json(**file, with_places::no)}};
  if (!same_meta((*file)->meta, json::object{})) old.emplace_back("meta", (*file)->meta);
  return json::value{json::object{{"key", std::move(key)}, {"old", std::move(old)}}};
}

inline result<json::value> complete_move(state const& now, json::record_reader& in, json::value const& v) {
  only_members(in, v, {"key", "to"});
  auto key = in.required_string("key");
  auto to = in.required_string("to");
  if (auto const ok = in.finish(); !ok) return ok.error();
  auto const file = file_now(now, key);
  if (!file) return file.error();
  return json::value{json::object{
      {"key", std::move(key)}, {"to", std::move(to)}, {"old", side(content_to_json(**file, with_places::no))}}};
}

inline result<json::value> complete_meta(state const& now, json::record_reader& in, json::value const& v, bool set) {
  if (set) only_members(in, v, {"key", "name", "value"});
  else only_members(in, v, {"key", "name"});
  auto const key = in.optional_string("key");
  auto name = in.required_string("name");
  auto const* const value = v.find("value");
  if (set && value == nullptr) in.fail(errc::missing_member, "Meta.set needs a value", "value");
  if (auto const ok = in.finish(); !ok) return ok.error();
  if (!now.can_have_meta(key)) return refusal({errc::missing, *key});
  auto const* const old = now.field(key, name);
  if (!set && old == nullptr) return refusal({errc::missing, key.value_or(std::string{}) + "#" + name});
  json::object out;
  if (key) out.emplace_back("key", *key);
  out.emplace_back("name", std::move(name));
  if (old != nullptr) out.emplace_back("old", *old);
  if (set) out.emplace_back("new", *value);
  return json::value{std::move(out)};
}

inline result<json::value> complete_one(state const& now, std::string_view kind, json::value const& v,
                                        std::string const& pointer) {
  json::record_reader in{v, pointer};
  if (kind == kinds::file_add) return complete_add(in, v);
  if (kind == kinds::file_replace) return complete_replace(now, in, v);
  if (kind == kinds::file_remove) return complete_remove(now, in, v);
  if (kind == kinds::file_move) return complete_move(now, in, v);
  if (kind == kinds::meta_set || kind == kinds::meta_unset) return complete_meta(now, in, v, kind == kinds::meta_set);
  return refusal({errc::unknown_action, printable(kind)});
}

inline result<json::value> complete_parts(state now, json::value const& v) {
  json::record_reader in{v};
  only_members(in, v, {"changes"});
  auto const& changes = in.required_array("changes");
  if (auto const ok = in.finish(); !ok) return ok.error();
  json::array out;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    auto const pointer = "/changes/" + std::to_string(i);
    json::record_reader part{changes[i], pointer};
    only_members(part, changes[i], {"key", "params"});
    auto kind = part.required_string("key");
    auto const& params = part.required_object("params");
    if (auto const ok = part.finish(); !ok) return ok.error();
    auto whole = complete_one(now, kind, params, pointer + "/params");
    if (!whole) return whole.error();
    auto const did = play(now, kind, *whole);
    if (!did) return did.error();
    if (did->failed) return refusal(*did->failed);
    out.push_back(json::object{{"key", std::move(kind)}, {"params", std::move(*whole)}});
  }
  return json::value{json::object{{"changes", std::move(out)}}};
}

}  // namespace detail

WAYBILL_DECL result<json::value> complete(state const& now, std::string_view kind, json::value const& intention) {
  if (kind == kinds::package_apply) return detail::complete_parts(now, intention);
  if (!is_local(kind)) return detail::complete_one(now, kind, intention, {});
  if (intention.as_object() == nullptr) return make_error(errc::wrong_type, "params are an object");
  return intention;
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/history/action.hpp>

#include <waybill/core/bytes.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/json/record.hpp>
#include <waybill/json/write.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace history {
namespace detail {

inline std::string const* text_of(json::value const& params, std::string_view name) {
  auto const* const v = params.find(name);
  return v == nullptr ? nullptr : v->as_string();
}

inline void add_touched(std::vector<std::string>& out, std::string_view kind, json::value const& params) {
  if (kind == kinds::package_apply) {
    auto const* const changes = params.find("changes");
    if (changes == nullptr || changes->as_array() == nullptr) return;
    for (auto const& part : *changes->as_array()) {
      auto const* const part_kind = text_of(part, "key");
      auto const* const part_params = part.find("params");
      if (part_kind != nullptr && part_params != nullptr && *part_kind != kinds::package_apply)
        add_touched(out, *part_kind, *part_params);
    }
    return;
  }
  if (is_local(kind)) return;
  auto const* const key = text_of(params, "key");
  if (key != nullptr) out.push_back(*key);
  if (auto const* const to = text_of(params, "to")) out.push_back(*to);
  auto const* const name = text_of(params, "name");
  if (key == nullptr && name != nullptr) out.push_back("#" + *name);
}

}  // namespace detail

WAYBILL_DECL bool is_known(std::string_view kind) noexcept {
  static constexpr std::array known{kinds::file_add, kinds::file_replace, kinds::file_remove,   kinds::file_move,
                                    kinds::meta_set, kinds::meta_unset,   kinds::package_apply, kinds::dataset_edit};
  return std::ranges::find(known, kind) != known.end();
}

WAYBILL_DECL action make_action(std::string_view kind, json::value params, std::string_view origin, std::uint64_t seq) {
  action out{std::string{kind}, std::move(params), std::string{origin}, seq, {}};
  std::string text{"waybill-action-v1"};
  text.push_back('\0');
  text.append("{\"key\":");  // members sorted, as the canonical form has them
  json::append_canonical_string(text, out.kind);
  text.append(",\"origin\":");
  json::append_canonical_string(text, out.origin);
  text.append(",\"params\":");
  json::append_canonical(text, out.params);
  text.append(",\"seq\":").append(std::to_string(seq)).append("}");
  out.hash = hash_bytes<sha256_hasher>(as_bytes(text)).hex();
  return out;
}

WAYBILL_DECL json::object to_json(action const& a) {
  return {{"key", a.kind},
          {"params", a.params},
          {"hash", a.hash},
          {"origin", a.origin},
          {"seq", json::value::integer(a.seq)}};
}

WAYBILL_DECL result<action> read_action(json::value const& v, std::string const& pointer) {
  json::record_reader in{v, pointer};
  auto const kind = in.required_string("key");
  auto const& params = in.required_object("params");
  auto const hash = in.required_string("hash");
  auto const origin = in.required_string("origin");
  auto const seq = in.required_uint64("seq");
  if (auto const ok = in.finish(); !ok) return ok.error();
  auto out = make_action(kind, params, origin, seq);
  if (out.hash != hash)
    return make_error(errc::digest_mismatch, "the action's hash should be " + out.hash, in.pointer_to("hash"));
  return out;
}

WAYBILL_DECL std::vector<std::string> touched_keys(std::string_view kind, json::value const& params) {
  std::vector<std::string> out;
  detail::add_touched(out, kind, params);
  std::ranges::sort(out);
  auto const repeated = std::ranges::unique(out);
  out.erase(repeated.begin(), repeated.end());
  return out;
}

WAYBILL_DECL std::vector<std::string> covered_by(action const& a) {
  std::vector<std::string> out;
  auto const* const covers = a.kind == kinds::package_apply ? a.params.find("covers") : nullptr;
  if (covers == nullptr || covers->as_array() == nullptr) return out;
  for (auto const& hash : *covers->as_array())
    if (hash.as_string() != nullptr) out.push_back(*hash.as_string());
  return out;
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/history/content.hpp>

#include <waybill/core/digest.hpp>
#include <waybill/core/physical_key.hpp>
#include <waybill/json/record.hpp>
#include <waybill/json/write.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace history {
namespace detail {

inline result<void> read_digests(entry& into, json::value const& v, std::string const& pointer) {
  for (auto const& [name, text] : *v.as_object()) {
    auto const at = pointer + "/" + json::pointer_token(name);
    auto const kind = find_algorithm(name);
    if (!kind) return make_error(errc::unknown_algorithm, kind.error().detail, at);
    if (text.as_string() == nullptr) return make_error(errc::wrong_type, "a digest is a string", at);
    auto const d = digest::parse(*kind, *text.as_string());
    if (!d) return make_error(errc::malformed_digest, d.error().detail, at);
    into.digests.insert(*d);
  }
  return {};
}

inline result<void> read_places(entry& into, std::vector<std::string> const& urls, std::string const& pointer) {
  for (auto const& url : urls) {
    auto place = physical_key::parse(url);
    if (!place) return make_error(errc::malformed_url, place.error().detail, pointer);
    into.places.push_back(std::move(*place));
  }
  return {};
}

/// The members of an entry's metadata that count: an empty `user_meta` does not.
inline json::object counting_members(json::value const& meta) {
  json::object out;
  if (meta.as_object() == nullptr) return out;
  for (auto const& m : *meta.as_object()) {
    bool const empty = m.second.is_null() || (m.second.as_object() != nullptr && m.second.as_object()->empty());
    if (m.first != "user_meta" || !empty) out.push_back(m);
  }
  return out;
}

}  // namespace detail

WAYBILL_DECL json::value content_to_json(entry const& e, with_places places) {
  json::object out;
  if (e.size) out.emplace_back("size", json::value::integer(*e.size));
  json::object digests;
  for (auto const& d : e.digests) digests.emplace_back(std::string{d.kind().name()}, d.text());
  if (!digests.empty()) out.emplace_back("digests", std::move(digests));
  if (!e.foreign_hash.is_null()) out.emplace_back("hash", e.foreign_hash);
  if (places == with_places::yes && !e.places.empty()) {
    json::array urls;
    for (auto const& place : e.places) urls.emplace_back(place.url());
    out.emplace_back("places", std::move(urls));
  }
  return out;
}

WAYBILL_DECL result<void> read_content(entry& into, json::value const& v, std::string const& pointer) {
  json::record_reader in{v, pointer};
  into.size = in.required_uint64("size");
  if (*into.size > static_cast<std::uint64_t>(INT64_MAX))
    in.fail(errc::size_out_of_range, "a file has at most 2^63-1 bytes", "size");
  auto const* const digests = in.optional_object("digests");
  auto const* const hash = in.optional_object("hash");
  auto const places = in.optional_strings("places");
  if (digests == nullptr && hash == nullptr)
    in.fail(errc::missing_member, "content needs a digest to be known by", "digests");
  if (auto const ok = in.finish(); !ok) return ok.error();
  into.digests = {};
  into.places.clear();
  into.foreign_hash = hash == nullptr ? json::value{} : *hash;
  if (digests != nullptr)
    if (auto const ok = detail::read_digests(into, *digests, in.pointer_to("digests")); !ok) return ok.error();
  return detail::read_places(into, places, in.pointer_to("places"));
}

WAYBILL_DECL bool same_content(entry const& a, entry const& b) {
  auto const found = compare_entries(a, b);
  return found == entry_change::none || found == entry_change::metadata;
}

WAYBILL_DECL bool same_value(json::value const& a, json::value const& b) {
  return a == b || json::canonical(a) == json::canonical(b);
}

WAYBILL_DECL bool same_meta(json::value const& a, json::value const& b) {
  return a == b || same_value(detail::counting_members(a), detail::counting_members(b));
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

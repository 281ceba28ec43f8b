#pragma once

#include <waybill/driver/dagster/report.hpp>

#include <waybill/json/write.hpp>
#include <waybill/protocol/dagster_pipes/message.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {
namespace detail {

inline constexpr std::size_t long_text = 1000;  // bytes
inline constexpr std::size_t long_list = 8000;  // bytes of its JSON

inline dagster_pipes::metadata_value shortened(json::value const& v) {
  using dagster_pipes::metadata_value;
  if (auto const* text = v.as_string(); text != nullptr && text->size() > long_text)
    return metadata_value::text(dagster_pipes::short_enough(text->substr(0, long_text)) + "…");
  auto const* items = v.as_array();
  auto const* members = v.as_object();
  if ((items == nullptr && members == nullptr) || json::canonical(v).size() <= long_list)
    return metadata_value::like(v);
  return metadata_value::text(std::to_string(items != nullptr ? items->size() : members->size()) + " items");
}

inline std::size_t room_of(std::pair<std::string, dagster_pipes::metadata_value> const& one) {
  return json::canonical(json::value{one.first}).size() + json::canonical(one.second.document()).size() + 2;
}

}  // namespace detail

WAYBILL_DECL std::size_t room_of(dagster_pipes::metadata const& m) {
  std::size_t out = 0;
  for (auto const& one : m) out += detail::room_of(one);
  return out;
}

WAYBILL_DECL dagster_pipes::metadata metadata_of(json::value const& document) {
  dagster_pipes::metadata out;
  auto const* members = document.as_object();
  if (members == nullptr) return out;
  std::size_t used = 0;
  std::uint64_t left_out = 0;
  for (auto const& [name, v] : *members) {
    if (name == "schema") continue;
    std::pair one{name, detail::shortened(v)};
    auto const room = detail::room_of(one);
    if (used + room > metadata_room) {
      ++left_out;
      continue;
    }
    used += room;
    out.push_back(std::move(one));
  }
  if (left_out != 0) out.emplace_back("left_out", dagster_pipes::metadata_value::integer(left_out));
  return out;
}

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI

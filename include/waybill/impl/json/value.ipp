#pragma once

#include <waybill/json/value.hpp>

#include <algorithm>

namespace waybill::inline WAYBILL_ABI {
namespace json {

WAYBILL_DECL value const* value::find(std::string_view name) const noexcept {
  auto const* members = as_object();
  if (members == nullptr) return nullptr;
  auto const found = std::find_if(members->begin(), members->end(), [&](member const& m) { return m.first == name; });
  return found == members->end() ? nullptr : &found->second;
}

WAYBILL_DECL value* value::find(std::string_view name) noexcept {
  return const_cast<value*>(static_cast<value const&>(*this).find(name));
}

WAYBILL_DECL void set_member(object& o, std::string_view name, value v) {
  auto const found = std::find_if(o.begin(), o.end(), [&](member const& m) { return m.first == name; });
  if (found == o.end()) o.emplace_back(string{name}, std::move(v));
  else found->second = std::move(v);
}

}  // namespace json
}  // namespace waybill::inline WAYBILL_ABI

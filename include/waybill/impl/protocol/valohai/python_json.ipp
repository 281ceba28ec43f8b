#pragma once

#include <waybill/protocol/valohai/python_json.hpp>

#include <waybill/json/write.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

WAYBILL_DECL void append_python_json(std::string& out, json::value const& v) {
  char const* separator = "";
  if (auto const* items = v.as_array()) {
    out += '[';
    for (auto const& item : *items) {
      out += std::exchange(separator, ", ");
      append_python_json(out, item);
    }
    out += ']';
  } else if (auto const* members = v.as_object()) {
    out += '{';
    for (auto const& [name, item] : *members) {
      out += std::exchange(separator, ", ");
      json::append_canonical_string(out, name);
      out += ": ";
      append_python_json(out, item);
    }
    out += '}';
  } else if (auto const* text = v.as_string()) {
    json::append_canonical_string(out, *text);
  } else {
    json::append_compact(out, v);  // a number, true, false or null has one form
  }
}

WAYBILL_DECL std::string python_json(json::value const& v) {
  std::string out;
  append_python_json(out, v);
  return out;
}

WAYBILL_DECL json::value text_or_null(std::string const* text) {
  return text != nullptr ? json::value{*text} : json::value{nullptr};
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

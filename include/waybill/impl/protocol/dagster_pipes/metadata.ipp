#pragma once

#include <waybill/protocol/dagster_pipes/metadata.hpp>

#include <waybill/json/number.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace waybill::inline WAYBILL_ABI {
namespace dagster_pipes {
namespace detail {

enum class raw_kind : std::uint8_t { any, text, structure, object, integer, floating, boolean, null };

struct metadata_type {
  std::string_view name;
  raw_kind kind;
};

/// What dagster 1.13 takes; `job`, which its own schema lists, is refused by it.
inline constexpr std::array metadata_types{metadata_type{"__infer__", raw_kind::any},
                                           metadata_type{"text", raw_kind::text},
                                           metadata_type{"url", raw_kind::text},
                                           metadata_type{"path", raw_kind::text},
                                           metadata_type{"notebook", raw_kind::text},
                                           metadata_type{"md", raw_kind::text},
                                           metadata_type{"asset", raw_kind::text},
                                           metadata_type{"dagster_run", raw_kind::text},
                                           metadata_type{"json", raw_kind::structure},
                                           metadata_type{"int", raw_kind::integer},
                                           metadata_type{"float", raw_kind::floating},
                                           metadata_type{"timestamp", raw_kind::floating},
                                           metadata_type{"bool", raw_kind::boolean},
                                           metadata_type{"null", raw_kind::null},
                                           metadata_type{"table", raw_kind::object},
                                           metadata_type{"table_schema", raw_kind::object},
                                           metadata_type{"table_column_lineage", raw_kind::object}};

inline bool is_whole(json::value const& v) {
  return v.as_number() != nullptr && v.as_number()->text.find_first_of(".eENI") == std::string::npos;
}

/// True where a value is of a kind, after a whole number was made one with a point where that is asked for.
inline bool has_kind(raw_kind kind, json::value& v) {
  switch (kind) {
    case raw_kind::any: return true;
    case raw_kind::text: return v.as_string() != nullptr;
    case raw_kind::structure: return v.as_object() != nullptr || v.as_array() != nullptr;
    case raw_kind::object: return v.as_object() != nullptr;
    case raw_kind::integer: return is_whole(v);
    case raw_kind::boolean: return v.as_bool() != nullptr;
    case raw_kind::null: return v.is_null();
    case raw_kind::floating: break;
  }
  if (v.as_number() == nullptr) return false;
  if (is_whole(v)) v = json::from_double(json::to_double(v.as_number()->text));
  return true;
}

}  // namespace detail

WAYBILL_DECL metadata_value metadata_value::floating(double d) { return {"float", json::from_double(d)}; }
WAYBILL_DECL metadata_value metadata_value::timestamp(double seconds) {
  return {"timestamp", json::from_double(seconds)};
}

WAYBILL_DECL metadata_value metadata_value::structure(json::value v) {
  if (v.as_object() != nullptr || v.as_array() != nullptr) return {"json", std::move(v)};
  return {"json", json::array{std::move(v)}};
}

WAYBILL_DECL metadata_value metadata_value::table(std::vector<column> const& columns, json::array records) {
  json::array schema;
  for (auto const& [name, type] : columns)
    schema.emplace_back(json::object{{"name", std::string_view{name}}, {"type", std::string_view{type}}});
  return {"table", json::object{{"records", std::move(records)}, {"schema", std::move(schema)}}};
}

WAYBILL_DECL result<metadata_value> metadata_value::of(std::string_view type, json::value raw) {
  auto const known = std::ranges::find(detail::metadata_types, type, &detail::metadata_type::name);
  if (known == detail::metadata_types.end())
    return make_error(errc::wrong_type, "Dagster knows no metadata of the type \"" + std::string{type} + "\"");
  if (!detail::has_kind(known->kind, raw))
    return make_error(errc::wrong_type, "the value is none of the metadata type \"" + std::string{type} + "\"");
  return metadata_value{type, std::move(raw)};
}

WAYBILL_DECL metadata_value metadata_value::like(json::value const& v) {
  if (auto const* t = v.as_string()) return text(*t);
  if (auto const* b = v.as_bool()) return boolean(*b);
  if (v.is_null()) return null();
  if (v.as_number() == nullptr) return structure(v);
  return {detail::is_whole(v) ? "int" : "float", v};
}

WAYBILL_DECL json::value metadata_value::document() const {
  return json::object{{"type", std::string_view{type_}}, {"raw_value", raw_}};
}

}  // namespace dagster_pipes
}  // namespace waybill::inline WAYBILL_ABI

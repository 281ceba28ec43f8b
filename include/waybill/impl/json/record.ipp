#pragma once

#include <waybill/json/record.hpp>

#include <waybill/json/number.hpp>

#include <array>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace json {
namespace detail {

inline std::string_view type_name(value const& v) noexcept {
  constexpr std::array<std::string_view, 6> names{"null", "a boolean", "a number", "a string", "an array", "an object"};
  return names[v.variant().index()];
}

inline std::string wrong_type_text(std::string_view wanted, value const& v) {
  return "must be " + std::string{wanted} + ", not " + std::string{type_name(v)};
}

}  // namespace detail

WAYBILL_DECL record_reader::record_reader(value const& v, std::string pointer)
    : members_{v.as_object()}, pointer_{std::move(pointer)} {
  if (members_ == nullptr) first_ = make_error(errc::wrong_type, detail::wrong_type_text("an object", v), pointer_);
}

WAYBILL_DECL value const* record_reader::member(std::string_view name, bool required) {
  if (members_ == nullptr) return nullptr;
  for (auto const& [known, v] : *members_)
    if (known == name) return v.is_null() && !required ? nullptr : &v;
  if (required) fail(errc::missing_member, "a required member is missing", name);
  return nullptr;
}

WAYBILL_DECL void record_reader::fail(errc code, std::string detail, std::string_view name) {
  if (!first_) first_ = make_error(code, std::move(detail), pointer_to(name));
}

WAYBILL_DECL std::string record_reader::pointer_to(std::string_view name) const {
  return pointer_ + "/" + pointer_token(name);
}

WAYBILL_DECL result<void> record_reader::finish() const {
  if (first_) return *first_;
  return {};
}

WAYBILL_DECL std::string record_reader::required_string(std::string_view name) {
  auto const* v = member(name, true);
  if (v == nullptr) return {};
  if (auto const* s = v->as_string()) return *s;
  fail(errc::wrong_type, detail::wrong_type_text("a string", *v), name);
  return {};
}

WAYBILL_DECL std::uint64_t record_reader::required_uint64(std::string_view name) {
  auto const* v = member(name, true);
  if (v == nullptr) return 0;
  auto const* n = v->as_number();
  if (n == nullptr) {
    fail(errc::wrong_type, detail::wrong_type_text("a whole number", *v), name);
    return 0;
  }
  auto const i = to_uint64(n->text);
  if (!i) fail(errc::size_out_of_range, "must be a whole number from 0 to 18446744073709551615", name);
  return i.value_or(0);
}

WAYBILL_DECL bool record_reader::required_bool(std::string_view name) {
  auto const* v = member(name, true);
  if (v == nullptr) return false;
  if (auto const* b = v->as_bool()) return *b;
  fail(errc::wrong_type, detail::wrong_type_text("a boolean", *v), name);
  return false;
}

WAYBILL_DECL array const& record_reader::required_array(std::string_view name) {
  static array const none;
  auto const* v = member(name, true);
  if (v == nullptr) return none;
  if (auto const* items = v->as_array()) return *items;
  fail(errc::wrong_type, detail::wrong_type_text("an array", *v), name);
  return none;
}

WAYBILL_DECL value const& record_reader::required_object(std::string_view name) {
  static value const none{object{}};
  auto const* v = member(name, true);
  if (v == nullptr) return none;
  if (v->as_object() != nullptr) return *v;
  fail(errc::wrong_type, detail::wrong_type_text("an object", *v), name);
  return none;
}

WAYBILL_DECL std::optional<std::string> record_reader::optional_string(std::string_view name) {
  if (member(name, false) == nullptr) return std::nullopt;
  return required_string(name);
}

WAYBILL_DECL std::optional<std::uint64_t> record_reader::optional_uint64(std::string_view name) {
  if (member(name, false) == nullptr) return std::nullopt;
  return required_uint64(name);
}

WAYBILL_DECL std::optional<bool> record_reader::optional_bool(std::string_view name) {
  if (member(name, false) == nullptr) return std::nullopt;
  return required_bool(name);
}

WAYBILL_DECL array const* record_reader::optional_array(std::string_view name) {
  return member(name, false) == nullptr ? nullptr : &required_array(name);
}

WAYBILL_DECL value const* record_reader::optional_object(std::string_view name) {
  return member(name, false) == nullptr ? nullptr : &required_object(name);
}

WAYBILL_DECL value const* record_reader::optional_any(std::string_view name) { return member(name, false); }

WAYBILL_DECL std::vector<std::string> record_reader::optional_strings(std::string_view name) {
  std::vector<std::string> out;
  auto const* items = optional_array(name);
  if (items == nullptr) return out;
  for (auto const& item : *items) {
    if (auto const* s = item.as_string()) {
      out.push_back(*s);
      continue;
    }
    if (!first_)
      first_ = make_error(errc::wrong_type, detail::wrong_type_text("a string", item),
                          pointer_to(name) + "/" + std::to_string(&item - items->data()));
    return {};
  }
  return out;
}

WAYBILL_DECL std::string pointer_token(std::string_view name) {
  std::string out;
  for (char const c : name) {
    if (c == '~') out += "~0";
    else if (c == '/') out += "~1";
    else out += c;
  }
  return out;
}

}  // namespace json
}  // namespace waybill::inline WAYBILL_ABI

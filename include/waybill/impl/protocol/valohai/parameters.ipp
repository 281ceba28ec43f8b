#pragma once

#include <waybill/protocol/valohai/parameters.hpp>

#include <waybill/core/in_file.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>

#include <algorithm>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

/// A text or a number as text.
inline std::string const* plain_text(json::value const& v) {
  if (auto const* n = v.as_number()) return &n->text;
  return v.as_string();
}

}  // namespace detail

WAYBILL_DECL result<parameters> parameters::parse(std::string_view text, std::string file) {
  auto document = json::parse(text);
  if (!document) return in_file(document.error(), file);
  if (document->as_object() == nullptr)
    return make_error(errc::wrong_type, "parameters are one JSON object of names and values", std::move(file));
  return parameters{std::move(*document), std::move(file)};
}

WAYBILL_DECL error parameters::wrong(std::string_view name, std::string_view wanted) const {
  return in_file(make_error(errc::wrong_type, "the parameter " + std::string{name} + " must be " + std::string{wanted},
                            "/" + json::pointer_token(name)),
                 file_);
}

WAYBILL_DECL json::value const* parameters::find(std::string_view name) const {
  auto const* found = document_.find(name);
  if (found == nullptr) {
    std::string other{name};
    std::ranges::replace(other, '-', '_');
    found = document_.find(other);
  }
  return found != nullptr && found->is_null() ? nullptr : found;
}

WAYBILL_DECL result<std::optional<std::string>> parameters::text(std::string_view name) const {
  auto const* v = find(name);
  if (v == nullptr) return std::optional<std::string>{};
  auto const* text = detail::plain_text(*v);
  if (text == nullptr) return wrong(name, "a text or a number");
  return text->empty() ? std::optional<std::string>{} : std::optional{*text};
}

WAYBILL_DECL result<std::vector<std::string>> parameters::list(std::string_view name) const {
  std::vector<std::string> out;
  auto const* v = find(name);
  if (v == nullptr) return out;
  auto const add = [&](json::value const& item) {
    auto const* text = detail::plain_text(item);
    if (text != nullptr && !text->empty()) out.push_back(*text);
    return text != nullptr;
  };
  bool good = true;
  if (auto const* items = v->as_array()) good = std::ranges::all_of(*items, add);
  else good = add(*v);
  if (!good) return wrong(name, "a text or a list of texts");
  return out;
}

WAYBILL_DECL result<std::optional<bool>> parameters::flag(std::string_view name) const {
  auto const* v = find(name);
  if (v == nullptr) return std::optional<bool>{};
  if (auto const* b = v->as_bool()) return std::optional{*b};
  if (auto const* text = v->as_string()) {
    if (*text == "true" || *text == "True") return std::optional{true};
    if (*text == "false" || *text == "False" || text->empty()) return std::optional{false};
  }
  return wrong(name, "true or false");
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

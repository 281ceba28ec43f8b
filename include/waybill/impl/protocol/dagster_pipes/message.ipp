#pragma once

#include <waybill/protocol/dagster_pipes/message.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/json/write.hpp>

#include <array>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dagster_pipes {
namespace detail {

/// The same value with U+FFFD for what is not UTF-8, lone surrogates too: Python reads them and cannot write them.
inline json::value in_utf8(json::value const& v) {
  if (auto const* text = v.as_string()) return std::string_view{replace_invalid_utf8(*text)};
  if (auto const* items = v.as_array()) {
    json::array out;
    out.reserve(items->size());
    for (auto const& item : *items) out.push_back(in_utf8(item));
    return out;
  }
  auto const* members = v.as_object();
  if (members == nullptr) return v;
  json::object out;
  for (auto const& [name, member] : *members) json::set_member(out, replace_invalid_utf8(name), in_utf8(member));
  return out;
}

inline std::string line_of(std::string_view method, json::value params) {
  json::value const message =
      json::object{{"__dagster_pipes_version", "0.1"}, {"method", method}, {"params", in_utf8(std::move(params))}};
  auto line = json::canonical(message);
  line += '\n';
  return line;
}

inline json::value document_of(exception const* e) {
  if (e == nullptr) return nullptr;
  json::array stack;
  for (auto const& line : e->stack) stack.emplace_back(std::string_view{line});
  return json::object{{"message", std::string_view{e->message}},
                      {"name", std::string_view{e->name}},
                      {"stack", std::move(stack)},
                      {"cause", document_of(e->cause.get())},
                      {"context", document_of(e->context.get())}};
}

inline json::value document_of(metadata const& all) {
  json::object out;
  for (auto const& [label, one] : all) json::set_member(out, label, one.document());
  return out;
}

}  // namespace detail

WAYBILL_DECL exception exception_of(error const& e) {
  exception out{.message = short_enough(e.detail.empty() ? e.code.message() : e.detail), .name = name_of(e.code)};
  if (!e.path.empty()) {
    out.message = short_enough(e.path + ": " + out.message);
    out.stack.push_back(short_enough(e.path) + "\n");
  }
  return out;
}

WAYBILL_DECL std::string opened_message() {
  return detail::line_of("opened", json::object{{"extras", json::object{}}});
}
WAYBILL_DECL std::string closed_message() { return detail::line_of("closed", json::object{}); }
WAYBILL_DECL std::string closed_message(exception const& e) {
  return detail::line_of("closed", json::object{{"exception", detail::document_of(&e)}});
}

WAYBILL_DECL std::string log_message(log_level level, std::string_view text) {
  constexpr std::array<std::string_view, 5> words{"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
  return detail::line_of(
      "log", json::object{{"message", short_enough(text)}, {"level", words[static_cast<std::size_t>(level)]}});
}

WAYBILL_DECL std::string materialization_message(materialization const& m) {
  return detail::line_of("report_asset_materialization",
                         json::object{{"asset_key", std::string_view{m.asset_key}},
                                      {"metadata", detail::document_of(m.metadata)},
                                      {"data_version", m.data_version ? json::value{*m.data_version} : json::value{}}});
}

WAYBILL_DECL std::string check_message(asset_check const& c) {
  return detail::line_of("report_asset_check",
                         json::object{{"asset_key", std::string_view{c.asset_key}},
                                      {"check_name", std::string_view{c.name}},
                                      {"passed", c.passed},
                                      {"severity", c.severity == check_severity::warn ? "WARN" : "ERROR"},
                                      {"metadata", detail::document_of(c.metadata)}});
}

WAYBILL_DECL std::string custom_message(json::value const& payload) {
  return detail::line_of("report_custom_message", json::object{{"payload", payload}});
}

WAYBILL_DECL std::string stream_message(bool standard_error, std::string_view text) {
  return detail::line_of("log_external_stream", json::object{{"stream", standard_error ? "stderr" : "stdout"},
                                                             {"text", short_enough(text)},
                                                             {"extras", json::object{}}});
}

WAYBILL_DECL std::string short_enough(std::string_view text) {
  constexpr std::size_t room = 8000;  // code units; the longest escape of one has six bytes
  auto out = replace_invalid_utf8(text.substr(0, room * 4));
  std::size_t units = 0, at = 0;
  while (at < out.size()) {
    auto const next = decode_utf8(std::string_view{out}.substr(at));
    units += next.value < 0x10000 ? 1U : 2U;
    if (units > room) break;
    at += next.size;
  }
  if (at == out.size() && text.size() <= room * 4) return out;
  out.resize(at);
  return out + "…";
}

}  // namespace dagster_pipes
}  // namespace waybill::inline WAYBILL_ABI

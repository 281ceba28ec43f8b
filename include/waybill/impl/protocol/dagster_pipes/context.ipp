#pragma once

#include <waybill/protocol/dagster_pipes/context.hpp>

#include <waybill/json/record.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dagster_pipes {
namespace detail {

/// Texts by name, each of which may be null.
inline std::map<std::string, std::optional<std::string>> read_texts(json::record_reader& from, std::string_view name) {
  std::map<std::string, std::optional<std::string>> out;
  auto const* const texts = from.optional_object(name);
  if (texts == nullptr) return out;
  json::record_reader reader{*texts, from.pointer_to(name)};
  for (auto const& [key, ignored] : *texts->as_object()) out.emplace(key, reader.optional_string(key));
  if (auto const r = reader.finish(); !r) from.fail(errc::wrong_type, r.error().detail, name);
  return out;
}

inline std::map<std::string, std::optional<provenance>> read_provenances(json::record_reader& from) {
  constexpr std::string_view name = "provenance_by_asset_key";
  std::map<std::string, std::optional<provenance>> out;
  auto const* const all = from.optional_object(name);
  if (all == nullptr) return out;
  for (auto const& [key, one] : *all->as_object()) {
    if (one.is_null()) {
      out.emplace(key, std::nullopt);
      continue;
    }
    json::record_reader reader{one, from.pointer_to(name) + "/" + json::pointer_token(key)};
    provenance made{.code_version = reader.optional_string("code_version"),
                    .input_data_versions = read_texts(reader, "input_data_versions"),
                    .is_user_provided = reader.optional_bool("is_user_provided").value_or(false)};
    if (auto const r = reader.finish(); !r) from.fail(errc::wrong_type, r.error().detail, name);
    out.emplace(key, std::move(made));
  }
  return out;
}

template <class Range>
std::optional<Range> read_range(json::record_reader& from, std::string_view name) {
  auto const* const range = from.optional_object(name);
  if (range == nullptr) return std::nullopt;
  json::record_reader reader{*range, from.pointer_to(name)};
  Range out{reader.required_string("start"), reader.required_string("end")};
  if (auto const r = reader.finish(); !r) from.fail(errc::wrong_type, r.error().detail, name);
  return out;
}

}  // namespace detail

WAYBILL_DECL result<context> read_context(json::value const& document, std::string where) {
  json::record_reader reader{document, std::move(where)};
  context out;
  out.asset_keys = reader.optional_strings("asset_keys");
  out.code_version_by_asset_key = detail::read_texts(reader, "code_version_by_asset_key");
  out.provenance_by_asset_key = detail::read_provenances(reader);
  out.partition_key = reader.optional_string("partition_key");
  out.partition_key_range = detail::read_range<key_range>(reader, "partition_key_range");
  out.partition_time_window = detail::read_range<time_window>(reader, "partition_time_window");
  out.run_id = reader.required_string("run_id");
  out.job_name = reader.optional_string("job_name");
  out.retry_number = reader.optional_uint64("retry_number").value_or(0);
  if (auto const* extras = reader.optional_object("extras")) out.extras = *extras;
  if (auto const r = reader.finish(); !r) return r.error();
  return out;
}

}  // namespace dagster_pipes
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/lineage/record_names.hpp>

#include <waybill/core/percent.hpp>

#include <algorithm>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {
namespace detail {

inline constexpr std::string_view record_suffix = ".jsonl";

/// The text before the first `/`, which is taken off with it.
inline std::string_view take_segment(std::string_view& rest) {
  auto const segment = rest.substr(0, rest.find('/'));
  rest.remove_prefix(std::min(rest.size(), segment.size() + 1));
  return segment;
}

inline std::optional<run_name> decoded(std::string_view flow, std::string_view run) {
  if (flow.empty() || run.empty()) return std::nullopt;
  return run_name{percent_decoded(flow), percent_decoded(run)};
}

}  // namespace detail

WAYBILL_DECL std::string name_segment(std::string_view name) {
  auto out = percent_encoded(name, percent_part::component);
  if (out.starts_with('.')) out.replace(0, 1, "%2E");
  return out;
}

WAYBILL_DECL std::string file_key(run_name const& run) {
  return name_segment(run.flow).append("/").append(name_segment(run.run)).append(detail::record_suffix);
}

WAYBILL_DECL std::string object_prefix(run_name const& run) {
  return name_segment(run.flow).append("/").append(name_segment(run.run)).append("/");
}

WAYBILL_DECL std::string object_key(attempt_id const& attempt) {
  return object_prefix(run_of(attempt))
      .append(name_segment(attempt.step))
      .append("/")
      .append(name_segment(attempt.task))
      .append(".")
      .append(std::to_string(attempt.number))
      .append(detail::record_suffix);
}

WAYBILL_DECL std::optional<run_name> run_of_file_key(std::string_view key) {
  if (std::ranges::count(key, '/') != 1 || !key.ends_with(detail::record_suffix)) return std::nullopt;
  key.remove_suffix(detail::record_suffix.size());
  auto const flow = detail::take_segment(key);
  return detail::decoded(flow, key);
}

WAYBILL_DECL std::optional<run_name> run_of_object_key(std::string_view key) {
  if (std::ranges::count(key, '/') != 3 || !key.ends_with(detail::record_suffix)) return std::nullopt;
  auto const flow = detail::take_segment(key);
  return detail::decoded(flow, detail::take_segment(key));
}

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

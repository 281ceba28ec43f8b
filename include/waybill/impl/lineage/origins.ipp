#pragma once

#include <waybill/lineage/origins.hpp>

#include <optional>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {
namespace detail {

inline std::optional<std::string> origin_of(run_log const& log) {
  for (auto const& r : log.records)
    if (r.origin_run && r.origin_run != log.name.run) return r.origin_run;
  return std::nullopt;
}

}  // namespace detail

WAYBILL_DECL result<void> for_each_origin(record_store const& store, run_log const& log, origin_visitor const& visit,
                                          scan_report& report) {
  std::set<step_place> done;
  if (auto const r = visit(log, done); !r) return r;
  std::set<std::string> seen{log.name.run};
  std::optional<run_log> before;
  for (auto const* now = &log;; now = &*before) {
    auto const origin = detail::origin_of(*now);
    if (!origin || !seen.insert(*origin).second) return {};
    for (auto const& r : now->records) done.emplace(r.attempt.step, r.index);
    auto read = store.read_run({log.name.flow, *origin}, report);
    if (!read) return read.error();
    before = std::move(*read);
    if (auto const r = visit(*before, done); !r) return r;
  }
}

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/lineage/query.hpp>

#include <waybill/lineage/origins.hpp>

#include <algorithm>
#include <set>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {
namespace detail {

inline bool asks_for(record_query const& query, run_record const& r) {
  return r.kind == query.kind &&
         (query.steps.empty() || std::ranges::find(query.steps, r.attempt.step) != query.steps.end());
}

inline result<void> visit_log(run_log const& log, run_name const& asked, std::set<step_place> const& done,
                              record_query const& query, found_visitor const& visit) {
  run_view const view{log};
  for (std::size_t i = 0; i < log.records.size(); ++i) {
    auto const& r = log.records[i];
    if (!asks_for(query, r) || view.superseded(i) || !view.chosen(r.attempt, query.attempts)) continue;
    if (!done.empty() && done.contains({r.attempt.step, r.index})) continue;
    if (auto const go_on = visit({asked, r, view.state_of(r.attempt)}); !go_on) return go_on;
  }
  return {};
}

inline result<void> visit_with_origins(record_store const& store, run_log const& log, record_query const& query,
                                       found_visitor const& visit, scan_report& report) {
  auto const look = [&](run_log const& one, std::set<step_place> const& done) {
    return visit_log(one, log.name, done, query, visit);
  };
  return for_each_origin(store, log, look, report);
}

inline bool wrote(run_record const& r, std::variant<table_version, package_version> const& what) {
  if (r.kind != record_kind::write) return false;
  if (auto const* p = std::get_if<package_version>(&what)) return r.package() != nullptr && *r.package() == *p;
  auto const& asked = std::get<table_version>(what);
  auto const* t = r.table();
  return t != nullptr && t->table == asked.table && t->db == asked.db && t->commit == asked.commit;
}

}  // namespace detail

WAYBILL_DECL result<void> for_each_use(record_store const& store, record_query const& query, found_visitor const& visit,
                                       scan_report& report) {
  return store.for_each_run(
      query.runs, [&](run_log const& log) { return detail::visit_with_origins(store, log, query, visit, report); },
      report);
}

WAYBILL_DECL result<void> for_each_use_of(record_store const& store, run_name const& run, record_query const& query,
                                          found_visitor const& visit, scan_report& report) {
  auto const log = store.read_run(run, report);
  if (!log) return log.error();
  if (log->records.empty())
    return make_error(errc::object_not_found, "there is no record of this run; check the flow's name and the store",
                      run.flow + "/" + run.run);
  return detail::visit_with_origins(store, *log, query, visit, report);
}

WAYBILL_DECL result<void> for_each_uncommitted(record_store const& store, run_selection const& runs,
                                               found_visitor const& visit, scan_report& report) {
  record_query const all{record_kind::write, runs, {}, {attempt_choice::kind::all, 0}};
  auto const uncommitted = [&](found_record const& f) -> result<void> {
    auto const* t = f.record.table();
    return t != nullptr && !t->commit ? visit(f) : result<void>{};
  };
  return store.for_each_run(
      runs, [&](run_log const& log) { return detail::visit_log(log, log.name, {}, all, uncommitted); }, report);
}

WAYBILL_DECL result<void> who_wrote(record_store const& store, std::variant<table_version, package_version> const& what,
                                    found_visitor const& visit, scan_report& report) {
  auto const* table = std::get_if<table_version>(&what);
  if (table != nullptr && !table->commit)
    return make_error(errc::usage, "who wrote a table is asked for one commit of it", table->table);
  bool found = false;
  auto const look = [&](run_log const& log) -> result<void> {
    if (std::ranges::none_of(log.records, [&](run_record const& r) { return detail::wrote(r, what); })) return {};
    run_view const view{log};
    for (auto const& r : log.records) {
      if (!detail::wrote(r, what)) continue;
      found = true;
      if (auto const go_on = visit({log.name, r, view.state_of(r.attempt)}); !go_on) return go_on;
    }
    return {};
  };
  if (auto const done = store.for_each_run({}, look, report); !done) return done;
  if (found) return {};
  return make_error(errc::version_not_found, "no run is recorded to have written this version",
                    table != nullptr
                        ? table->table + "@" + *table->commit
                        : std::get<package_version>(what).name + "@" + std::get<package_version>(what).top_hash);
}

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

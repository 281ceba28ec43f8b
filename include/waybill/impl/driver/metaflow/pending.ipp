#pragma once

#include <waybill/driver/metaflow/pending.hpp>

#include <waybill/lineage/origins.hpp>
#include <waybill/lineage/run_view.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace metaflow {
namespace detail {

/// An attempt with writes that nobody committed.
struct open_attempt {
  identity who{};
  std::map<std::string, lineage::table_version> tables{};
  timestamp over{};  ///< of its last record
};
using open_attempts = std::map<lineage::attempt_id, open_attempt>;

inline bool is_pending(lineage::run_record const& r, std::string_view db) {
  auto const* t = r.table();
  return r.kind == lineage::record_kind::write && t != nullptr && !t->commit && t->db == db;
}

inline open_attempts open_attempts_of(lineage::run_log const& log, lineage::run_view const& view, std::string_view db) {
  open_attempts out;
  for (std::size_t i = 0; i < log.records.size(); ++i) {
    auto const& r = log.records[i];
    if (!is_pending(r, db) || view.superseded(i)) continue;
    auto& a = out[r.attempt];
    a.who = {r.attempt, r.index, r.origin_run};
    a.tables.insert_or_assign(r.table()->table, *r.table());
  }
  for (auto const& r : log.records)
    if (auto const found = out.find(r.attempt); found != out.end())
      found->second.over = std::max(found->second.over, r.time);
  return out;
}

/// When an attempt's last beginning was; empty when it has none.
inline std::optional<timestamp> begin_of(lineage::run_log const& log, lineage::attempt_id const& attempt) {
  std::optional<timestamp> out;
  for (auto const& r : log.records)
    if (r.kind == lineage::record_kind::begin && r.attempt == attempt) out = r.time;
  return out;
}

}  // namespace detail

WAYBILL_DECL result<std::vector<pending_writes>> pending_for(lineage::record_store const& store, identity const& who,
                                                             std::string_view db, lineage::scan_report& report) {
  auto const log = store.read_run(lineage::run_of(who.attempt), report);
  if (!log) return log.error();
  auto const begin = detail::begin_of(*log, who.attempt);
  detail::open_attempt own{.who = who};
  std::vector<detail::open_attempt> earlier;
  auto const look = [&](lineage::run_log const& one, std::set<lineage::step_place> const& done) -> result<void> {
    lineage::run_view const view{one};
    for (auto& [id, a] : detail::open_attempts_of(one, view, db)) {
      if (id == who.attempt) own.tables = std::move(a.tables);
      if (id.step == who.attempt.step || done.contains({id.step, a.who.index})) continue;
      bool const went_well = view.state_of(id) == lineage::attempt_state::ok && view.chosen(id, {});
      if (went_well && (!begin || a.over <= *begin)) earlier.push_back(std::move(a));
    }
    return {};
  };
  if (auto const r = lineage::for_each_origin(store, *log, look, report); !r) return r.error();
  std::ranges::stable_sort(earlier, {}, &detail::open_attempt::over);
  earlier.push_back(std::move(own));
  std::vector<pending_writes> out;
  for (auto& a : earlier) {
    auto& one = out.emplace_back(pending_writes{std::move(a.who), {}});
    for (auto& [name, version] : a.tables) one.tables.push_back(std::move(version));
  }
  return out;
}

}  // namespace metaflow
}  // namespace waybill::inline WAYBILL_ABI

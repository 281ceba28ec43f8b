#pragma once

#include <waybill/driver/metaflow/question.hpp>

#include <waybill/protocol/metaflow/identity.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace metaflow {
namespace detail {

/// A run of any flow, or of the flow that is named beside it.
struct run_text {
  std::optional<std::string> flow;
  std::string run;
};

inline result<run_text> read_run_text(std::optional<std::string> const& flow, std::string const& text) {
  if (text.empty()) return make_error(errc::usage, "a run is named R with --flow F, or F/R");
  if (text.find('/') == std::string::npos) return run_text{flow, text};
  auto name = parse_run(text);
  if (!name) return name.error();
  if (flow && *flow != name->flow) return make_error(errc::usage, "this run is not one of the flow " + *flow, text);
  return run_text{std::move(name->flow), std::move(name->run)};
}

/// Collects answers, and which runs there were records of.
class use_collector {
 public:
  explicit use_collector(question const& asked) : asked_{asked} {}

  result<void> take(lineage::found_record const& f) {
    auto const* t = f.record.table();
    if (asked_.db && (t == nullptr || t->db != *asked_.db)) return {};
    steps_[f.asked.run + "/" + f.record.attempt.step].push_back({f.record, f.state});
    return {};
  }

  std::vector<step_uses> all() && {
    std::vector<step_uses> out;
    for (auto& [place, uses] : steps_) out.push_back({place, std::move(uses)});
    return out;
  }

 private:
  question const& asked_;
  std::map<std::string, std::vector<use>> steps_{};
};

}  // namespace detail

WAYBILL_DECL result<std::vector<lineage::run_selection>> select_runs(std::optional<std::string> const& flow,
                                                                     std::vector<std::string> const& runs) {
  if (runs.empty()) return std::vector<lineage::run_selection>{{flow, {}}};
  std::vector<lineage::run_selection> out;
  for (auto const& text : runs) {
    auto named = detail::read_run_text(flow, text);
    if (!named) return named.error();
    auto of_flow = std::ranges::find(out, named->flow, &lineage::run_selection::flow);
    if (of_flow == out.end()) of_flow = out.insert(out.end(), {std::move(named->flow), {}});
    if (std::ranges::find(of_flow->runs, named->run) == of_flow->runs.end())
      of_flow->runs.push_back(std::move(named->run));
  }
  return out;
}

WAYBILL_DECL result<std::vector<step_uses>> find_uses(lineage::record_store const& store, question const& asked,
                                                      lineage::scan_report& report) {
  auto const selections = select_runs(asked.flow, asked.runs);
  if (!selections) return selections.error();
  detail::use_collector found{asked};
  auto const take = [&](lineage::found_record const& f) { return found.take(f); };
  lineage::record_query query{.kind = asked.kind, .steps = asked.steps, .attempts = asked.attempts};
  for (auto const& runs : *selections) {
    if (runs.flow && !runs.runs.empty()) {
      for (auto const& run : runs.runs)
        if (auto const r = lineage::for_each_use_of(store, {*runs.flow, run}, query, take, report); !r)
          return r.error();
      continue;
    }
    query.runs = runs;
    auto const before = report.runs;
    if (auto const r = lineage::for_each_use(store, query, take, report); !r) return r.error();
    if (!runs.runs.empty() && report.runs == before)
      return make_error(errc::object_not_found, "there is no record of such a run; check its name and the store",
                        runs.runs.front());
  }
  return std::move(found).all();
}

}  // namespace metaflow
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/lineage/same_inputs.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {
namespace detail {

using run_inputs = std::map<data_name, std::set<std::string>>;
using runs_by_contents = std::map<std::set<std::string>, std::vector<run_name>>;

inline data_name name_of_data(run_record const& r) {
  if (auto const* t = r.table()) return {t->db, t->table, t->query.value_or("")};
  return {{}, r.package()->name, {}};
}

inline std::string content_of(run_record const& r) {
  auto const* t = r.table();
  if (t == nullptr) return r.package()->top_hash;
  if (t->hash) return *t->hash;
  if (t->commit && !t->dirty) return "commit " + *t->commit;
  return "unknown";
}

inline result<run_inputs> inputs_of(record_store const& store, run_name const& run, attempt_choice attempts,
                                    scan_report& report) {
  run_inputs out;
  record_query const reads{record_kind::read, {}, {}, attempts};
  auto const note = [&](found_record const& f) -> result<void> {
    out[name_of_data(f.record)].insert(content_of(f.record));
    return {};
  };
  if (auto const done = for_each_use_of(store, run, reads, note, report); !done) return done.error();
  return out;
}

inline bool all_the_same(runs_by_contents const& versions, std::size_t runs) {
  auto const& [contents, readers] = *versions.begin();
  return versions.size() == 1 && readers.size() == runs && !contents.contains("unknown");
}

inline input_difference difference_of(data_name const& data, runs_by_contents const& versions,
                                      std::span<run_name const> runs) {
  input_difference out{data, {}};
  std::set<run_name> readers;
  for (auto const& [contents, who] : versions) {
    out.versions.push_back({contents, who});
    readers.insert(who.begin(), who.end());
  }
  input_version without;
  std::ranges::copy_if(runs, std::back_inserter(without.runs), [&](auto const& run) { return !readers.contains(run); });
  if (!without.runs.empty()) out.versions.push_back(std::move(without));
  return out;
}

}  // namespace detail

WAYBILL_DECL result<std::vector<input_difference>> same_inputs(record_store const& store,
                                                               std::span<run_name const> runs, attempt_choice attempts,
                                                               scan_report& report) {
  if (runs.size() < 2) return make_error(errc::usage, "inputs are compared of two runs or more; name another one");
  std::map<data_name, detail::runs_by_contents> all;
  for (auto const& run : runs) {
    auto inputs = detail::inputs_of(store, run, attempts, report);
    if (!inputs) return inputs.error();
    for (auto& [data, contents] : *inputs) all[data][std::move(contents)].push_back(run);
  }
  std::vector<input_difference> out;
  for (auto const& [data, versions] : all)
    if (!detail::all_the_same(versions, runs.size())) out.push_back(detail::difference_of(data, versions, runs));
  return out;
}

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

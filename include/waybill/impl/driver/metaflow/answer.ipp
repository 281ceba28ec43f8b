#pragma once

#include <waybill/driver/metaflow/answer.hpp>

#include <waybill/lineage/record_line.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace metaflow {
namespace detail {

inline void add_if_missing(json::object& o, char const* name, json::value otherwise) {
  if (std::ranges::find(o, name, &json::member::first) == o.end()) o.emplace_back(name, std::move(otherwise));
}

template <class Table>
json::object table_of_writer(Table const& t) {
  return {{"table", t.table},
          {"step", t.writer.step},
          {"task", t.writer.task},
          {"attempt", json::value::integer(t.writer.number)}};
}

inline std::string text_of(lineage::run_name const& run) { return run.flow + "/" + run.run; }

}  // namespace detail

WAYBILL_DECL std::string_view name_of(lineage::attempt_state state) noexcept {
  switch (state) {
    case lineage::attempt_state::ok: return "ok";
    case lineage::attempt_state::failed: return "fail";
    case lineage::attempt_state::unfinished: return "unfinished";
  }
  return {};
}

WAYBILL_DECL json::object document_of(lineage::run_record const& r) {
  auto out = lineage::record_members(r);
  std::erase_if(out, [](auto const& m) { return m.first == "schema"; });
  return out;
}

WAYBILL_DECL json::object document_of(lineage::run_record const& r, lineage::attempt_state state) {
  auto out = document_of(r);
  detail::add_if_missing(out, "index", json::array{});
  out.emplace_back("status", name_of(state));
  auto const* t = r.table();
  if (t == nullptr) return out;
  for (auto const* name : {"branch", "commit", "table_hash"}) detail::add_if_missing(out, name, nullptr);
  detail::add_if_missing(out, "dirty", false);
  if (r.kind == lineage::record_kind::write) out.emplace_back("uncommitted", !t->commit);
  return out;
}

WAYBILL_DECL json::object document_of(std::vector<step_uses> const& answers,
                                      std::vector<std::vector<use_rows>> const* rows) {
  json::object out;
  for (std::size_t step = 0; step < answers.size(); ++step) {
    json::array list;
    for (std::size_t i = 0; i < answers[step].uses.size(); ++i) {
      auto const& u = answers[step].uses[i];
      auto one = document_of(u.record, u.state);
      if (rows != nullptr) {
        auto const& r = (*rows)[step][i];
        one.emplace_back("file", r.file ? json::value{*r.file} : json::value{});
        if (r.why_none) one.emplace_back("no_rows", *r.why_none);
      }
      list.emplace_back(std::move(one));
    }
    out.emplace_back(answers[step].place, std::move(list));
  }
  return out;
}

WAYBILL_DECL json::object document_of(commit_report const& done) {
  json::array records, conflicts, lost;
  for (auto const& r : done.records) records.emplace_back(document_of(r));
  for (auto const& c : done.conflicts) conflicts.emplace_back(detail::table_of_writer(c));
  for (auto const& l : done.lost) lost.emplace_back(detail::table_of_writer(l));
  return {{"records", std::move(records)}, {"conflicts", std::move(conflicts)}, {"lost", std::move(lost)}};
}

WAYBILL_DECL json::object document_of(lineage::input_difference const& d) {
  json::object out;
  if (d.data.db.empty()) {
    out.emplace_back("package", d.data.name);
  } else {
    out = {{"table", d.data.name}, {"db", d.data.db}};
    if (!d.data.query.empty()) out.emplace_back("query", d.data.query);
  }
  json::array versions;
  for (auto const& v : d.versions) {
    json::array contents, runs;
    for (auto const& c : v.contents) contents.emplace_back(c);
    for (auto const& run : v.runs) runs.emplace_back(detail::text_of(run));
    versions.emplace_back(json::object{{"contents", std::move(contents)}, {"runs", std::move(runs)}});
  }
  out.emplace_back("versions", std::move(versions));
  return out;
}

WAYBILL_DECL json::array damage_of(lineage::scan_report const& seen) {
  json::array out;
  for (auto const& d : seen.damaged)
    out.emplace_back(json::object{
        {"key", d.key}, {"line", json::value::integer(std::uint64_t{d.line})}, {"detail", d.why.message()}});
  return out;
}

}  // namespace metaflow
}  // namespace waybill::inline WAYBILL_ABI

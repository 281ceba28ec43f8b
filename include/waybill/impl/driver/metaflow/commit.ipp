#pragma once

#include <waybill/driver/metaflow/commit.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace metaflow {
namespace detail {

inline std::string default_message(lineage::attempt_id const& a) {
  return "Run " + a.flow + "/" + a.run + "/" + a.step + "/" + a.task;
}

/// The write of a table, once more and with its commit.
inline lineage::run_record committed_record(identity const& writer, lineage::table_version t, task const& by) {
  auto r = record_for(writer, lineage::record_kind::write, by.now());
  t.dirty = false;
  r.data = std::move(t);
  auto const& who = by.who().attempt;
  if (writer.attempt == who) return r;
  r.committed_by = lineage::committer{who.step, who.task, who.number, {}};
  if (writer.attempt.run != who.run) r.committed_by->run = who.run;
  return r;
}

/// Rows that only their hash is wanted of.
class no_rows final : public byte_sink {
 public:
  [[nodiscard]] result<void> write(byte_view) override { return {}; }
};

/// The present commit, where it holds a table exactly as it was written.
inline result<std::optional<lineage::table_version>> find_unchanged(table::database& db,
                                                                    lineage::table_version const& written) {
  no_rows nowhere;
  auto now = db.read({.table = written.table, .as_of = {}, .query = {}, .writer = {}}, nowhere);
  if (!now && now.error().code == condition::not_found) return std::nullopt;
  if (!now) return now.error();
  bool const same = now->commit && !now->dirty && now->hash && now->hash == written.hash;
  return same ? std::optional{std::move(*now)} : std::nullopt;
}

inline bool has_table(std::vector<lineage::run_record> const& records, std::string const& name) {
  return std::ranges::any_of(records, [&](auto const& r) { return r.table()->table == name; });
}

inline result<void> commit_writer(task& by, table::database& db, pending_writes const& of,
                                  table::commit_request const& request, commit_report& report) {
  auto const done = db.commit(request);
  if (!done) return done.error();
  std::vector<lineage::run_record> records;
  for (auto const& c : *done) {
    for (auto const& t : c.tables) records.push_back(committed_record(of.writer, t, by));
    for (auto const& name : c.conflicts) report.conflicts.push_back({of.writer.attempt, name});
  }
  // A write that changed nothing makes no commit of its own.
  for (auto const& t : of.tables) {
    if (has_table(records, t.table)) continue;
    auto const there = find_unchanged(db, t);
    if (!there) return there.error();
    if (*there) records.push_back(committed_record(of.writer, **there, by));
    else report.lost.push_back({of.writer.attempt, t.table});
  }
  if (auto const kept = by.store().append(records, durability::none); !kept) return kept;
  std::ranges::move(records, std::back_inserter(report.records));
  return {};
}

}  // namespace detail

WAYBILL_DECL result<commit_report> commit_writes(task& by, table::database& db, commit_options const& options) {
  commit_report report;
  auto const pending = pending_for(by.store(), by.who(), db.name(), report.seen);
  if (!pending) return pending.error();
  for (auto const& of : *pending) {
    bool const empty = options.allow_empty && of.writer.attempt == by.who().attempt;
    if (of.tables.empty() && !empty) continue;
    table::commit_request request{.message = options.message.value_or(detail::default_message(by.who().attempt)),
                                  .allow_empty = empty};
    auto& asked = request.writers.emplace_back(table::writer_tables{writer_name(of.writer.attempt), {}});
    for (auto const& t : of.tables) asked.tables.push_back(t.table);
    if (auto const r = detail::commit_writer(by, db, of, request, report); !r) return r.error();
  }
  return report;
}

}  // namespace metaflow
}  // namespace waybill::inline WAYBILL_ABI

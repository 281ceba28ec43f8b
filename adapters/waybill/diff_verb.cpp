#include <waybill/algebra/renames.hpp>

#include "common/exit_code.hpp"
#include "common/records.hpp"
#include "common/tables.hpp"
#include "table_diff.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace json = waybill::json;
using waybill::result;

namespace {

std::string_view reason_word(waybill::entry_change c) {
  return c == waybill::entry_change::content ? "content" : c == waybill::entry_change::metadata ? "metadata" : "both";
}

answer diff_answer(waybill::diff const& d, bool summary_only) {
  answer out;
  json::array added, removed, modified, renamed;
  for (auto const& e : d.added) {
    added.push_back(size_and_key(e));
    out.text += "+ " + e.key.str() + "\n";
  }
  for (auto const& e : d.removed) {
    removed.push_back(size_and_key(e));
    out.text += "- " + e.key.str() + "\n";
  }
  for (auto const& m : d.modified) {
    modified.push_back(json::object{{"key", m.after.key.str()},
                                    {"size", number(m.after.size.value_or(0))},
                                    {"old_size", number(m.before.size.value_or(0))},
                                    {"reason", reason_word(m.reason)}});
    out.text += "~ " + m.after.key.str() + " (" + std::string{reason_word(m.reason)} + ")\n";
  }
  for (auto const& r : d.renamed) {
    renamed.push_back(json::object{{"from", r.from.str()},
                                   {"to", r.after.key.str()},
                                   {"key", r.after.key.str()},
                                   {"size", number(r.after.size.value_or(0))}});
    out.text += "> " + r.from.str() + " -> " + r.after.key.str() + "\n";
  }
  if (summary_only) out.text.clear();
  out.text += std::to_string(d.added.size()) + " added, " + std::to_string(d.removed.size()) + " removed, " +
              std::to_string(d.modified.size()) + " modified, " + std::to_string(d.renamed.size()) + " renamed, " +
              std::to_string(d.unchanged) + " unchanged\n";
  out.members = {{"added", std::move(added)},
                 {"removed", std::move(removed)},
                 {"modified", std::move(modified)},
                 {"renamed", std::move(renamed)},
                 {"summary", summary_of(d)}};
  out.exit = d.empty() ? 0 : exit_differences;
  return out;
}

}  // namespace

application::action diff_verb(CLI::App& sub) {
  struct options {
    std::string before, after, table, db, dolt, store;
    bool renames = false, stat = false;
  };
  auto o = std::make_shared<options>();
  sub.add_option("A", o->before, "Before: package, directory or manifest; of a table a commit, branch, tag or FLOW/RUN")
      ->required();
  sub.add_option("B", o->after, "After: as A")->required();
  sub.add_flag("--renames", o->renames, "Recognise entries that moved unchanged");
  sub.add_flag("--stat", o->stat, "Only the summary");
  auto* const table = sub.add_option("--table", o->table, "Rows of this table are compared");
  auto* const db = sub.add_option("--db", o->db, "The table's database: a directory, or dolt://user@host:port/db");
  table->needs(db)->excludes("--renames");
  db->needs(table);
  add_dolt(sub, o->dolt);
  add_store(sub, o->store);
  return [=](context& world) -> result<answer> {
    if (!o->table.empty()) return table_diff(world, {o->db, o->table, o->dolt, o->store, o->before, o->after, o->stat});
    auto difference = world.diff(o->before, o->after);
    if (!difference) return difference.error();
    if (o->renames) waybill::find_renames(*difference);
    return diff_answer(*difference, o->stat);
  };
}

}  // namespace waybill_cli

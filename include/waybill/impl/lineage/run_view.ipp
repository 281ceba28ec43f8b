#pragma once

#include <waybill/lineage/run_view.hpp>

#include <waybill/json/number.hpp>

#include <algorithm>
#include <set>
#include <tuple>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {

WAYBILL_DECL result<attempt_choice> parse_attempt_choice(std::string_view text) {
  if (text == "last-ok") return attempt_choice{};
  if (text == "all") return attempt_choice{attempt_choice::kind::all, 0};
  bool const digits = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (auto const number = digits ? json::to_uint64(text) : std::nullopt)
    return attempt_choice{attempt_choice::kind::numbered, *number};
  return make_error(errc::usage, "an attempt is a number from 0, last-ok or all", std::string{text});
}

WAYBILL_DECL run_view::run_view(run_log const& log) {
  note_states(log);
  note_commits(log);
}

WAYBILL_DECL void run_view::note_states(run_log const& log) {
  for (auto const& r : log.records) {
    auto& state =
        tasks_[{r.attempt.step, r.attempt.task}].try_emplace(r.attempt.number, attempt_state::ok).first->second;
    if (r.kind == record_kind::begin) state = attempt_state::unfinished;
    if (r.kind == record_kind::end) state = r.status == end_status::ok ? attempt_state::ok : attempt_state::failed;
  }
}

WAYBILL_DECL void run_view::note_commits(run_log const& log) {
  using target = std::tuple<task_name, std::uint64_t, std::string_view, std::string_view>;
  std::set<target> committed;
  superseded_.resize(log.records.size());
  for (auto i = log.records.size(); i-- > 0;) {
    auto const& r = log.records[i];
    auto const* table = r.table();
    if (r.kind != record_kind::write || table == nullptr) continue;
    target const to{{r.attempt.step, r.attempt.task}, r.attempt.number, table->db, table->table};
    if (table->commit) committed.insert(to);
    else superseded_[i] = committed.contains(to);
  }
}

WAYBILL_DECL attempt_state run_view::state_of(attempt_id const& attempt) const {
  auto const task = tasks_.find({attempt.step, attempt.task});
  if (task == tasks_.end()) return attempt_state::unfinished;
  auto const found = task->second.find(attempt.number);
  return found == task->second.end() ? attempt_state::unfinished : found->second;
}

WAYBILL_DECL bool run_view::chosen(attempt_id const& attempt, attempt_choice choice) const {
  if (choice.which == attempt_choice::kind::all) return true;
  if (choice.which == attempt_choice::kind::numbered) return attempt.number == choice.number;
  auto const task = tasks_.find({attempt.step, attempt.task});
  if (task == tasks_.end()) return false;
  auto const last = std::find_if(task->second.rbegin(), task->second.rend(),
                                 [](auto const& a) { return a.second == attempt_state::ok; });
  return last != task->second.rend() && last->first == attempt.number;
}

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

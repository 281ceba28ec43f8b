#pragma once

#include <waybill/scan/placing_plan.hpp>

#include <waybill/core/logical_key.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/placement.hpp>
#include <waybill/scan/pool.hpp>
#include <waybill/scan/tree.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI::detail {

/// Files of the directory that no entry names and that tools do not keep their own things in.
inline result<std::vector<std::string>> find_extra(std::span<entry const> entries, root_directory const& target,
                                                   job_control const& control) {
  scan_options options;
  options.stat_only = true;
  auto const tree = scan_tree(target.path(), options, {control.workers, {}, control.stop});
  if (!tree) return tree.error();
  std::vector<std::string> extra;
  auto next = entries.begin();
  auto const looked = tree->for_each([&](scanned_file const& f) -> result<void> {
    while (next != entries.end() && walk_compare(next->key, f.key) < 0) ++next;
    if (next != entries.end() && next->key.str() == f.key) return {};
    auto const placeable = check_placeable(f.key);
    if (placeable || placeable.error().code != errc::protected_name) extra.emplace_back(f.key);
    return {};
  });
  if (!looked) return looked.error();
  return extra;
}

/// May what blocks this key go? True when it is made of extra files only, which are then marked.
inline result<bool> clear_the_way(std::string_view key, root_directory const& target, placing_plan& plan) {
  auto const mark = [&plan](std::string_view name) {
    auto const at = std::ranges::lower_bound(plan.extra, name, walk_less{});
    if (at == plan.extra.end() || *at != name) return false;
    plan.in_the_way[static_cast<std::size_t>(at - plan.extra.begin())] = true;
    return true;
  };
  for (auto slash = key.find('/'); slash != std::string_view::npos; slash = key.find('/', slash + 1))
    if (mark(key.substr(0, slash))) return true;
  auto const below = target.files_below(key);
  if (!below) return below.error().code == errc::unsafe_path ? result<bool>{false} : below.error();
  if (!std::ranges::all_of(*below, mark)) return false;
  plan.directories.emplace_back(key);
  return true;
}

class placing_planner {
 public:
  placing_planner(std::span<entry const> entries, transfer_job& job, bool delete_extra, job_control const& control)
      : entries_{entries}, job_{job}, delete_extra_{delete_extra}, control_{control}, workers_(worker_count(control)) {
    for (std::size_t i = 0; i < workers_.size(); ++i) cursors_.push_back(job.target.start());
  }

  result<placing_plan> run() {
    plan_.steps.assign(entries_.size(), placing_step::add);
    if (delete_extra_) {
      auto extra = find_extra(entries_, job_.target, control_);
      if (!extra) return extra.error();
      plan_.extra = std::move(*extra);
      plan_.in_the_way.assign(plan_.extra.size(), false);
    }
    // Runs of keys, so that a worker's look-ups stay near each other and threads meet seldom.
    std::size_t const runs = (entries_.size() + run_length - 1) / run_length;
    auto const compared = parallel_for(runs, control_, [this](unsigned worker, std::size_t run) -> result<void> {
      auto const end = std::min(entries_.size(), (run + 1) * run_length);
      for (std::size_t i = run * run_length; i < end; ++i)
        if (auto r = look(worker, i); !r) return r;
      return {};
    });
    if (!compared) return compared.error();
    return std::move(plan_);
  }

 private:
  static constexpr std::size_t run_length = 64;

  result<void> look(unsigned worker, std::size_t i) {
    auto const& e = entries_[i];
    if (job_.stop.stop_requested()) return interrupted_error();
    auto const state = job_.target.state(e.key, cursors_[worker]);
    if (!state) return blocked(e, state.error());
    if (!*state) return {};
    plan_.steps[i] = placing_step::replace;
    if ((*state)->size != *e.size) return {};
    if (!workers_[worker]) workers_[worker] = std::make_unique<transfer_worker>(job_);
    auto const current = workers_[worker]->is_current(e, **state);
    if (!current) return current.error();
    if (*current) {
      plan_.steps[i] = placing_step::keep;
      job_.progress.done(1, 0);
    }
    return {};
  }

  result<void> blocked(entry const& e, error why) {
    if (!delete_extra_ || why.code != errc::unsafe_path) return why;
    std::lock_guard const lock{guard_};
    auto const free = clear_the_way(e.key, job_.target, plan_);
    if (!free) return free.error();
    return *free ? result<void>{} : why;
  }

  std::span<entry const> entries_;
  transfer_job& job_;
  bool delete_extra_;
  job_control const& control_;
  std::vector<root_directory::cursor> cursors_;
  std::vector<std::unique_ptr<transfer_worker>> workers_;
  std::mutex guard_;
  placing_plan plan_;
};

WAYBILL_DECL result<placing_plan> plan_placing(std::span<entry const> entries, transfer_job& job, bool delete_extra,
                                               job_control const& control) {
  return placing_planner{entries, job, delete_extra, control}.run();
}

}  // namespace waybill::inline WAYBILL_ABI::detail

#pragma once

#include <waybill/scan/materialise.hpp>

#include <waybill/core/logical_key.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/scan/background_flush.hpp>
#include <waybill/scan/check.hpp>
#include <waybill/scan/placing_plan.hpp>
#include <waybill/scan/pool.hpp>
#include <waybill/scan/resolve.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline error placing_error(errc e, std::string detail, entry const& of) {
  return make_error(e, std::move(detail), of.key.str());
}

inline result<void> check_entry(entry const& e, materialise_options const& options) {
  if (auto r = check_placeable(e.key); !r) return r;
  if (options.portable)
    if (auto const problem = portability_problem(e.key))
      return placing_error(errc::not_portable,
                           *problem + ", so other systems cannot hold it; rename it, or do without --portable", e);
  if (!e.size) return placing_error(errc::missing_member, "this entry has no size; build the package first", e);
  for (auto const required : options.require)
    if (e.digests.find(required) == nullptr)
      return placing_error(errc::digest_required,
                           "this entry has no " + std::string{required.name()} + " digest, which is required", e);
  if (!deciding_digests(e.digests, options.require).empty()) return {};
  return placing_error(errc::unknown_algorithm,
                       "this entry has no digest that can be computed, so its bytes cannot be checked", e);
}

/// Order, and names that are file and directory at once; with sorted keys both show between neighbours.
inline result<void> check_order(entry const& previous, entry const& e) {
  auto const order = walk_compare(previous.key, e.key);
  if (order == 0) return placing_error(errc::duplicate_key, "this key stands twice in the manifest", e);
  if (order > 0) return placing_error(errc::unsorted, "entries are not in walk order", e);
  if (is_below(e.key, previous.key))
    return placing_error(errc::key_conflict,
                         "'" + printable(previous.key.str()) + "' would be a file and a directory at once", e);
  return {};
}

/// Everything that can be known of the entries alone. @return the names that collide elsewhere
inline result<std::vector<name_collision>> check_entries(std::span<entry const> entries,
                                                         materialise_options const& options) {
  std::uint64_t total = 0;
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string_view> keys;
  keys.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (auto r = check_entry(entries[i], options); !r) return r.error();
    if (i != 0)
      if (auto r = check_order(entries[i - 1], entries[i]); !r) return r.error();
    if (*entries[i].size > most - total)
      return placing_error(errc::size_out_of_range, "sizes add up to more than 2^63-1 bytes", entries[i]);
    total += *entries[i].size;
    keys.push_back(entries[i].key);
  }
  auto collisions = find_collisions(keys);
  if (options.portable && !collisions.empty())
    return make_error(errc::not_portable,
                      "'" + printable(collisions.front().keys[0]) + "' and '" + printable(collisions.front().keys[1]) +
                          "' are one name on other systems; rename one, or do without --portable",
                      collisions.front().keys[0]);
  return collisions;
}

/// Consecutive entries that one worker places: of one directory, because threads that make names in one wait for each
/// other.
using placing_batch = std::vector<std::size_t>;

inline std::vector<placing_batch> plan_batches(std::span<entry const> entries, placing_plan const& plan,
                                               unsigned workers) {
  constexpr std::uint64_t many_bytes = std::uint64_t{16} << 20;
  std::vector<placing_batch> out;
  std::string_view directory;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (plan.steps[i] == placing_step::keep) continue;
    auto const parent = split(entries[i].key.str()).parent;
    if (out.empty() || parent != directory) out.emplace_back();
    out.back().push_back(i);
    directory = parent;
  }
  // With few directories, or much to copy, workers share them rather than idle.
  std::size_t const most = out.size() >= std::size_t{4} * workers ? 1024 : 32;
  std::vector<placing_batch> large, rest;
  for (auto const& whole : out) {
    placing_batch batch;
    std::uint64_t bytes = 0;
    for (auto const i : whole) {
      batch.push_back(i);
      bytes += *entries[i].size;
      if (batch.size() < most && bytes < many_bytes) continue;
      (bytes >= many_bytes ? large : rest).push_back(std::exchange(batch, {}));
      bytes = 0;
    }
    if (!batch.empty()) rest.push_back(std::move(batch));
  }
  // The largest work first, so that nobody is alone with it at the end.
  large.insert(large.end(), std::move_iterator{rest.begin()}, std::move_iterator{rest.end()});
  return large;
}

inline result<void> place_all(std::span<entry const> entries, placing_plan const& plan, transfer_job& job,
                              std::vector<name_collision> const& collisions, background_flush& flush,
                              job_control const& control) {
  std::vector<std::string_view> colliding;
  for (auto const& c : collisions) colliding.insert(colliding.end(), c.keys.begin(), c.keys.end());
  std::ranges::sort(colliding);
  auto const batches = plan_batches(entries, plan, worker_count(control));
  std::vector<std::unique_ptr<transfer_worker>> workers(worker_count(control));
  return parallel_for(batches.size(), control, [&](unsigned worker, std::size_t batch) -> result<void> {
    if (!workers[worker]) workers[worker] = std::make_unique<transfer_worker>(job);
    for (auto const i : batches[batch]) {
      auto const& e = entries[i];
      if (job.stop.stop_requested()) return interrupted_error();
      // Where this file system folds names, one of two colliding files must not replace the other.
      bool const taken_is_error =
          plan.steps[i] == placing_step::add && std::ranges::binary_search(colliding, e.key.str());
      if (auto r = workers[worker]->place(e, taken_is_error); !r) return r;
      job.progress.done(1, 0);
      if (job.rules.durable == waybill::durability::batch) flush.wrote(*e.size);
    }
    return {};
  });
}

inline result<void> remove_extra(placing_plan const& plan, root_directory const& target, bool in_the_way) {
  for (std::size_t i = 0; i < plan.extra.size(); ++i)
    if (plan.in_the_way[i] == in_the_way)
      if (auto r = target.remove_file(plan.extra[i]); !r) return r;
  if (!in_the_way) return {};
  for (auto const& directory : plan.directories) {
    auto const removed = target.remove_empty_directories(directory);
    if (!removed && removed.error().code != errc::file_not_found) return removed;  // removed with its last file
  }
  return {};
}

inline materialise_report make_report(std::span<entry const> entries, placing_plan& plan,
                                      std::vector<name_collision> collisions) {
  materialise_report out;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    bool const keep = plan.steps[i] == placing_step::keep;
    (keep ? out.bytes_kept : out.bytes_transferred) += *entries[i].size;
    if (keep) ++out.unchanged;
    else (plan.steps[i] == placing_step::add ? out.added : out.replaced).push_back(entries[i].key.str());
  }
  out.removed = std::move(plan.extra);
  out.collisions = std::move(collisions);
  return out;
}

}  // namespace detail

WAYBILL_DECL result<materialise_report> materialise(std::span<entry const> entries, root_directory const& target,
                                                    content_provider& contents, materialise_options const& options,
                                                    job_control const& control) {
  auto collisions = detail::check_entries(entries, options);
  if (!collisions) return collisions.error();
  progress_counter progress{control.on_progress, "install"};
  for (auto const& e : entries) progress.expect(1, *e.size);
  detail::transfer_job job{target,
                           contents,
                           {options.mode, options.require, options.durable, options.cache, options.partials},
                           control.stop,
                           progress};
  auto plan = detail::plan_placing(entries, job, options.delete_extra, control);
  if (!plan) return plan.error();
  if (options.dry_run) return detail::make_report(entries, *plan, std::move(*collisions));

  if (auto r = detail::remove_extra(*plan, target, true); !r) return r.error();
  detail::background_flush flush{[&target] { return target.sync(); }};
  if (auto r = detail::place_all(entries, *plan, job, *collisions, flush, control); !r) return r.error();
  bool const wrote = std::ranges::any_of(plan->steps, [](auto s) { return s != detail::placing_step::keep; });
  if (wrote && options.durable == durability::batch)
    if (auto r = flush.finish(); !r) return r.error();
  // Only now: a job that fails on the way has taken nothing away that it did not have to.
  if (auto r = detail::remove_extra(*plan, target, false); !r) return r.error();
  progress.flush();
  return detail::make_report(entries, *plan, std::move(*collisions));
}

WAYBILL_DECL result<materialise_report> plan_new_directory(std::span<entry const> entries,
                                                           materialise_options const& options) {
  auto collisions = detail::check_entries(entries, options);
  if (!collisions) return collisions.error();
  materialise_report report;
  report.collisions = std::move(*collisions);
  for (auto const& e : entries) {
    report.added.push_back(e.key.str());
    report.bytes_transferred += *e.size;
  }
  return report;
}

}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/lineage/record_store.hpp>

#include <waybill/json/write.hpp>
#include <waybill/lineage/record_line.hpp>
#include <waybill/lineage/record_names.hpp>
#include <waybill/manifest/reader.hpp>
#include <waybill/store/directory.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {
namespace detail {

inline void note_damage(scan_report& report, std::string_view key, std::uint64_t line, error why) {
  ++report.damaged_lines;
  if (report.damaged.size() < scan_report::listed) report.damaged.push_back({std::string{key}, line, std::move(why)});
}

inline bool selects(run_selection const& which, run_name const& run) {
  if (which.flow && *which.flow != run.flow) return false;
  return which.runs.empty() || std::ranges::find(which.runs, run.run) != which.runs.end();
}

/// A record in a file of another run was put there by hand; answers must not depend on it.
inline result<void> belongs(run_record const& r, run_name const& name) {
  if (run_of(r.attempt) == name) return {};
  return make_error(errc::corrupt_state, "the record is of another run than the file it stands in");
}

}  // namespace detail

WAYBILL_DECL record_store::record_store(any_store store, std::string prefix)
    : store_{std::move(store)}, prefix_{std::move(prefix)} {}

WAYBILL_DECL record_store::record_store(any_store store, std::shared_ptr<append_directory const> directory)
    : store_{std::move(store)}, directory_{std::move(directory)} {}

WAYBILL_DECL result<record_store> record_store::open_directory(std::string const& path, bool create) {
  auto directory = append_directory::open(path, create);
  if (!directory) return directory.error();
  auto store = directory_store::open_path(path, false);
  if (!store) return store.error();
  return record_store{any_store{std::move(*store)}, std::make_shared<append_directory const>(std::move(*directory))};
}

WAYBILL_DECL result<void> record_store::append(std::span<run_record const> records, durability when) {
  struct batch {
    attempt_id const* to;
    std::string lines;
  };
  std::vector<batch> batches;
  for (auto const& r : records) {
    auto line = record_line(r);
    if (!line) return line.error();
    auto const together = [&](attempt_id const& other) {
      return directory_ ? run_of(other) == run_of(r.attempt) : other == r.attempt;
    };
    if (batches.empty() || !together(*batches.back().to)) batches.push_back({&r.attempt, {}});
    batches.back().lines += *line;
  }
  for (auto const& b : batches)
    if (auto const done = append_lines(*b.to, b.lines, when); !done) return done;
  return {};
}

WAYBILL_DECL result<void> record_store::append_lines(attempt_id const& to, std::string const& lines, durability when) {
  if (!directory_) return append_object(prefix_ + object_key(to), lines);
  auto const key = file_key(run_of(to));
  auto const slash = key.find('/');
  return directory_->append(key.substr(0, slash), key.substr(slash + 1), lines, when);
}

WAYBILL_DECL result<void> record_store::append_object(std::string const& key, std::string const& lines) {
  constexpr int attempts = 64;
  for (int attempt = 1;; ++attempt) {
    auto const now = store_.read_ref(key);
    if (!now) return now.error();
    // A swap whose answer was lost, and that was repeated below us, looks like a lost race: it is not one.
    if (attempt > 1 && *now && (*now)->text.ends_with(lines)) return {};
    std::string text = *now ? (*now)->text : std::string{};
    if (!text.empty() && !text.ends_with('\n')) text += '\n';
    auto const swapped = store_.swap_ref(key, *now ? std::optional{(*now)->version} : std::nullopt, text + lines);
    if (swapped) return {};
    if (swapped.error().code != errc::lost_race || attempt == attempts) return swapped.error();
  }
}

WAYBILL_DECL result<record_store::run_keys> record_store::find_run(run_name const& name) const {
  if (directory_) return run_keys{name, {file_key(name)}};
  run_keys found{name, {}};
  auto const listed = store_.list(prefix_ + object_prefix(name), [&](object_info const& o) -> result<void> {
    if (run_of_object_key(std::string_view{o.key}.substr(prefix_.size())) == name) found.keys.push_back(o.key);
    return {};
  });
  if (!listed) return listed.error();
  return found;
}

WAYBILL_DECL result<run_log> record_store::read_run(run_name const& name, scan_report& report) const {
  auto const from = find_run(name);
  if (!from) return from.error();
  run_log out{name, {}};
  if (auto const r = read_keys(*from, out, report); !r) return r.error();
  return out;
}

WAYBILL_DECL result<std::vector<run_record>> record_store::read_attempt(attempt_id const& attempt,
                                                                        scan_report& report) const {
  // Parsing the lines of all tasks at the end of each would make a wide foreach slow.
  std::string const mention = directory_ ? "\"task\":" + json::compact(attempt.task) : std::string{};
  run_log found{run_of(attempt), {}};
  auto const key = directory_ ? file_key(found.name) : prefix_ + object_key(attempt);
  if (auto const r = read_key(key, mention, found, report); !r) return r.error();
  std::erase_if(found.records, [&](run_record const& r) { return r.attempt != attempt; });
  report.records += found.records.size();
  return std::move(found.records);
}

WAYBILL_DECL result<std::vector<record_store::run_keys>> record_store::find_runs(run_selection const& which) const {
  std::vector<run_keys> found;
  if (which.flow && !which.runs.empty()) {
    // Other runs of the flow need not even be listed.
    for (auto const& run : which.runs) {
      auto one = find_run({*which.flow, run});
      if (!one) return one.error();
      found.push_back(std::move(*one));
    }
    return found;
  }
  auto const prefix = prefix_ + (which.flow ? name_segment(*which.flow) + "/" : std::string{});
  auto const listed = store_.list(prefix, [&](object_info const& o) -> result<void> {
    auto const key = std::string_view{o.key}.substr(prefix_.size());
    auto name = directory_ ? run_of_file_key(key) : run_of_object_key(key);
    if (!name || !detail::selects(which, *name)) return {};
    if (found.empty() || found.back().name != *name) found.push_back({std::move(*name), {}});
    found.back().keys.push_back(o.key);
    return {};
  });
  if (!listed) return listed.error();
  return found;
}

WAYBILL_DECL result<void> record_store::for_each_run(run_selection const& which, run_visitor const& visit,
                                                     scan_report& report) const {
  auto const found = find_runs(which);
  if (!found) return found.error();
  for (auto const& from : *found) {
    run_log log{from.name, {}};
    if (auto const r = read_keys(from, log, report); !r) return r;
    if (log.records.empty()) continue;
    if (auto const r = visit(log); !r) return r;
  }
  return {};
}

WAYBILL_DECL result<void> record_store::read_keys(run_keys const& from, run_log& into, scan_report& report) const {
  for (auto const& key : from.keys)
    if (auto const r = read_key(key, {}, into, report); !r) return r;
  if (!into.records.empty()) ++report.runs;
  report.records += into.records.size();
  return {};
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> record_store::open_key(std::string const& key) const {
  if (directory_)
    if (auto file = store_.open_local(key)) return open_settled(std::move(*file));
  return store_.open(key);
}

WAYBILL_DECL result<void> record_store::read_key(std::string const& key, std::string_view mention, run_log& into,
                                                 scan_report& report) const {
  auto const source = open_key(key);
  if (!source && source.error().code == errc::object_not_found) return {};
  if (!source) return source.error();
  line_reader lines{**source, read_limits{}.max_line};
  for (std::string_view line;;) {
    auto const more = lines.next(line);
    if (!more && more.error().code == errc::too_large) {
      detail::note_damage(report, key, lines.number() + 1, more.error());
      return {};
    }
    if (!more) return more.error();
    if (!*more) return {};
    if (line.find(mention) == std::string_view::npos) continue;
    auto r = read_record_line(line);
    auto const usable = r ? detail::belongs(*r, into.name) : result<void>{r.error()};
    if (usable) into.records.push_back(std::move(*r));
    else detail::note_damage(report, key, lines.number(), usable.error());
  }
}

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/history/archive.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace waybill::inline WAYBILL_ABI {
namespace history {
namespace detail {

/// Forks of forks of …: a chain longer than this is a circle.
inline constexpr int most_levels = 1000;

/// Does a record throw actions away, so that files follow only from all actions before?
inline bool throws_away(record const& r) {
  auto const* const merged = std::get_if<records::merged>(&r.what);
  return std::holds_alternative<records::reverted>(r.what) || (merged != nullptr && merged->cut);
}

}  // namespace detail

WAYBILL_DECL result<state> archive::base_of(std::string const& top_hash) const {
  if (top_hash.empty()) return state{};
  auto m = load_(top_hash);
  if (!m) return m.error();
  return state{std::move(*m)};
}

WAYBILL_DECL result<void> archive::begin(opened_dataset& out, record const& first, int level) const {
  auto const* const what = std::get_if<records::opened>(&first.what);
  if (what == nullptr) return make_error(errc::corrupt_state, "record 0: the log does not begin with its dataset");
  if (!what->upstream) {
    if (with_files(out.how)) {
      auto base = base_of(what->base);
      if (!base) return base.error();
      out.data.base = std::move(*base);
    }
    return with_files(out.how) ? apply(out.data, first) : apply(out.data.line, first);
  }
  auto const upstream = open_until(what->upstream->dataset, what->upstream->records, out.how, level + 1);
  if (!upstream) return upstream.error();
  log_end const wanted{what->upstream->records, what->upstream->sum};
  if (upstream->log.at.end != wanted)
    return make_error(errc::corrupt_state, "the upstream's log is not what it was when this dataset was forked");
  out.records_read += upstream->records_read;
  out.since_checkpoint += upstream->since_checkpoint;
  return with_files(out.how) ? apply(out.data, first, &upstream->data)
                             : apply(out.data.line, first, &upstream->data.line);
}

WAYBILL_DECL result<opened_dataset> archive::open_until(std::string_view id, std::optional<std::uint64_t> until,
                                                        depth how, int level) const {
  if (level > detail::most_levels)
    return make_error(errc::corrupt_state, "datasets are forked from each other in a circle");
  log_storage const storage{store_, id};
  opened_dataset out;
  out.how = how;
  auto known = with_params(how) ? std::nullopt : storage.newest_checkpoint(until, with_files(how));
  auto log = storage.read(known ? known->at : log_position{}, until);
  if (!log) return log.error();
  out.log = std::move(*log);
  auto& records = out.log.records;
  if (known && how == depth::files &&
      std::ranges::any_of(records, [](log_entry const& e) { return detail::throws_away(e.what); }))
    return open_until(id, until, depth::actions, level);
  std::size_t done = 0;
  if (known) {
    out.data.line = std::move(known->line);
    if (with_files(how)) {
      auto base = base_of(out.data.line.base);
      if (!base) return base.error();
      out.data.base = *base;
      out.data.files = base->with(std::move(known->changed), std::move(known->directories), std::move(known->meta));
    }
  } else {
    if (auto const ok = begin(out, records.front().what, level); !ok) return ok.error();
    done = 1;
  }
  for (; done < records.size(); ++done) {
    auto const ok = with_files(how) ? apply(out.data, records[done].what) : apply(out.data.line, records[done].what);
    if (ok) continue;
    auto e = ok.error();
    e.path = "log of dataset " + std::string{id} + ": record " + std::to_string(records[done].after.records - 1);
    return e;
  }
  out.records_read += records.size();
  out.since_checkpoint += records.size();
  return out;
}

WAYBILL_DECL result<opened_dataset> archive::open(std::string_view id, depth how) const {
  return open_until(id, std::nullopt, how, 0);
}

WAYBILL_DECL result<void> archive::refresh(opened_dataset& seen) const {
  auto log = log_storage{store_, seen.data.line.id}.read(seen.log.at, std::nullopt);
  if (!log) return log.error();
  bool const cut = std::ranges::any_of(log->records, [](log_entry const& e) { return detail::throws_away(e.what); });
  if (cut && with_files(seen.how)) {
    auto again = open(seen.data.line.id, depth::actions);
    if (!again) return again.error();
    seen = std::move(*again);
    return {};
  }
  for (auto const& e : log->records) {
    auto const ok = with_files(seen.how) ? apply(seen.data, e.what) : apply(seen.data.line, e.what);
    if (!ok) return ok.error();
  }
  seen.since_checkpoint += log->records.size();
  seen.records_read += log->records.size();
  seen.log = std::move(*log);
  return {};
}

WAYBILL_DECL result<dataset_end> archive::end_of(std::string_view id) const {
  log_storage const storage{store_, id};
  auto const known = storage.newest_front();
  auto const log = known ? storage.read(known->at, std::nullopt) : result<stored_log>{stored_log{}};
  if (!log) return log.error();
  if (!known || std::ranges::any_of(log->records, [](log_entry const& e) { return detail::throws_away(e.what); })) {
    auto const at = open(id, depth::line);
    if (!at) return at.error();
    return history::end_of(at->data.line, at->log.at.end.records, at->log.at.end.sum);
  }
  auto out = known->end;
  out.at.records = log->at.end.records;
  out.at.sum = log->at.end.sum;
  for (auto const& e : log->records) {
    if (std::holds_alternative<records::acted>(e.what.what)) {
      ++out.actions;
      out.manifest.clear();
    } else if (auto const* const saved = std::get_if<records::saved>(&e.what.what)) {
      out.manifest = saved->manifest;
      if (!saved->manifest.empty()) out.last_published = saved->manifest;
    }
  }
  return out;
}

WAYBILL_DECL result<void> archive::create(std::span<record const> batch) {
  auto const& first = std::get<records::opened>(batch.front().what);
  if (first.upstream)
    if (auto const ok = log_storage{store_, first.upstream->dataset}.add_fork(first.id, first.name); !ok) return ok;
  auto const at = log_storage{store_, first.id}.create(batch);
  if (!at) return at.error();
  return {};
}

WAYBILL_DECL result<void> archive::append(opened_dataset& seen, change made) {
  if (made.records.empty()) return {};
  log_storage storage{store_, seen.data.line.id};
  auto const at = storage.append(seen.log, made.records);
  if (!at) return at.error();
  seen.data = std::move(made.after);
  seen.since_checkpoint += made.records.size();
  bool const far = seen.since_checkpoint >= checkpoint_every();
  // Files behind a revert follow from every action before it: from a checkpoint they follow from none.
  bool const cut = at->end.records > checkpoint_every() && std::ranges::any_of(made.records, detail::throws_away);
  if (far || cut) {
    storage.keep_checkpoint(seen.data, *at);
    seen.since_checkpoint = 0;
  }
  seen.log.records.clear();
  seen.log.at = *at;
  seen.log.tail.clear();
  seen.log.needs_newline = false;
  return {};
}

WAYBILL_DECL result<bool> archive::remove(std::string_view id) {
  auto const needing = forks(id);
  if (!needing) return needing.error();
  for (auto const& [fork, name] : *needing) {
    auto const there = open(fork, depth::line);
    if (there || there.error().code != errc::object_not_found) return false;
  }
  if (auto const ok = log_storage{store_, id}.remove(); !ok) return ok.error();
  return true;
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

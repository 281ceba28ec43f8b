#pragma once

#include <waybill/registry/package_history.hpp>

#include <waybill/core/bytes.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/history/act.hpp>
#include <waybill/history/action.hpp>
#include <waybill/history/changes.hpp>
#include <waybill/history/fork.hpp>
#include <waybill/history/savepoint.hpp>
#include <waybill/registry/layout.hpp>
#include <waybill/registry/publish.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <unordered_map>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline history::stamp pushed_by_others(std::int64_t seconds) {
  return {"", to_rfc3339(timestamp{std::chrono::seconds{seconds}}), {}};
}

/// Always the same for the same beginning, so that whoever writes it first writes what all others would have written.
inline std::string dataset_id(std::string_view name, std::string_view beginning) {
  std::string text{"waybill-dataset-v1"};
  text.push_back('\0');
  text.append(name).push_back('\0');
  text.append(beginning);
  return hash_bytes<sha256_hasher>(as_bytes(text)).hex().substr(0, 32);
}

/// A manifest that cannot be read is no version anybody can use: history goes on without it.
inline bool is_lost(error const& e) {
  return e.code == condition::not_found || e.code == condition::integrity || e.code == condition::unsafe_input;
}

}  // namespace detail

WAYBILL_DECL package_history::package_history(registry& home)
    : home_{&home}, archive_{home.store(), [&home](std::string_view hash) { return home.load(hash); }} {}

WAYBILL_DECL result<std::optional<opened_history>> package_history::open_stored(package_name const& name,
                                                                                history::depth how) const {
  any_store store = home_->store();
  auto const id = store.read_ref(layout::history_key(name));
  if (!id) return id.error();
  if (!*id) return std::optional<opened_history>{};
  auto stored = archive_.open((*id)->text, how);
  if (!stored) return stored.error();
  return std::optional{opened_history{std::move(*stored)}};
}

WAYBILL_DECL result<opened_history> package_history::adopt(package_name const& name, std::int64_t seconds,
                                                           std::string const& top_hash) const {
  auto first = home_->load(top_hash);
  if (!first) return first.error();
  auto const id = detail::dataset_id(name.str(), std::to_string(seconds) + top_hash);
  auto made = history::open_dataset(id, name.str(), top_hash, history::state{std::move(*first)}, "initial import",
                                    detail::pushed_by_others(seconds));
  opened_history out;
  out.stored.data = std::move(made.after);
  out.stored.how = history::depth::actions;
  out.unsaved = std::move(made.records);
  out.is_new = true;
  return out;
}

WAYBILL_DECL result<void> package_history::add_manifest(opened_history& to, manifest const& m,
                                                        history::stamp const& by) const {
  json::value params = json::object{{"changes", history::changes_between(to.stored.data.files, history::state{m})}};
  auto done = history::act_exactly(to.stored.data, history::kinds::package_apply, std::move(params), by);
  if (!done) return done.error();
  auto marked = history::mark(done->made.after, m.header().message().value_or("push"), m.top_hash().hex(), by);
  std::ranges::move(done->made.records, std::back_inserter(to.unsaved));
  std::ranges::move(marked.made.records, std::back_inserter(to.unsaved));
  to.stored.data = std::move(marked.made.after);
  return {};
}

WAYBILL_DECL result<bool> package_history::is_behind(std::string_view last_published, package_name const& name) const {
  auto const latest = read_pointer(home_->store(), layout::latest_key(name));
  if (!latest && latest.error().code != errc::corrupt_state) return latest.error();
  return latest && *latest && **latest != last_published;
}

WAYBILL_DECL result<void> package_history::add_missed(opened_history& to, package_name const& name) const {
  auto const pushes = list_pushes(home_->store(), name);
  if (!pushes) return pushes.error();
  auto known = to.data().line.published;
  for (auto const& push : *pushes) {
    if (auto const at = known.find(push.top_hash); at != known.end() && at->second != 0) {
      --at->second;
      continue;
    }
    auto const m = home_->load(push.top_hash);
    if (!m && detail::is_lost(m.error())) continue;
    if (!m) return m.error();
    if (auto const ok = add_manifest(to, *m, detail::pushed_by_others(push.seconds)); !ok) return ok;
  }
  return {};
}

WAYBILL_DECL result<opened_history> package_history::open(package_name const& name, history::depth how) const {
  auto stored = open_stored(name, how);
  if (!stored) return stored.error();
  if (*stored) {
    auto const behind = is_behind((*stored)->data().line.last_published, name);
    if (!behind) return behind.error();
    if (!*behind) return std::move(**stored);
    if (!history::with_files(how))
      return open(name, how == history::depth::line ? history::depth::files : history::depth::actions);
    if (auto const ok = add_missed(**stored, name); !ok) return ok.error();
    return std::move(**stored);
  }
  auto const pushes = list_pushes(home_->store(), name);
  if (!pushes) return pushes.error();
  for (auto const& push : *pushes) {
    auto out = adopt(name, push.seconds, push.top_hash);
    if (!out && detail::is_lost(out.error())) continue;
    if (!out) return out.error();
    if (auto const ok = add_missed(*out, name); !ok) return ok.error();
    return out;
  }
  // No version can be read; the registry knows best what to say of that.
  auto const none = home_->resolve({.name = name, .tag = {}, .hash = {}, .registry = {}, .path = {}});
  if (!none) return none.error();
  auto const lost = home_->load(*none);
  if (!lost) return lost.error();
  return adopt(name, 0, *none);
}

WAYBILL_DECL result<void> package_history::create(package_name const& name, history::record const& first) {
  // The same beginning may have been written by somebody who was then stopped.
  if (auto const ok = archive_.create({&first, 1}); !ok && ok.error().code != errc::collision) return ok.error();
  auto const& id = std::get<history::records::opened>(first.what).id;
  auto const named = home_->store().swap_ref(layout::history_key(name), std::nullopt, id);
  if (!named) return named.error();
  return {};
}

WAYBILL_DECL result<void> package_history::write(opened_history& at, history::change made) {
  std::ranges::move(made.records, std::back_inserter(at.unsaved));
  made.records = std::exchange(at.unsaved, {});
  if (!at.is_new) return archive_.append(at.stored, std::move(made));
  auto const name = package_name::parse(made.after.line.name);
  if (!name) return name.error();
  // One batch begins the log: what comes after the beginning is a batch of its own, on top of what is there by then.
  if (auto const ok = create(*name, made.records.front()); !ok) return ok;
  if (made.records.size() == 1) return {};
  auto begun = archive_.open(made.after.line.id, history::depth::files);
  if (!begun) return begun.error();
  if (begun->log.at.end.records != 1)
    return make_error(errc::lost_race, "somebody else began this history at the same time", name->str());
  made.records.erase(made.records.begin());
  at.stored = std::move(*begun);
  return archive_.append(at.stored, std::move(made));
}

WAYBILL_DECL result<history::dataset_end> package_history::written_end(package_name const& name, bool dry_run) {
  auto const id = home_->store().read_ref(layout::history_key(name));
  if (!id) return id.error();
  if (*id) {
    auto stored = archive_.end_of((*id)->text);
    if (!stored) return stored.error();
    auto const behind = is_behind(stored->last_published, name);
    if (!behind) return behind.error();
    if (!*behind) return stored;
  }
  auto at = open(name, history::depth::line);
  if (!at) return at.error();
  // What was made up becomes a fork's past only once it is written.
  if (!at->unsaved.empty() && !dry_run)
    if (auto const ok = write(*at, {at->data(), {}}); !ok) return ok.error();
  auto const& end = at->stored.log.at.end;
  return history::end_of(at->data().line, end.records, end.sum);
}

WAYBILL_DECL result<forked_package> package_history::fork(package_name const& from, package_name const& to,
                                                          std::string_view description, history::stamp const& by,
                                                          timestamp now, bool dry_run) {
  auto const upstream = written_end(from, dry_run);
  if (!upstream) return upstream.error();
  auto const taken = home_->store().read_ref(layout::history_key(to));
  if (!taken) return taken.error();
  auto const latest = read_pointer(home_->store(), layout::latest_key(to));
  if (*taken || !latest || *latest)
    return make_error(errc::collision, "there is a package of that name already; choose another", to.str());
  forked_package out{detail::dataset_id(to.str(), by.datetime + by.nonce + upstream->at.sum), upstream->actions};
  if (dry_run) return out;
  if (auto const ok = create(to, history::fork_record(*upstream, out.id, to.str(), description, by)); !ok)
    return ok.error();
  if (auto const& hash = upstream->manifest; !hash.empty()) {
    if (auto const ok = add_push(home_->store(), to, hash, now); !ok) return ok.error();
    if (auto const ok = swap_pointer(home_->store(), layout::latest_key(to), hash); !ok) return ok.error();
  }
  return out;
}

WAYBILL_DECL result<history::dataset> package_history::upstream_of(history::dataset const& d) const {
  if (!d.line.upstream) return make_error(errc::usage, "this package is no fork, so it has no upstream", d.line.name);
  auto const& id = d.line.upstream->dataset;
  auto stored = archive_.open(id, history::depth::line);
  if (!stored) return stored.error();
  // Under its name it may have been published since by those who write no history.
  if (auto const name = package_name::parse(stored->data.line.name); name)
    if (auto by_name = open(*name, history::depth::line); by_name && by_name->data().line.id == id)
      return by_name->data();
  return std::move(stored->data);
}

WAYBILL_DECL result<void> package_history::add_version(package_name const& name, manifest const& m,
                                                       history::stamp const& by, timestamp now) {
  auto const hash = m.top_hash().hex();
  for (int attempt = 1;; ++attempt) {
    auto at = open(name, history::depth::files);
    if (!at && at.error().code != errc::package_not_found) return at.error();
    result<void> written;
    if (!at) {
      auto const seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
      auto const id = detail::dataset_id(name.str(), std::to_string(seconds) + hash + by.nonce);
      auto const begun = history::open_dataset(id, name.str(), hash, history::state{m},
                                               m.header().message().value_or("initial import"), by);
      written = create(name, begun.records.front());
    } else {
      auto const& line = at->data().line;
      bool const there = !line.savepoints.empty() && line.savepoints.back().manifest == hash &&
                         line.savepoints.back().position == line.effective.size();
      if (!there)
        if (auto const ok = add_manifest(*at, m, by); !ok) return ok;
      written = write(*at, {at->data(), {}});
    }
    if (written || written.error().code != errc::lost_race || attempt == most_attempts) return written;
    detail::make_room(attempt);
  }
}

WAYBILL_DECL result<manifest> package_history::head(history::dataset const& d) const {
  auto const& marks = d.line.savepoints;
  if (!marks.empty() && marks.back().position == d.line.effective.size() && !marks.back().manifest.empty())
    return home_->load(marks.back().manifest);
  manifest_header header;
  if (!d.line.last_published.empty()) {
    auto const last = home_->load(d.line.last_published);
    if (!last) return last.error();
    header = last->header();
    header.set_message(std::nullopt);
  }
  return d.files.to_manifest(std::move(header));
}

namespace detail {

WAYBILL_DECL result<void> note_in_history(registry& in, package_name const& name, manifest const& m, timestamp now) {
  auto const& who = in.history_author();
  if (!who) return {};
  return package_history{in}.add_version(name, m, {who->user, to_rfc3339(now), who->nonce()}, now);
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

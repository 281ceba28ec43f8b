#pragma once

#include <waybill/registry/push_data.hpp>

#include <waybill/core/logical_key.hpp>
#include <waybill/core/shown_url.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/registry/contents.hpp>
#include <waybill/scan/hash_file.hpp>
#include <waybill/scan/pool.hpp>
#include <waybill/store/transfer.hpp>
#include <waybill/store/verified.hpp>

#include <algorithm>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline physical_key const* file_place(entry const& e) noexcept {
  auto const at = std::ranges::find_if(e.places, [](physical_key const& p) { return p.is_file(); });
  return at == e.places.end() ? nullptr : &*at;
}

inline result<void> hash_draft_entry(entry& e, job_control const& control, progress_counter& counter) {
  auto const* place = file_place(e);
  if (place == nullptr)
    return make_error(errc::unsupported,
                      "points to " + (e.places.empty() ? std::string{"nowhere"} : shown_url(e.places.front().url())) +
                          ", whose size and digest are not known; give them when it is added, or set a local file",
                      printable(e.key.str()));
  std::vector<algorithm> kinds{algorithms::sha2_256_chunked};
  for (auto const& d : e.digests) kinds.push_back(d.kind());
  auto const path = place->file_path();
  auto hashed = hash_file(path, kinds, control);
  if (!hashed) return hashed.error();
  if (auto const same = check_digests(e.digests, hashed->digests, path); !same) return same;
  e.size = hashed->state.size;
  if (auto const* d = hashed->digests.find(algorithms::sha2_256_chunked)) e.digests.insert(*d);
  counter.expect(0, *e.size);
  counter.done(1, *e.size);
  return {};
}

WAYBILL_DECL result<void> hash_draft(manifest_builder& draft, job_control const& control) {
  std::vector<entry*> todo;
  for (auto const& [key, e] : draft.entries()) {
    if (e.size && (!e.digests.empty() || !e.foreign_hash.is_null())) continue;
    auto const at = draft.edit(key);
    if (!at) return at.error();
    todo.push_back(*at);
  }
  progress_counter counter{control.on_progress, "hash"};
  counter.expect(todo.size(), 0);
  // Few large files share the workers, many small ones get one each.
  auto const workers = worker_count(control);
  auto const each = todo.size() < workers ? workers / static_cast<unsigned>(std::max<std::size_t>(todo.size(), 1)) : 1U;
  job_control const inner{std::max(each, 1U), {}, control.stop};
  auto const done = parallel_for(todo.size(), control,
                                 [&](unsigned, std::size_t i) { return hash_draft_entry(*todo[i], inner, counter); });
  counter.flush();
  return done;
}

/// A content whose reads end when the job is stopped, so that a large file does not keep it waiting, and are counted.
class watched_content final : public object_content {
 public:
  watched_content(object_content const& inner, std::stop_token stop, progress_counter& counter)
      : inner_{&inner}, stop_{std::move(stop)}, counter_{&counter} {}
  [[nodiscard]] std::uint64_t size() const override { return inner_->size(); }
  [[nodiscard]] std::optional<std::string> local_file() const override { return inner_->local_file(); }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(byte_range range) const override {
    auto inner = inner_->open(range);
    if (!inner) return inner;
    return std::unique_ptr<byte_source>{std::make_unique<source>(std::move(*inner), stop_, *counter_)};
  }

 private:
  struct source final : byte_source {
    source(std::unique_ptr<byte_source> i, std::stop_token s, progress_counter& c)
        : inner{std::move(i)}, stop{std::move(s)}, counter{&c} {}
    result<std::size_t> read(std::span<std::byte> buffer) override {
      if (stop.stop_requested())
        return make_error(errc::interrupted, "stopped on request; repeat the command to go on");
      auto const n = inner->read(buffer);
      if (n) counter->done(0, *n);
      return n;
    }
    std::unique_ptr<byte_source> inner;
    std::stop_token stop;
    progress_counter* counter;
  };
  object_content const* inner_;
  std::stop_token stop_;
  progress_counter* counter_;
};

/// One push of a draft's data: plan, copy, re-point.
class draft_push {
 public:
  draft_push(registry& to, push_data_options const& options, job_control const& control)
      : to_{&to}, options_{&options}, control_{&control}, contents_{to, place_policy{}} {}

  result<void> collect(manifest_builder& draft);
  result<void> look();
  void fold_equal_contents();
  [[nodiscard]] transfer_report report() const;
  result<void> copy();
  result<void> repoint();

 private:
  enum class state : std::uint8_t { keep, present, copy, changed };
  struct item {
    entry* e;
    std::string key;  ///< where the bytes are to lie
    bool owned;       ///< a place of the entry lies in the registry already
    state now = state::copy;
  };
  result<void> look_at(item& i) const;
  result<bool> has_these_bytes(item const& i) const;
  result<void> copy_one(item& i, progress_counter& counter);
  [[nodiscard]] error taken(item const& i) const;
  /// The entry's file outside the registry, or null.
  [[nodiscard]] physical_key const* local_place(entry const& e) const {
    auto const at = std::ranges::find_if(e.places, [this](auto const& p) { return p.is_file() && !to_->owns(p); });
    return at == e.places.end() ? nullptr : &*at;
  }

  registry* to_;
  push_data_options const* options_;
  job_control const* control_;
  registry_contents contents_;
  std::string prefix_;
  std::vector<item> items_;
};

inline result<std::string> checked_prefix(std::string_view text) {
  while (text.starts_with('/')) text.remove_prefix(1);
  while (text.ends_with('/')) text.remove_suffix(1);
  if (auto const ok = logical_key::parse(text); !ok)
    return make_error(errc::usage, "not a prefix for keys: " + ok.error().detail, printable(text));
  auto const first = text.substr(0, text.find('/'));
  if (first == ".quilt" || first == ".waybill")
    return make_error(errc::protected_name,
                      "the registry's own names lie below " + std::string{first} + "/; choose another --prefix",
                      printable(text));
  return std::string{text};
}

inline result<void> draft_push::collect(manifest_builder& draft) {
  if (options_->prefix) {
    auto prefix = checked_prefix(*options_->prefix);
    if (!prefix) return prefix.error();
    prefix_ = std::move(*prefix);
  }
  for (auto const& [key, unused] : draft.entries()) {
    auto const at = draft.edit(key);
    if (!at) return at.error();
    entry& e = **at;
    std::optional<std::string> own;
    for (auto const& place : e.places)
      if (!own) own = to_->key_of_place(place);
    if (options_->local_files_only && (own || file_place(e) == nullptr)) continue;
    auto const* digest = e.digests.strongest();
    if (digest == nullptr && !own)
      return make_error(
          errc::unknown_algorithm,
          "its only hash is of a kind the kit cannot compute, so its bytes cannot be checked while they are copied",
          printable(key));
    auto target = !prefix_.empty() ? prefix_ + "/" + key : own ? *own : object_key(*digest);
    bool const owned = own && *own == target;
    items_.push_back({&e, std::move(target), owned});
  }
  return {};
}

inline result<bool> draft_push::has_these_bytes(item const& i) const {
  auto source = to_->store().open(i.key);
  if (!source) return source.error();
  auto const checked = verifying_source::wrap(std::move(*source), i.e->size, i.e->digests, i.key);
  if (!checked) return checked.error();
  std::vector<std::byte> buffer(std::size_t{256} << 10);
  for (;;) {
    auto const n = (*checked)->read(buffer);
    if (!n && (n.error().code == errc::digest_mismatch || n.error().code == errc::size_mismatch)) return false;
    if (!n) return n.error();
    if (*n == 0) return true;
  }
}

inline error draft_push::taken(item const& i) const {
  return make_error(errc::collision,
                    "'" + printable(i.e->key.str()) + "' would be stored as '" + printable(i.key) +
                        "', where other bytes lie that a version may need; choose another --prefix",
                    printable(i.key));
}

inline result<void> draft_push::look_at(item& i) const {
  auto const& store = to_->store();
  if (prefix_.empty() && !i.owned)
    for (auto const& d : i.e->digests) {
      auto key = object_key(d);
      // Another size is a damaged object: it is written anew.
      if (auto const info = store.head(key); !info || info->size != i.e->size) continue;
      i.key = std::move(key);
      i.now = state::present;
      return {};
    }
  if (prefix_.empty() && !i.owned) return {};
  auto const info = store.head(i.key);
  if (!info && info.error().code != errc::object_not_found) return info.error();
  if (!info) return {};
  if (i.owned) {
    i.now = info->size == i.e->size ? state::keep : state::copy;
    if (i.now == state::keep || digest_of_object_key(i.key)) return {};
    return make_error(errc::size_mismatch,
                      "the registry's bytes of '" + printable(i.e->key.str()) + "' are damaged: expected " +
                          std::to_string(i.e->size.value_or(0)) + " bytes, found " + std::to_string(info->size) +
                          "; set the file again and push",
                      printable(i.key));
  }
  if (info->size != i.e->size) return taken(i);
  auto const same = has_these_bytes(i);
  if (!same) return same.error();
  if (!*same) return taken(i);
  i.now = state::present;
  return {};
}

inline result<void> draft_push::look() {
  return parallel_for(items_.size(), *control_, [this](unsigned, std::size_t i) { return look_at(items_[i]); });
}

inline void draft_push::fold_equal_contents() {
  if (!prefix_.empty()) return;
  std::unordered_set<std::string_view> keys;
  for (auto& i : items_)
    if (i.now == state::copy && !keys.insert(i.key).second) i.now = state::present;
}

inline transfer_report draft_push::report() const {
  transfer_report out;
  for (auto const& i : items_) {
    auto const size = i.e->size.value_or(0);
    (i.now == state::copy ? out.files_copied : out.files_skipped) += 1;
    (i.now == state::copy ? out.bytes_copied : out.bytes_skipped) += size;
  }
  return out;
}

inline result<void> draft_push::copy_one(item& i, progress_counter& counter) {
  put_options options;
  options.expected = i.e->digests;
  options.only_if_absent = !prefix_.empty();
  options.durable = false;
  auto const* place = local_place(*i.e);
  auto file =
      place ? file_content::open_path(place->file_path()) : result<file_content>{make_error(errc::file_not_found, {})};
  if (!file && file.error().code != condition::not_found) return file.error();
  entry_content const elsewhere{*i.e, contents_};
  object_content const& content = file ? static_cast<object_content const&>(*file) : elsewhere;
  auto const put = file && file->size() != i.e->size
                       ? result<object_info>{make_error(errc::source_changed, {})}
                       : to_->store().put(i.key, watched_content{content, control_->stop, counter}, options);
  if (put) return {};
  auto const& e = put.error();
  if (e.code == errc::collision) {
    auto const same = has_these_bytes(i);
    if (same && *same) return {};
    return same ? taken(i) : same.error();
  }
  if (!file || e.code != condition::integrity) return e;
  i.now = state::changed;
  return make_error(errc::source_changed,
                    "this file changed after '" + printable(i.e->key.str()) +
                        "' was built from it; build again (build-manifest), then push",
                    printable(place->file_path()));
}

inline result<void> draft_push::copy() {
  std::vector<item*> todo;
  progress_counter counter{control_->on_progress, "copy"};
  for (auto& i : items_)
    if (i.now == state::copy) {
      todo.push_back(&i);
      counter.expect(1, i.e->size.value_or(0));
    }
  auto const done = parallel_for(todo.size(), *control_, [&](unsigned, std::size_t n) -> result<void> {
    if (auto const ok = copy_one(*todo[n], counter); !ok) return ok;
    counter.done(1, 0);
    return {};
  });
  counter.flush();
  for (auto* i : todo)
    if (i->now == state::changed) {
      i->e->size.reset();
      i->e->digests = {};
    }
  return done;
}

inline result<void> draft_push::repoint() {
  auto const keeps = [](item const& i) { return i.now == state::keep; };
  // Also for what was there already: it may come from a push that was killed before it got here.
  if (!std::ranges::all_of(items_, keeps))
    if (auto const ok = to_->store().flush(); !ok) return ok;
  for (auto& i : items_)
    if (!keeps(i)) i.e->places.assign(1, to_->store().url(i.key));
    else std::erase_if(i.e->places, [this](auto const& place) { return !to_->owns(place); });
  return {};
}

WAYBILL_DECL result<transfer_report> push_draft(manifest_builder& draft, registry& to, push_data_options const& options,
                                                job_control const& control) {
  draft_push push{to, options, control};
  if (auto const ok = push.collect(draft); !ok) return ok.error();
  if (auto const ok = push.look(); !ok) return ok.error();
  push.fold_equal_contents();
  auto const report = push.report();
  if (options.dry_run) return report;
  if (auto const ok = push.copy(); !ok) return ok.error();
  if (auto const ok = push.repoint(); !ok) return ok.error();
  return report;
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

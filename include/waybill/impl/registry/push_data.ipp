#pragma once

#include <waybill/registry/push_data.hpp>

#include <waybill/core/physical_key.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/registry/contents.hpp>
#include <waybill/scan/content.hpp>
#include <waybill/scan/pool.hpp>
#include <waybill/store/object.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// A content whose reads end when the job is stopped, so that a large file does not keep it waiting, and are counted.
class watched_content final : public object_content {
 public:
  watched_content(object_content const& inner, std::stop_token stop, progress_counter& counter)
      : inner_{&inner}, stop_{std::move(stop)}, counter_{&counter} {}
  [[nodiscard]] std::uint64_t size() const override { return inner_->size(); }
  [[nodiscard]] std::optional<std::string> local_file() const override { return inner_->local_file(); }
  [[nodiscard]] std::vector<digest> part_digests() const override { return inner_->part_digests(); }
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

/// A file whose parts were hashed already.
class hashed_content final : public object_content {
 public:
  hashed_content(object_content const& inner, std::vector<digest> parts) : inner_{&inner}, parts_{std::move(parts)} {}
  [[nodiscard]] std::uint64_t size() const override { return inner_->size(); }
  [[nodiscard]] std::optional<std::string> local_file() const override { return inner_->local_file(); }
  [[nodiscard]] std::vector<digest> part_digests() const override { return parts_; }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(byte_range range) const override {
    return inner_->open(range);
  }

 private:
  object_content const* inner_;
  std::vector<digest> parts_;
};

/// The copying of what a plan says is missing, and the draft's new places.
class draft_push {
 public:
  draft_push(push_plan& plan, registry& to, push_data_options const& options, job_control const& control)
      : plan_{&plan}, to_{&to}, control_{&control}, contents_{to, options.places}, parts_{options.parts} {}

  result<void> copy();
  result<void> repoint();

 private:
  using item = push_plan::item;
  using state = push_plan::state;
  result<void> copy_one(item& i, progress_counter& counter);
  result<object_info> put(item& i, object_content const& content);
  /// The entry's file outside the registry, or null.
  [[nodiscard]] physical_key const* local_place(entry const& e) const {
    auto const at = std::ranges::find_if(e.places, [this](auto const& p) { return p.is_file() && !to_->owns(p); });
    return at == e.places.end() ? nullptr : &*at;
  }

  push_plan* plan_;
  registry* to_;
  job_control const* control_;
  registry_contents contents_;
  part_sums const* parts_;
};

/// Stores the bytes of an item. Where somebody else was faster, what they stored is looked at: equal bytes will do.
inline result<object_info> draft_push::put(item& i, object_content const& content) {
  put_options options;
  options.expected = i.e->digests;
  options.durable = false;
  for (;;) {
    // Of an object that is there already a bucket would keep a second version.
    options.only_if_absent = (plan_->has_prefix() || to_->is_remote()) && !i.replaces;
    auto stored = to_->store().put(i.key, content, options);
    if (stored || stored.error().code != errc::collision || i.replaces) return stored;
    auto const there = to_->store().head(i.key);
    // It was collected meanwhile, or the service takes the mark of a removal for an object.
    if (!there && there.error().code == errc::object_not_found && !plan_->has_prefix()) {
      i.replaces = true;
      continue;
    }
    if (!there) return there.error();
    if (!plan_->has_prefix()) i.replaces = there->size != i.e->size;  // damaged
    else if (auto const met = plan_->meet(i, *there); !met) return met.error();
    if (!i.replaces) return there;
  }
}

inline result<void> draft_push::copy_one(item& i, progress_counter& counter) {
  auto const* place = local_place(*i.e);
  auto file =
      place ? file_content::open_path(place->file_path()) : result<file_content>{make_error(errc::file_not_found, {})};
  if (!file && file.error().code != condition::not_found) return file.error();
  entry_content const elsewhere{*i.e, contents_};
  object_content const& content = file ? static_cast<object_content const&>(*file) : elsewhere;
  hashed_content const hashed{content, parts_ == nullptr ? std::vector<digest>{} : parts_->find(i.e->digests)};
  auto const stored = file && file->size() != i.e->size ? result<object_info>{make_error(errc::source_changed, {})}
                                                        : put(i, watched_content{hashed, control_->stop, counter});
  if (stored) {
    i.now = state::copy;
    i.place = to_->store().url_of(*stored);
    return {};
  }
  auto const& e = stored.error();
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
  for (auto& i : plan_->items())
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
  if (!std::ranges::all_of(plan_->items(), keeps))
    if (auto const ok = to_->store().flush(); !ok) return ok;
  std::unordered_map<std::string_view, physical_key const*> stored;
  for (auto const& i : plan_->items())
    if (i.place) stored.emplace(i.key, &*i.place);
  for (auto& i : plan_->items())
    if (i.place) i.e->places.assign(1, *i.place);
    else if (auto const at = stored.find(i.key); !keeps(i) && at != stored.end()) i.e->places.assign(1, *at->second);
    else if (!keeps(i)) i.e->places.assign(1, to_->store().url(i.key));
    else std::erase_if(i.e->places, [this](auto const& place) { return !to_->owns(place); });
  return {};
}

WAYBILL_DECL result<transfer_report> push_draft(manifest_builder& draft, registry& to, push_data_options const& options,
                                                job_control const& control) {
  auto plan = push_plan::make(draft, to, options, control);
  if (!plan) return plan.error();
  auto const report = plan->report();
  if (options.dry_run) return report;
  draft_push push{*plan, to, options, control};
  if (auto const ok = push.copy(); !ok) return ok.error();
  if (auto const ok = push.repoint(); !ok) return ok.error();
  return report;
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/history/merge.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/history/action.hpp>
#include <waybill/history/changes.hpp>
#include <waybill/history/merge_plan.hpp>
#include <waybill/history/squash.hpp>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace history {
namespace detail {

inline bool share_a_key(std::vector<std::string> const& a, std::vector<std::string> const& b) {
  return std::ranges::any_of(a, [&](std::string const& key) { return std::ranges::binary_search(b, key); });
}

inline result<std::optional<merge_filter>> check_request(dataset const& target, dataset const& source,
                                                         merge_options const& options) {
  if (target.line.id == source.line.id)
    return make_error(errc::self_merge, "a dataset cannot be merged into itself", target.line.name);
  if (target.line.root != source.line.root)
    return make_error(errc::unrelated,
                      target.line.name + " and " + source.line.name +
                          " have no common root; a merge needs a fork and its upstream, or forks of one dataset",
                      source.line.name);
  if (options.squash && !(options.theirs.empty() && options.ours.empty()))
    return make_error(errc::usage, "a squash takes no single actions, so there is nothing to resolve key by key");
  if (!options.filter) return std::optional<merge_filter>{};
  auto filter = merge_filter::read(*options.filter);
  if (!filter) return filter.error();
  if (!filter->hashes) return std::optional{std::move(*filter)};
  auto const known = source.line.hashes();
  for (auto const& hash : *filter->hashes)
    if (!known.contains(hash))
      return make_error(errc::unknown_action, source.line.name + " has no effective action of this hash",
                        printable(hash));
  return std::optional{std::move(*filter)};
}

/// One merge under way.
class merge_run {
 public:
  merge_run(dataset const& target, dataset const& source, merge_options const& options, stamp const& by)
      : target_{target}, source_{source}, options_{options}, by_{by}, after_{target}, source_now_{source.base} {}

  [[nodiscard]] result<merge_result> run(std::optional<merge_filter> const& filter) {
    if (options_.force)
      if (auto const ok = cut_back(); !ok) return ok.error();
    before_ = after_.files;
    classes_ = classify(after_.line, source_.line, filter);
    list_what_is_not_played();
    if (auto const ok = options_.squash ? play_squashed() : play_all(); !ok) return ok.error();
    if (auto const ok = become({repaired_.begin(), repaired_.end()}, before_); !ok) return ok.error();
    return finish();
  }

 private:
  [[nodiscard]] result<void> cut_back() {
    auto const length = common_prefix(after_.line, source_.line);
    if (length == after_.line.effective.size()) return {};
    auto files = state_at(after_, length);
    if (!files) return files.error();
    after_.line.cut(length);
    after_.files = std::move(*files);
    cut_ = length;
    return {};
  }

  [[nodiscard]] landed const& at(std::size_t i) const { return source_.line.effective[i]; }

  void list_what_is_not_played() {
    for (std::size_t i = 0; i < classes_.size(); ++i) {
      auto const& hash = at(i).what->hash;
      switch (classes_[i]) {
        case merge_class::common: report_.common.push_back(hash); break;
        case merge_class::local: report_.local.push_back(hash); break;
        case merge_class::retracted: report_.retracted.push_back(hash); break;
        case merge_class::skipped: report_.skipped.push_back(hash); break;
        case merge_class::remembered: report_.remembered.push_back(hash); break;
        case merge_class::selected: break;
      }
    }
  }

  [[nodiscard]] result<void> play_all() {
    for (std::size_t i = 0; i < classes_.size(); ++i) {
      if (classes_[i] != merge_class::selected) continue;
      auto did = play_one(i);
      if (!did) return did.error();
      if (did->failed) {
        fail(i, std::move(*did->failed));
        return {};
      }
      land({at(i).what, did->did, at(i).user, at(i).datetime});
      (did->did == effect::applied ? report_.applied : report_.satisfied).push_back(at(i).what->hash);
    }
    return {};
  }

  /// Plays an action; where it meets a conflict at a key that is to be resolved, after it was.
  [[nodiscard]] result<outcome> play_one(std::size_t i) {
    auto did = play(after_.files, at(i).what->kind, at(i).what->params);
    if (!did || !did->failed) return did;
    auto const touched = touched_keys(*at(i).what);
    std::vector<std::string> keys;
    for (auto const& key : touched) {
      bool const ours = std::ranges::find(options_.ours, key) != options_.ours.end();
      if (ours || std::ranges::find(options_.theirs, key) != options_.theirs.end()) keys.push_back(key);
      if (ours) repaired_.insert(key);
    }
    if (keys.empty()) return did;
    for (; source_position_ < i; ++source_position_)
      if (auto const ok = play_again(source_now_, at(source_position_)); !ok) return ok.error();
    if (auto const ok = become(keys, source_now_); !ok) return ok.error();
    return play(after_.files, at(i).what->kind, at(i).what->params);
  }

  /// Makes some keys of the target what they are elsewhere, by an action of its own.
  [[nodiscard]] result<void> become(std::vector<std::string> const& keys, state const& like) {
    json::array changes;
    for (auto const& key : keys) append_changes_at(changes, key, after_.files, like);
    if (changes.empty()) return {};
    auto params = json::value{json::object{{"changes", removals_first(std::move(changes))}}};
    auto const did = play(after_.files, kinds::package_apply, params);
    if (!did) return did.error();
    if (did->failed) return {};  // the conflict that is to be resolved stays, and is reported
    auto a = std::make_shared<action const>(
        make_action(kinds::package_apply, std::move(params), target_.line.id, after_.line.next_seq));
    report_.resolved.push_back(a->hash);
    land({std::move(a), did->did, by_.user, by_.datetime});
    return {};
  }

  [[nodiscard]] result<void> play_squashed() {
    std::vector<bool> selected;
    for (auto const c : classes_) selected.push_back(c == merge_class::selected);
    if (std::ranges::find(selected, true) == selected.end()) return {};
    auto params = squash(source_, selected);
    if (!params) return params.error();
    auto did = play(after_.files, kinds::package_apply, *params);
    if (!did) return did.error();
    if (did->failed) {
      auto const i = last_selected_at(did->failed->at);
      fail(i, std::move(*did->failed));
      return {};
    }
    auto& list = did->did == effect::applied ? report_.applied : report_.satisfied;
    for (std::size_t i = 0; i < selected.size(); ++i)
      if (selected[i]) list.push_back(at(i).what->hash);
    auto a = std::make_shared<action const>(
        make_action(kinds::package_apply, std::move(*params), target_.line.id, after_.line.next_seq));
    land({std::move(a), did->did, by_.user, by_.datetime});
    return {};
  }

  /// The last selected action that touches a key (or `key#field`), else the last of all.
  [[nodiscard]] std::size_t last_selected_at(std::string const& place) const {
    std::size_t last = 0;
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < classes_.size(); ++i) {
      if (classes_[i] != merge_class::selected) continue;
      last = i;
      for (auto const& key : touched_keys(*at(i).what))
        if (place == key || place.starts_with(key + "#")) found = i;
    }
    return found.value_or(last);
  }

  void land(landed a) {
    auto const& what = *a.what;
    records_.push_back({by_, records::acted{a}});
    if (what.origin == after_.line.id) after_.line.next_seq = std::max(after_.line.next_seq, what.seq + 1);
    after_.line.append(std::move(a));
  }

  void fail(std::size_t i, conflict why) {
    auto const touched = touched_keys(*at(i).what);
    if (why.reason == errc::missing && was_thrown_away(why.at)) why.reason = errc::rolled_back;
    merge_failure failed{at(i).what->hash, std::move(why), {}};
    for (std::size_t k = 0; k < i; ++k)
      if ((classes_[k] == merge_class::skipped || classes_[k] == merge_class::remembered) &&
          share_a_key(touched_keys(*at(k).what), touched))
        failed.needs.push_back(at(k).what->hash);
    report_.failed = std::move(failed);
    for (auto k = i + 1; k < classes_.size(); ++k)
      if (classes_[k] == merge_class::selected) report_.pending.push_back(at(k).what->hash);
  }

  [[nodiscard]] bool was_thrown_away(std::string const& key) const {
    return std::ranges::any_of(after_.line.retracted,
                               [&](landed const& r) { return std::ranges::binary_search(touched_keys(*r.what), key); });
  }

  [[nodiscard]] merge_result finish() {
    bool const played = !(report_.applied.empty() && report_.satisfied.empty());
    if (report_.failed && (options_.autorollback || options_.squash)) {
      report_.status = merge_status::rolled_back;
      report_.applied.clear();
      report_.satisfied.clear();
      report_.resolved.clear();
      return {std::move(report_), {target_, {}}};
    }
    report_.status = report_.failed ? merge_status::stopped : played ? merge_status::merged : merge_status::nothing;
    records::merged head{source_.line.id, source_.line.name, std::string{name_of(report_.status)}, cut_, {}};
    if (options_.remember && !report_.failed)
      for (auto const& hash : report_.skipped)
        if (after_.line.remembered.insert(hash).second) head.remember.push_back(hash);
    if (!records_.empty() || cut_ || !head.remember.empty())
      records_.insert(records_.begin(), record{by_, std::move(head)});
    return {std::move(report_), {std::move(after_), std::move(records_)}};
  }

  dataset const& target_;
  dataset const& source_;
  merge_options const& options_;
  stamp const& by_;
  dataset after_;
  state before_;      ///< the target's files before anything was played
  state source_now_;  ///< the source's files before its action number source_position_
  std::size_t source_position_ = 0;
  std::optional<std::size_t> cut_;
  std::vector<merge_class> classes_;
  std::vector<record> records_;
  std::set<std::string> repaired_;  ///< keys of `ours` that were made the source's
  merge_report report_;
};

}  // namespace detail

WAYBILL_DECL std::string_view name_of(merge_status s) noexcept {
  switch (s) {
    case merge_status::merged: return "merged";
    case merge_status::nothing: return "nothing";
    case merge_status::rolled_back: return "rolled_back";
    case merge_status::stopped: break;
  }
  return "stopped";
}

WAYBILL_DECL result<merge_result> merge(dataset const& target, dataset const& source, merge_options const& options,
                                        stamp const& by) {
  auto const filter = detail::check_request(target, source, options);
  if (!filter) return filter.error();
  return detail::merge_run{target, source, options, by}.run(*filter);
}

WAYBILL_DECL json::object to_json(merge_report const& r) {
  json::object out{{"status", name_of(r.status)}};
  auto const list = [&](char const* name, std::vector<std::string> const& hashes) {
    out.emplace_back(name, json::array(hashes.begin(), hashes.end()));
  };
  list("applied", r.applied);
  list("satisfied", r.satisfied);
  list("skipped", r.skipped);
  list("remembered", r.remembered);
  list("retracted", r.retracted);
  list("local", r.local);
  list("common", r.common);
  list("pending", r.pending);
  if (!r.resolved.empty()) list("resolved", r.resolved);
  if (r.failed)
    out.emplace_back("failed", json::object{{"action", r.failed->action},
                                            {"reason", waybill::name_of(make_error_code(r.failed->why.reason))},
                                            {"at", r.failed->why.at},
                                            {"needs", json::array(r.failed->needs.begin(), r.failed->needs.end())}});
  return out;
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

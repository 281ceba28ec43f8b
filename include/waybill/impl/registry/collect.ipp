#pragma once

#include <waybill/registry/collect.hpp>

#include <waybill/registry/layout.hpp>
#include <waybill/registry/pointer.hpp>
#include <waybill/registry/reachable.hpp>
#include <waybill/scan/pool.hpp>
#include <waybill/store/verified.hpp>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Something that may be removed if nothing needs it.
struct candidate {
  std::string key;
  std::uint64_t size = 0;  ///< bytes
  bool old = false;
};

class collector {
 public:
  collector(registry& from, collection_options const& options, job_control const& control)
      : from_{&from}, options_{&options}, control_{&control}, reached_{from} {}

  result<void> find_candidates();
  result<void> read(closed_gate* gate);
  collection sort_out();
  result<void> remove(closed_gate& gate);

 private:
  [[nodiscard]] bool is_old(object_info const& info) const;
  [[nodiscard]] result<void> remove_all(std::vector<candidate> const& what, closed_gate& gate);
  [[nodiscard]] std::string_view hash_of(candidate const& c) const {
    return std::string_view{c.key}.substr(layout::manifests.size());
  }

  registry* from_;
  collection_options const* options_;
  job_control const* control_;
  reachable reached_;
  std::vector<candidate> manifests_, objects_;  ///< all there are; after sort_out those to be removed
};

inline bool collector::is_old(object_info const& info) const {
  if (options_->older_than <= std::chrono::nanoseconds{0}) return true;
  return info.stored && *info.stored <= options_->now - options_->older_than;
}

/// What comes later is no candidate: a push that stores it has nothing to fear.
inline result<void> collector::find_candidates() {
  auto const listing = [&](std::vector<candidate>& into, auto const& is_ours) {
    return [&](object_info const& info) -> result<void> {
      if (control_->stop.stop_requested()) return interrupted_error();
      if (is_ours(info.key)) into.push_back({info.key, info.size, is_old(info)});
      return {};
    };
  };
  auto const is_manifest = [](std::string_view key) { return is_top_hash(key.substr(layout::manifests.size())); };
  auto const is_object = [](std::string_view key) { return digest_of_object_key(key).has_value(); };
  if (auto const ok = from_->store().list(layout::manifests, listing(manifests_, is_manifest)); !ok) return ok;
  return from_->store().list(layout::objects, listing(objects_, is_object));
}

/// @param gate  where it is closed: others must see that this is alive
inline result<void> collector::read(closed_gate* gate) {
  auto const keep = [gate] { return gate == nullptr ? result<void>{} : gate->keep(); };
  if (auto const ok = reached_.read_names(*control_); !ok) return ok;
  std::vector<std::string> young;
  // A manifest that stays for its youth needs its bytes like any other; also one that was stored since.
  auto const listed = from_->store().list(layout::manifests, [&](object_info const& info) -> result<void> {
    auto const hash = std::string_view{info.key}.substr(layout::manifests.size());
    if (!is_top_hash(hash)) return {};
    if (auto const ok = keep(); !ok) return ok;
    auto const known = std::ranges::lower_bound(manifests_, info.key, {}, &candidate::key);
    if (known == manifests_.end() || known->key != info.key || !known->old) young.emplace_back(hash);
    return {};
  });
  if (!listed) return listed.error();
  return reached_.read_manifests(young, *control_);
}

inline void count(collection_figures& into, std::uint64_t collection_figures::* what, candidate const& c) {
  ++(into.*what);
  into.bytes += c.size;
}

inline collection collector::sort_out() {
  collection out;
  auto const pick = [&](std::vector<candidate>& from, std::uint64_t collection_figures::* what, auto const& needed) {
    std::erase_if(from, [&](candidate const& c) {
      bool const stays = needed(c);
      count(stays ? out.kept : c.old ? out.removed : out.young, what, c);
      return stays || !c.old;
    });
  };
  pick(manifests_, &collection_figures::manifests,
       [&](candidate const& c) { return reached_.names(std::string{hash_of(c)}); });
  pick(objects_, &collection_figures::objects,
       [&](candidate const& c) { return reached_.needs(*digest_of_object_key(c.key)); });
  for (auto const& c : manifests_) out.manifests.emplace_back(hash_of(c));
  return out;
}

inline result<void> collector::remove_all(std::vector<candidate> const& what, closed_gate& gate) {
  return parallel_for(what.size(), *control_, [&](unsigned, std::size_t i) -> result<void> {
    if (auto const ok = gate.keep(); !ok) return ok;
    return from_->store().remove(what[i].key);
  });
}

inline result<void> collector::remove(closed_gate& gate) {
  if (auto const ok = remove_all(manifests_, gate); !ok) return ok;
  // Not even a power cut may bring a manifest back whose bytes are gone.
  if (auto const ok = from_->store().flush(); !ok) return ok;
  return remove_all(objects_, gate);
}

inline result<collection> collect_once(registry& from, collection_options const& options, job_control const& control) {
  collector work{from, options, control};
  if (auto const ok = work.find_candidates(); !ok) return ok.error();
  if (auto const ok = work.read(nullptr); !ok) return ok.error();
  if (options.dry_run) return work.sort_out();
  auto gate = closed_gate::close(from.store(), options.nonce, control.stop, options.times);
  if (!gate) return gate.error();
  if (auto const ok = work.read(&*gate); !ok) return ok.error();
  auto out = work.sort_out();
  if (auto const ok = work.remove(*gate); !ok) return ok.error();
  if (auto const ok = gate->open(); !ok) return ok.error();
  return out;
}

}  // namespace detail

WAYBILL_DECL result<collection> collect(registry& from, collection_options const& options, job_control const& control) {
  // Where a store cannot be held, a push may be just about to store again what a collection took while it was named.
  int const attempts = from.store().can_hold() ? 1 : 5;
  for (int attempt = 1;; ++attempt) {
    auto done = detail::collect_once(from, options, control);
    if (done || done.error().code != errc::version_not_found || attempt == attempts) return done;
    std::this_thread::sleep_for(std::chrono::milliseconds{200} * attempt);
  }
}

}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/history/timeline.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace history {

WAYBILL_DECL std::unordered_set<std::string> timeline::hashes() const {
  std::unordered_set<std::string> out;
  out.reserve(effective.size());
  for (auto const& a : effective) {
    out.insert(a.what->hash);
    for (auto& covered : covered_by(*a.what)) out.insert(std::move(covered));
  }
  return out;
}

WAYBILL_DECL landed const* timeline::find(std::string_view hash_or_prefix) const {
  if (hash_or_prefix.size() < 6) return nullptr;
  landed const* found = nullptr;
  for (auto const& a : effective) {
    if (!a.what->hash.starts_with(hash_or_prefix)) continue;
    if (found != nullptr) return nullptr;
    found = &a;
  }
  return found;
}

WAYBILL_DECL savepoint const* timeline::find_savepoint(std::string_view wanted) const {
  auto const at = std::ranges::find(savepoints, wanted, &savepoint::id);
  return at == savepoints.end() ? nullptr : &*at;
}

WAYBILL_DECL void timeline::append(landed a) {
  auto const& hash = a.what->hash;
  if (!retracted.empty()) std::erase_if(retracted, [&](landed const& r) { return r.what->hash == hash; });
  remembered.erase(hash);
  for (auto const& covered : covered_by(*a.what)) {
    remembered.erase(covered);
    std::erase_if(retracted, [&](landed const& r) { return r.what->hash == covered; });
  }
  effective.push_back(std::move(a));
}

WAYBILL_DECL std::vector<std::string> timeline::cut(std::size_t length) {
  std::vector<std::string> thrown_away;
  for (auto i = length; i < effective.size(); ++i) {
    thrown_away.push_back(effective[i].what->hash);
    retracted.push_back(std::move(effective[i]));
  }
  effective.resize(std::min(length, effective.size()));
  std::erase_if(savepoints, [&](savepoint const& s) { return s.position > length; });
  return thrown_away;
}

WAYBILL_DECL void timeline::note_published(std::string const& top_hash) {
  if (top_hash.empty()) return;
  ++published[top_hash];
  last_published = top_hash;
}

WAYBILL_DECL dataset_end end_of(timeline const& t, std::uint64_t records, std::string sum) {
  dataset_end out{{t.id, records, std::move(sum)}, t.root, t.effective.size(), {}, t.last_published};
  if (!t.savepoints.empty() && t.savepoints.back().position == t.effective.size())
    out.manifest = t.savepoints.back().manifest;
  return out;
}

WAYBILL_DECL std::vector<landed> difference(timeline const& of, timeline const& from) {
  auto const known = from.hashes();
  std::vector<landed> out;
  for (auto const& a : of.effective)
    if (!known.contains(a.what->hash)) out.push_back(a);
  return out;
}

WAYBILL_DECL std::size_t common_prefix(timeline const& a, timeline const& b) {
  auto const same = std::ranges::mismatch(a.effective, b.effective, [](landed const& x, landed const& y) {
    return x.what == y.what || x.what->hash == y.what->hash;
  });
  return static_cast<std::size_t>(same.in1 - a.effective.begin());
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

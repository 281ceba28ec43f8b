#pragma once

#include <waybill/algebra/renames.hpp>
#include <waybill/json/write.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail::renaming {

/// Texts that two entries share when their content and metadata are the same: one for each digest, strongest first.
/// Two entries whose strongest common digest agrees share at least that digest's text.
inline std::vector<std::string> content_marks(entry const& e) {
  std::vector<std::string> marks;
  if (!e.size || *e.size == 0) return marks;
  auto const tail = '\n' + std::to_string(*e.size) + '\n' + json::canonical(e.meta);
  for (auto const& d : e.digests) marks.push_back(std::string{d.kind().name()} + ' ' + d.hex() + tail);
  if (!e.foreign_hash.is_null()) marks.push_back(json::canonical(e.foreign_hash) + tail);
  return marks;
}

inline std::string_view last_segment(std::string_view key) noexcept { return key.substr(key.rfind('/') + 1); }

/// Removed entries by mark, each list in walk order; entries that found a partner are skipped.
class rename_index {
 public:
  explicit rename_index(std::vector<entry> const& removed) : removed_{removed}, used_(removed.size(), false) {}

  void add(std::string mark, std::size_t index) { groups_[std::move(mark)].items.push_back(index); }

  /// The first unused entry of that mark which really equals `after`; it is then used.
  std::optional<std::size_t> take(std::string const& mark, entry const& after) {
    auto const found = groups_.find(mark);
    if (found == groups_.end()) return std::nullopt;
    auto& [items, front] = found->second;
    while (front < items.size() && used_[items[front]]) ++front;
    for (auto i = front; i < items.size(); ++i) {
      // a weak digest may agree where a stronger common one does not
      if (used_[items[i]] || compare_entries(removed_[items[i]], after) != entry_change::none) continue;
      used_[items[i]] = true;
      return items[i];
    }
    return std::nullopt;
  }

  [[nodiscard]] std::vector<bool> const& used() const noexcept { return used_; }

 private:
  struct group {
    std::vector<std::size_t> items;
    std::size_t front = 0;
  };
  std::vector<entry> const& removed_;
  std::map<std::string, group> groups_;
  std::vector<bool> used_;
};

/// Pairs every still lonely added entry with a removed one; `same_name` asks for an equal last segment too.
inline void pair_renames(diff const& d, rename_index& index, std::vector<std::optional<std::size_t>>& partner,
                         bool same_name) {
  for (std::size_t i = 0; i < d.added.size(); ++i) {
    if (partner[i]) continue;
    auto const& after = d.added[i];
    for (auto& mark : content_marks(after)) {
      if (same_name) mark.append(1, '\n').append(last_segment(after.key));
      if (partner[i] = index.take(mark, after); partner[i]) break;
    }
  }
}

/// Drops the entries that are marked, keeping order.
inline void drop_marked(std::vector<entry>& entries, std::vector<bool> const& marked) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (marked[i]) continue;
    if (kept != i) entries[kept] = std::move(entries[i]);
    ++kept;
  }
  entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(kept), entries.end());
}

}  // namespace detail::renaming

WAYBILL_DECL void find_renames(diff& d) {
  detail::renaming::rename_index index{d.removed};
  for (std::size_t i = 0; i < d.removed.size(); ++i) {
    for (auto& mark : detail::renaming::content_marks(d.removed[i])) {
      // canonical metadata has no line break, so a mark with a name never equals one without
      index.add(mark + '\n' + std::string{detail::renaming::last_segment(d.removed[i].key)}, i);
      index.add(std::move(mark), i);
    }
  }
  std::vector<std::optional<std::size_t>> partner(d.added.size());
  detail::renaming::pair_renames(d, index, partner, true);
  detail::renaming::pair_renames(d, index, partner, false);

  std::vector<bool> found(d.added.size(), false);
  for (std::size_t i = 0; i < d.added.size(); ++i) {
    if (!partner[i]) continue;
    found[i] = true;
    d.renamed.push_back({d.removed[*partner[i]].key, d.added[i]});
  }
  detail::renaming::drop_marked(d.added, found);
  detail::renaming::drop_marked(d.removed, index.used());
}

}  // namespace waybill::inline WAYBILL_ABI

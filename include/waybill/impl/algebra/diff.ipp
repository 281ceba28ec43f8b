#pragma once

#include <waybill/algebra/diff.hpp>

#include <cstddef>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Copies what `classify` finds into a diff's lists.
struct diff_collector {
  diff& out;
  void added(entry const& after) { out.added.push_back(after); }
  void removed(entry const& before) { out.removed.push_back(before); }
  void modified(entry const& before, entry const& after, entry_change reason) {
    out.modified.push_back({before, after, reason});
  }
};

}  // namespace detail

WAYBILL_DECL diff make_diff(manifest const& before, manifest const& after, unknown_policy policy) {
  diff out;
  classify(before.entries(), after.entries(), detail::diff_collector{out},
           [policy](entry const& a, entry const& b) { return compare_entries(a, b, policy); });
  out.unchanged = before.entries().size() - out.removed.size() - out.modified.size();
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI

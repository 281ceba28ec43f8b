#pragma once

#include <waybill/algebra/stream_diff.hpp>

#include <string>
#include <utility>
#include <variant>

namespace waybill::inline WAYBILL_ABI {
namespace detail::streaming {

/// One side of a stream diff: a reader that stands at an entry, skips directory lines and insists on walk order.
class side {
 public:
  side(manifest_reader& reader, std::string_view name) : reader_{&reader}, name_{name} {}

  [[nodiscard]] manifest_reader& reader() noexcept { return *reader_; }
  /// Null at the end.
  [[nodiscard]] manifest_reader::item const* item() const noexcept { return item_; }
  [[nodiscard]] result<entry> to_entry() const { return reader_->to_entry(*item_); }

  [[nodiscard]] result<void> next() {
    do {
      auto const read = reader_->next();
      if (!read) return read.error();
      item_ = *read;
      if (auto const order = check_order(); !order) return order;
    } while (item_ != nullptr && item_->parsed && std::holds_alternative<directory_meta>(*item_->parsed));
    return {};
  }

 private:
  [[nodiscard]] result<void> check_order() const {
    if (reader_->sorted()) return {};
    return make_error(errc::unsorted,
                      "the " + std::string{name_} + " manifest is not in walk order here; load both to compare them",
                      "line " + std::to_string(reader_->line_number()));
  }

  manifest_reader* reader_;
  std::string_view name_;
  manifest_reader::item const* item_ = nullptr;
};

/// Moves both sides behind the lines they share and to the next entry of each.
inline result<void> next_difference(side& a, side& b, std::uint64_t& equal) {
  auto const skipped = a.reader().skip_equal(b.reader());
  if (!skipped) return skipped.error();
  equal += *skipped;
  if (auto const r = a.next(); !r) return r;
  return b.next();
}

template <class Report>
result<void> report(side const& from, Report const& sink) {
  if (!sink) return {};
  auto const e = from.to_entry();
  if (!e) return e.error();
  sink(*e);
  return {};
}

/// Compares two entries of one key.
inline result<void> report_pair(side const& a, side const& b, stream_diff_sink const& sink, unknown_policy policy,
                                std::uint64_t& equal) {
  auto const x = a.to_entry();
  if (!x) return x.error();
  auto const y = b.to_entry();
  if (!y) return y.error();
  auto const change = compare_entries(*x, *y, policy);
  if (change == entry_change::none) ++equal;
  else if (sink.modified) sink.modified(*x, *y, change);
  return {};
}

/// Handles the lesser of the two entries, or both when their keys are equal, and moves on.
inline result<void> step(side& a, side& b, stream_diff_sink const& sink, unknown_policy policy, std::uint64_t& equal) {
  auto const order = !b.item()   ? std::strong_ordering::less
                     : !a.item() ? std::strong_ordering::greater
                                 : walk_compare(a.item()->key, b.item()->key);
  if (order < 0) {
    if (auto const r = report(a, sink.removed); !r) return r;
    return a.next();
  }
  if (order > 0) {
    if (auto const r = report(b, sink.added); !r) return r;
    return b.next();
  }
  if (a.item()->text == b.item()->text) {
    ++equal;
  } else if (auto const r = report_pair(a, b, sink, policy, equal); !r) {
    return r;
  }
  return next_difference(a, b, equal);
}

}  // namespace detail::streaming

WAYBILL_DECL result<std::uint64_t> diff_streams(manifest_reader& before, manifest_reader& after,
                                                stream_diff_sink const& sink, unknown_policy policy) {
  detail::streaming::side a{before, "first"};
  detail::streaming::side b{after, "second"};
  std::uint64_t equal = 0;
  if (auto const r = detail::streaming::next_difference(a, b, equal); !r) return r.error();
  while (a.item() || b.item())
    if (auto const r = detail::streaming::step(a, b, sink, policy, equal); !r) return r.error();
  return equal;
}

}  // namespace waybill::inline WAYBILL_ABI

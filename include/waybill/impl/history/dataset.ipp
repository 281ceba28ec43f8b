#pragma once

#include <waybill/history/dataset.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace history {
namespace detail {

inline error not_again(action const& a, std::string const& why) {
  return make_error(errc::corrupt_state, "the action can not be done again: " + why, a.kind + " " + a.hash);
}

WAYBILL_DECL result<void> play_again(state& files, landed const& a) {
  auto const did = play(files, a.what->kind, a.what->params);
  if (!did) return not_again(*a.what, did.error().message());
  if (did->failed) return not_again(*a.what, make_error(did->failed->reason, {}, did->failed->at).message());
  if (did->did != a.did) return not_again(*a.what, "it has another effect than was recorded");
  return {};
}

}  // namespace detail

WAYBILL_DECL result<state> state_at(dataset const& d, std::size_t position) {
  if (position == d.line.effective.size()) return d.files;
  auto out = d.base;
  for (std::size_t i = 0; i < position; ++i)
    if (auto const ok = detail::play_again(out, d.line.effective[i]); !ok) return ok.error();
  return out;
}

WAYBILL_DECL result<void> apply(dataset& d, record const& r, dataset const* upstream) {
  auto const length = d.line.effective.size();
  if (auto const ok = apply(d.line, r, upstream == nullptr ? nullptr : &upstream->line); !ok) return ok;
  if (std::holds_alternative<records::opened>(r.what)) {
    if (upstream != nullptr) d.base = upstream->base;
    d.files = upstream != nullptr ? upstream->files : d.base;
  } else if (auto const* const done = std::get_if<records::acted>(&r.what)) {
    return detail::play_again(d.files, done->what);
  } else if (d.line.effective.size() < length) {
    auto files = d.base;
    for (auto const& a : d.line.effective)
      if (auto const ok = detail::play_again(files, a); !ok) return ok.error();
    d.files = std::move(files);
  }
  return {};
}

WAYBILL_DECL change open_dataset(std::string_view id, std::string_view name, std::string_view base, state files,
                                 std::string_view description, stamp const& by) {
  change out;
  out.records.push_back({by, records::opened{std::string{id}, std::string{name}, std::string{id}, std::string{base},
                                             std::nullopt, std::string{description}}});
  out.after.base = std::move(files);
  out.after.files = out.after.base;
  // The first record of an empty timeline always follows.
  (void)apply(out.after.line, out.records.front());
  return out;
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/history/savepoint.hpp>

#include <waybill/core/utf8.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace history {

WAYBILL_DECL mark_result mark(dataset const& on, std::string_view description, std::string_view manifest,
                              stamp const& by) {
  auto const& marks = on.line.savepoints;
  if (!marks.empty() && marks.back().position == on.line.effective.size()) return {marks.back(), false, {on, {}}};
  mark_result out{{}, true, {on, {}}};
  auto id = on.line.name + ":" + std::to_string(on.line.next_savepoint);
  out.made.records.push_back({by, records::saved{std::move(id), std::string{description}, std::string{manifest}}});
  (void)apply(out.made.after.line, out.made.records.back());  // a savepoint can follow anything
  out.at = out.made.after.line.savepoints.back();
  return out;
}

WAYBILL_DECL result<revert_result> revert(dataset const& on, std::string_view id, stamp const& by) {
  auto const* const to = on.line.find_savepoint(id);
  if (to == nullptr)
    return make_error(errc::no_savepoint,
                      on.line.name + " has no savepoint of that id, or a revert dropped it; list its savepoints",
                      printable(id));
  revert_result out{{}, {on, {}}};
  if (to->position == on.line.effective.size() && to == &on.line.savepoints.back()) return out;
  auto files = state_at(on, to->position);
  if (!files) return files.error();
  out.made.records.push_back({by, records::reverted{std::string{id}}});
  out.thrown_away = out.made.after.line.cut(to->position);
  out.made.after.files = std::move(*files);
  return out;
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/history/act.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/history/action.hpp>
#include <waybill/history/changes.hpp>
#include <waybill/history/intention.hpp>
#include <waybill/history/refusal.hpp>

#include <memory>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace history {

WAYBILL_DECL result<act_result> act_exactly(dataset const& on, std::string_view kind, json::value params,
                                            stamp const& by) {
  act_result out{{}, effect::applied, {on, {}}};
  auto const did = play(out.made.after.files, kind, params);
  if (!did) return did.error();
  if (did->failed) return refusal(*did->failed);
  auto a = std::make_shared<action const>(make_action(kind, std::move(params), on.line.id, on.line.next_seq));
  out.hash = a->hash;
  out.did = did->did;
  out.made.records.push_back({by, records::acted{{std::move(a), did->did, by.user, by.datetime}}});
  if (auto const ok = apply(out.made.after.line, out.made.records.back()); !ok) return ok.error();
  return out;
}

WAYBILL_DECL result<act_result> act(dataset const& on, std::string_view kind, json::value const& intention,
                                    stamp const& by) {
  auto params = complete(on.files, kind, intention);
  if (!params) return params.error();
  return act_exactly(on, kind, std::move(*params), by);
}

WAYBILL_DECL result<act_result> undo(dataset const& on, std::string_view hash, stamp const& by) {
  auto const* const found = on.line.find(hash);
  if (found == nullptr)
    return make_error(errc::unknown_action, "no effective action has this hash, or several have; see the log",
                      printable(hash));
  auto const before = state_at(on, static_cast<std::size_t>(found - on.line.effective.data()));
  if (!before) return before.error();
  auto const& a = *found->what;
  auto steps = found->did == effect::applied && !is_local(a.kind) ? inverse(*before, a.kind, a.params)
                                                                  : result<json::array>{json::array{}};
  if (!steps) return steps.error();
  if (steps->empty())
    return make_error(errc::refused, "the action changed no file, so there is nothing to undo", a.hash);
  if (steps->size() > 1) return act_exactly(on, kinds::package_apply, json::object{{"changes", std::move(*steps)}}, by);
  auto const kind = *steps->front().find("key")->as_string();
  return act_exactly(on, kind, *steps->front().find("params"), by);
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

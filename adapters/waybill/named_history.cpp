#include "named_history.hpp"

#include <waybill/core/timestamp.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/history/action.hpp>

namespace waybill_cli {
namespace json = waybill::json;
using waybill::result;

result<named_history> open_history(context& world, std::string const& text) {
  auto name = waybill::package_name::parse(text);
  if (!name) return name.error();
  auto home = world.open_registry();
  if (!home) return home.error();
  auto kept = std::make_unique<waybill::registry>(std::move(*home));
  waybill::package_history histories{*kept};
  return named_history{std::move(kept), std::move(*name), std::move(histories)};
}

waybill::history::stamp stamp_now() {
  auto const who = context::author();
  return {who.user, waybill::to_rfc3339(context::now()), who.nonce()};
}

json::object row_of(waybill::history::landed const& a, bool retracted) {
  return {{"hash", a.what->hash},
          {"key", a.what->kind},
          {"user", a.user},
          {"datetime", a.datetime},
          {"state", json::object{{"played", true}, {"completed", !retracted}, {"failed", false}}},
          {"seq", number(a.what->seq)},
          {"origin", a.what->origin}};
}

std::string line_of(waybill::history::landed const& a, bool retracted) {
  std::string out =
      short_hash(a.what->hash) + "  " + a.datetime + "  " + (a.user.empty() ? "-" : a.user) + "  " + a.what->kind;
  auto const touched = waybill::history::touched_keys(*a.what);
  for (std::size_t i = 0; i < touched.size() && i < 3; ++i) out += " " + waybill::printable(touched[i]);
  if (touched.size() > 3) out += " and " + std::to_string(touched.size() - 3) + " more";
  return out + (retracted ? "  (thrown away)" : "") + "\n";
}

answer actions_answer(json::object members, std::vector<waybill::history::landed> const& actions) {
  answer out;
  json::array rows;
  for (auto const& a : actions) {
    rows.push_back(row_of(a, false));
    out.text += line_of(a, false);
  }
  members.emplace_back("actions", std::move(rows));
  out.rows = "actions";
  out.members = std::move(members);
  return out;
}

}  // namespace waybill_cli

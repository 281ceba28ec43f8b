#include "log_page.hpp"

#include <waybill/core/utf8.hpp>
#include <waybill/history/action.hpp>
#include <waybill/history/record.hpp>
#include <waybill/json/write.hpp>

#include <string_view>
#include <unordered_set>
#include <variant>

#include "common/console.hpp"

namespace waybill_cli {
namespace json = waybill::json;
namespace history = waybill::history;

namespace {

constexpr std::string_view page_start = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><title>)";
constexpr std::string_view style = R"(</title><style>
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
ol{list-style:none;padding:0;border-left:2px solid #bbb}
li{margin:.3rem 0;padding-left:1rem;position:relative}
li::before{content:"";position:absolute;left:-6px;top:.55rem;width:10px;height:10px;border-radius:5px;background:#888}
li.savepoint::before{background:#1a7f37}li.merge::before{background:#8250df}
li.revert::before{background:#cf222e}li.dataset::before{background:#0969da}
li.gone summary{text-decoration:line-through;color:#777}
summary{cursor:pointer}small{color:#666}code{overflow-wrap:anywhere}
table{border-collapse:collapse;margin:.3rem 0 .6rem}td{padding:.1rem .6rem .1rem 0;vertical-align:top}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#111}small{color:#999}}
</style></head><body>
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (char const c : waybill::printable(text)) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

/// What a side of a change holds, short enough for a cell.
std::string cell_of(json::value const* v) {
  if (v == nullptr) return {};
  auto const* const content = v->find("content");
  if (content == nullptr) return "<code>" + escaped(json::compact(*v)) + "</code>";
  auto const* const size = content->find("size");
  std::string out = size != nullptr ? escaped(json::compact(*size)) + " bytes" : "content";
  if (auto const* const digests = content->find("digests"); digests != nullptr && digests->as_object() != nullptr)
    for (auto const& [algorithm, digest] : *digests->as_object())
      if (digest.as_string() != nullptr)
        out += "<br><small>" + escaped(algorithm) + " " + escaped(digest.as_string()->substr(0, 16)) + "…</small>";
  if (auto const* const meta = v->find("meta")) out += "<br><code>" + escaped(json::compact(*meta)) + "</code>";
  return out;
}

std::string change_row(std::string_view kind, json::value const& params) {
  auto const text = [&](char const* name) {
    auto const* const v = params.find(name);
    return v != nullptr && v->as_string() != nullptr ? escaped(*v->as_string()) : std::string{};
  };
  auto const* const name = params.find("name");
  std::string subject = text("key");
  if (!text("to").empty()) subject += " → " + text("to");
  if (name != nullptr && name->as_string() != nullptr && kind.starts_with("Meta.")) subject += "#" + text("name");
  return "<tr><td>" + escaped(kind) + "</td><td><code>" + subject + "</code></td><td>" + cell_of(params.find("old")) +
         "</td><td>" + cell_of(params.find("new")) + "</td></tr>\n";
}

std::string changes_table(history::action const& a) {
  std::string rows;
  if (auto const* const changes = a.params.find("changes"); changes != nullptr && changes->as_array() != nullptr) {
    for (auto const& change : *changes->as_array())
      rows += change_row(*change.find("key")->as_string(), *change.find("params"));
  } else if (history::is_local(a.kind)) {
    rows = "<tr><td><code>" + escaped(json::compact(a.params)) + "</code></td></tr>\n";
  } else {
    rows = change_row(a.kind, a.params);
  }
  return "<table><tr><td></td><td></td><td><small>before</small></td><td><small>after</small></td></tr>\n" + rows +
         "</table><small>" + escaped(a.hash) + "</small>";
}

/// A record's class, headline, and what opens under it.
struct shown_record {
  std::string kind, title, details;
};

shown_record show(history::records::opened const& r) {
  auto const origin = r.upstream ? "forked at record " + std::to_string(r.upstream->records) + " of its upstream"
                                 : std::string{"initial import"};
  return {"dataset", escaped(r.name) + ": " + origin,
          escaped(r.description) + "<br><small>" + escaped(r.base) + "</small>"};
}
shown_record show(history::records::acted const& r) {
  auto const& a = *r.what.what;
  auto const touched = history::touched_keys(a);
  std::string title = escaped(a.kind);
  for (std::size_t i = 0; i < touched.size() && i < 3; ++i) title += " <code>" + escaped(touched[i]) + "</code>";
  if (touched.size() > 3) title += " and " + std::to_string(touched.size() - 3) + " more";
  if (r.what.did == history::effect::satisfied) title += " (satisfied)";
  return {"action", title, changes_table(a)};
}
shown_record show(history::records::saved const& r) {
  return {"savepoint", "savepoint " + escaped(r.id) + ": " + escaped(r.description),
          r.manifest.empty() ? "no manifest was published" : "manifest <code>" + escaped(r.manifest) + "</code>"};
}
shown_record show(history::records::reverted const& r) {
  return {"revert", "reverted to " + escaped(r.to), "actions after it were thrown away"};
}
shown_record show(history::records::merged const& r) {
  return {"merge", "merge of " + escaped(r.source_name) + ": " + escaped(r.status),
          std::to_string(r.remember.size()) + " actions are remembered as skipped"};
}

std::string item(history::record const& r, std::unordered_set<std::string> const& gone) {
  auto const shown = std::visit([](auto const& what) { return show(what); }, r.what);
  auto const* const action = std::get_if<history::records::acted>(&r.what);
  bool const thrown_away = action != nullptr && gone.contains(action->what.what->hash);
  auto const& user = action != nullptr ? action->what.user : r.by.user;
  auto const& when = action != nullptr ? action->what.datetime : r.by.datetime;
  return "<li class=\"" + shown.kind + (thrown_away ? " gone" : "") + "\"><details><summary>" + shown.title +
         " <small>" + escaped(user) + " " + escaped(when) + "</small></summary>" + shown.details + "</details></li>\n";
}

}  // namespace

std::string log_page(waybill::opened_history const& opened,
                     std::vector<std::pair<std::string, std::string>> const& forks) {
  auto const& line = opened.data().line;
  std::unordered_set<std::string> gone;
  for (auto const& r : line.retracted) gone.insert(r.what->hash);
  std::string out{page_start};
  out.append("History of ").append(escaped(line.name)).append(style);
  out += "<h1>" + escaped(line.name) + "</h1>\n<p>" + counted(line.effective.size(), "effective action") + ", " +
         counted(line.savepoints.size(), "savepoint") + ", " + counted(gone.size(), "action") + " thrown away";
  if (!forks.empty()) out += "; forks:";
  for (auto const& [id, name] : forks) out += " <code>" + escaped(name) + "</code>";
  out += "</p>\n<ol>\n";
  for (auto const& r : opened.stored.log.records) out += item(r.what, gone);
  for (auto const& r : opened.unsaved) out += item(r, gone);
  return out + "</ol>\n</body></html>\n";
}

}  // namespace waybill_cli

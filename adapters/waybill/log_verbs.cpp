#include <waybill/core/timestamp.hpp>
#include <waybill/history/action.hpp>
#include <waybill/json/write.hpp>

#include <waybill/scan/beneath.hpp>

#include <algorithm>
#include <filesystem>

#include "log_page.hpp"
#include "named_history.hpp"

namespace waybill_cli {
namespace json = waybill::json;
namespace history = waybill::history;
using history::landed;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

struct log_options {
  std::string name, user, since, key, path, sort, html;
  std::size_t limit = 0, offset = 0;
  bool all = false;
};

/// A row that may be printed.
struct row {
  landed what;
  bool retracted = false;
  waybill::timestamp at{};
};

bool touches_below(history::action const& a, std::string const& prefix) {
  return std::ranges::any_of(history::touched_keys(a), [&](auto const& key) { return key.starts_with(prefix); });
}

/// What the options leave, in their order.
result<std::vector<row>> chosen(history::timeline const& line, log_options const& o) {
  std::vector<row> out;
  std::optional<waybill::timestamp> since;
  if (!o.since.empty()) {
    auto const t = waybill::parse_rfc3339(o.since);
    if (!t) return make_error(errc::usage, "--since takes a date or time of RFC 3339: " + t.error().detail);
    since = *t;
  }
  auto const add = [&](landed const& a, bool retracted) {
    auto const at = waybill::parse_rfc3339(a.datetime);
    row r{a, retracted, at ? *at : waybill::timestamp{}};
    if (!o.user.empty() && a.user != o.user) return;
    if (!o.key.empty() && !a.what->kind.starts_with(o.key)) return;
    if (!o.path.empty() && !touches_below(*a.what, o.path)) return;
    if (since && r.at < *since) return;
    out.push_back(std::move(r));
  };
  for (auto const& a : line.effective) add(a, false);
  if (o.all)
    for (auto const& a : line.retracted) add(a, true);
  if (o.sort == "datetime") std::ranges::stable_sort(out, {}, &row::at);
  if (o.sort == "-datetime") std::ranges::stable_sort(out, std::ranges::greater{}, &row::at);
  // Without an order of one's own the newest are at the end.
  auto const keep = o.limit == 0 ? out.size() : std::min(o.limit, out.size());
  auto const begin = std::min(o.offset, out.size());
  auto const end = std::min(begin + keep, out.size());
  if (!o.sort.empty())
    return std::vector<row>(out.begin() + static_cast<long>(begin), out.begin() + static_cast<long>(end));
  return std::vector<row>(out.end() - static_cast<long>(end), out.end() - static_cast<long>(begin));
}

result<answer> write_page(context const& world, named_history const& at, std::string const& target) {
  auto const opened = at.histories.open(at.name, history::depth::params);
  if (!opened) return opened.error();
  auto const forks = at.histories.forks(*opened);
  if (!forks) return forks.error();
  auto const page = log_page(*opened, *forks);
  answer out;
  out.members = {{"name", at.name.str()}, {"path", target}, {"bytes", number(page.size())}};
  out.text = target + "\n";
  if (world.dry_run) return out;
  auto const path = std::filesystem::path{target};
  auto const root = waybill::root_directory::open(path.has_parent_path() ? path.parent_path().string() : ".", false);
  if (!root) return root.error();
  auto file = root->create();
  if (!file) return file.error();
  waybill::file_sink sink{file->fd(), target};
  if (auto const written = sink.write(waybill::as_bytes(page)); !written) return written.error();
  if (auto const placed = std::move(*file).commit(path.filename().string(), waybill::durability::each); !placed)
    return placed.error();
  return out;
}

application::action log_verb(CLI::App& sub) {
  auto o = std::make_shared<log_options>();
  sub.add_option("NAME", o->name, "Package")->required();
  sub.add_option("--user", o->user, "Only actions of this user");
  sub.add_option("--since", o->since, "Only actions since this date or time");
  sub.add_option("--key", o->key, "Only this kind of action, or kinds that begin so (File.)");
  sub.add_option("--path", o->path, "Only actions that touch logical keys that begin so");
  sub.add_option("--sort", o->sort, "datetime or -datetime (default: as in the log)")
      ->check(CLI::IsMember({"datetime", "-datetime"}));
  sub.add_option("--limit", o->limit, "At most so many: in the log's order the newest, sorted the first");
  sub.add_option("--offset", o->offset, "Leave out so many before them");
  sub.add_flag("--all", o->all, "Also actions that were thrown away");
  sub.add_option("--html", o->html, "Write the whole history into this file, as a page for a browser");
  return [=](context& world) -> result<answer> {
    auto const at = open_history(world, o->name);
    if (!at) return at.error();
    if (!o->html.empty()) return write_page(world, *at, o->html);
    // What actions touch is in their params; the newest ones have them anyway.
    auto const opened = at->histories.open(at->name, o->path.empty() ? history::depth::line : history::depth::params);
    if (!opened) return opened.error();
    auto rows = chosen(opened->data().line, *o);
    if (!rows) return rows.error();
    bool const for_people = world.out.format == output_format::text;
    if (for_people && std::ranges::any_of(*rows, [](row const& r) { return r.what.what->params.is_null(); })) {
      auto const whole = at->histories.open(at->name, history::depth::params);
      if (!whole) return whole.error();
      rows = chosen(whole->data().line, *o);
      if (!rows) return rows.error();
    }
    answer out;
    json::array all;
    for (auto const& r : *rows) {
      all.push_back(row_of(r.what, r.retracted));
      out.text += line_of(r.what, r.retracted);
    }
    out.rows = "actions";
    out.members = {{"name", o->name}, {"actions", std::move(all)}};
    return out;
  };
}

application::action action_verb(CLI::App& sub) {
  struct options {
    std::string name, hash;
  };
  auto o = std::make_shared<options>();
  sub.add_option("NAME", o->name, "Package")->required();
  sub.add_option("HASH", o->hash, "Hash of an action, or its first digits (6 or more)")->required();
  return [=](context& world) -> result<answer> {
    auto const at = open_history(world, o->name);
    if (!at) return at.error();
    auto const opened = at->histories.open(at->name, history::depth::params);
    if (!opened) return opened.error();
    auto const& line = opened->data().line;
    auto const* found = line.find(o->hash);
    bool const retracted = found == nullptr;
    if (retracted && o->hash.size() >= 6)
      for (auto const& r : line.retracted)
        if (r.what->hash.starts_with(o->hash)) found = &r;
    if (found == nullptr)
      return make_error(errc::unknown_action,
                        o->name + " has no action of this hash, or several; see waybill log --all", o->hash);
    answer out;
    out.members = row_of(*found, retracted);
    out.members.emplace_back("params", found->what->params);
    out.members.emplace_back("effect", found->did == history::effect::applied ? "applied" : "satisfied");
    out.text = line_of(*found, retracted) + json::compact(found->what->params) + "\n";
    return out;
  };
}

/// Both lists of what a fork and its upstream do not share.
application::action difference_verb(CLI::App& sub, bool of_fork) {
  auto name = std::make_shared<std::string>();
  sub.add_option("FORK", *name, "Package that was forked from another")->required();
  return [=](context& world) -> result<answer> {
    auto const at = open_history(world, *name);
    if (!at) return at.error();
    auto const fork = at->histories.open(at->name, history::depth::line);
    if (!fork) return fork.error();
    auto const upstream = at->histories.upstream_of(fork->data());
    if (!upstream) return upstream.error();
    auto const& mine = fork->data().line;
    auto const& theirs = upstream->line;
    return actions_answer({{"name", *name}, {"upstream", theirs.name}},
                          of_fork ? history::difference(mine, theirs) : history::difference(theirs, mine));
  };
}

}  // namespace

void add_log_verbs(application& app) {
  app.verb("log", "Actions of a package: who did what, and when", log_verb);
  app.verb("action", "One action of a package, with its params", action_verb);
  app.verb("since-forking", "Actions of a fork that its upstream has not",
           [](CLI::App& sub) { return difference_verb(sub, true); });
  app.verb("upstream-delta", "Actions of a fork's upstream that the fork has not",
           [](CLI::App& sub) { return difference_verb(sub, false); });
}

}  // namespace waybill_cli

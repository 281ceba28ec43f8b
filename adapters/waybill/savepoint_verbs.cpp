#include <waybill/history/savepoint.hpp>

#include "manifest_output.hpp"
#include "named_history.hpp"

namespace waybill_cli {
namespace json = waybill::json;
namespace history = waybill::history;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

struct savepoint_options {
  std::string name, what, id, message;
};

json::object savepoint_row(history::savepoint const& s) {
  return {{"id", s.id},
          {"description", s.description},
          {"user", s.user},
          {"datetime", s.datetime},
          {"actions", number(s.position)},
          {"manifest", s.manifest.empty() ? json::value{} : json::value{s.manifest}}};
}

std::string savepoint_line(history::savepoint const& s) {
  return s.id + "  " + s.datetime + "  " + (s.user.empty() ? "-" : s.user) + "  " + s.description + "\n";
}

result<answer> list_savepoints(named_history const& at) {
  auto const opened = at.histories.open(at.name, history::depth::line);
  if (!opened) return opened.error();
  answer out;
  json::array rows;
  for (auto const& s : opened->data().line.savepoints) {
    rows.push_back(savepoint_row(s));
    out.text += savepoint_line(s);
  }
  out.rows = "savepoints";
  out.members = {{"name", at.name.str()}, {"savepoints", std::move(rows)}};
  return out;
}

result<answer> create_savepoint(context const& world, named_history& at, std::string const& message) {
  auto const by = stamp_now();
  auto const work = [&](history::dataset const& d) -> result<history::mark_result> {
    return history::mark(d, message, "", by);
  };
  auto const done = at.histories.change(at.name, history::depth::files, work, world.dry_run);
  if (!done) return done.error();
  answer out;
  out.members = savepoint_row(done->at);
  out.members.emplace_back("created", done->created);
  out.text = (done->created ? "" : "Nothing happened since ") + savepoint_line(done->at);
  return out;
}

result<answer> revert_to(context const& world, named_history& at, std::string const& id) {
  auto const by = stamp_now();
  auto const work = [&](history::dataset const& d) { return history::revert(d, id, by); };
  auto const done = at.histories.change(at.name, history::depth::actions, work, world.dry_run);
  if (!done) return done.error();
  answer out;
  out.members = {{"id", id}, {"thrown_away", strings(done->thrown_away)}};
  out.text =
      at.name.str() + " is back at " + id + "; " + counted(done->thrown_away.size(), "action") + " thrown away\n";
  return out;
}

application::action savepoint_verb(CLI::App& sub) {
  auto o = std::make_shared<savepoint_options>();
  sub.add_option("NAME", o->name, "Package")->required();
  sub.add_option("WHAT", o->what, "create, list, or revert")
      ->required()
      ->check(CLI::IsMember({"create", "list", "revert"}));
  sub.add_option("ID", o->id, "Savepoint to go back to");
  sub.add_option("-m,--message", o->message, "What the savepoint marks");
  return [=](context& world) -> result<answer> {
    if (o->what == "revert" && o->id.empty()) return make_error(errc::usage, "revert needs the ID of a savepoint");
    if (o->what != "revert" && !o->id.empty()) return make_error(errc::usage, "only revert takes an ID");
    if (o->what == "create" && o->message.empty()) return make_error(errc::usage, "create needs a message: -m TEXT");
    auto at = open_history(world, o->name);
    if (!at) return at.error();
    if (o->what == "list") return list_savepoints(*at);
    return o->what == "create" ? create_savepoint(world, *at, o->message) : revert_to(world, *at, o->id);
  };
}

application::action fork_verb(CLI::App& sub) {
  struct options {
    std::string name, fork, message;
  };
  auto o = std::make_shared<options>();
  sub.add_option("NAME", o->name, "Package")->required();
  sub.add_option("NEW", o->fork, "Name of the fork")->required();
  sub.add_option("-m,--message", o->message, "What the fork is for");
  return [=](context& world) -> result<answer> {
    auto at = open_history(world, o->name);
    if (!at) return at.error();
    auto const to = waybill::package_name::parse(o->fork);
    if (!to) return to.error();
    auto const now = context::now();
    auto const description = o->message.empty() ? "fork of " + o->name : o->message;
    auto const forked = at->histories.fork(at->name, *to, description, stamp_now(), now, world.dry_run);
    if (!forked) return forked.error();
    answer out;
    out.members = {{"name", o->fork},
                   {"upstream", o->name},
                   {"id", forked->id},
                   {"savepoint", o->fork + ":0"},
                   {"actions", number(forked->actions)}};
    out.text = o->fork + " is a fork of " + o->name + "\n";
    return out;
  };
}

application::action forks_verb(CLI::App& sub) {
  auto name = std::make_shared<std::string>();
  sub.add_option("NAME", *name, "Package")->required();
  return [=](context& world) -> result<answer> {
    auto const at = open_history(world, *name);
    if (!at) return at.error();
    auto const opened = at->histories.open(at->name, history::depth::line);
    if (!opened) return opened.error();
    auto const forks = at->histories.forks(*opened);
    if (!forks) return forks.error();
    answer out;
    json::array rows;
    for (auto const& [id, fork] : *forks) {
      rows.push_back(json::object{{"name", fork}, {"id", id}});
      out.text += fork + "\n";
    }
    out.rows = "forks";
    out.members = {{"name", *name}, {"forks", std::move(rows)}};
    return out;
  };
}

application::action head_verb(CLI::App& sub) {
  struct options {
    std::string name, output;
  };
  auto o = std::make_shared<options>();
  sub.add_option("NAME", o->name, "Package")->required();
  sub.add_option("-o,--output", o->output, "File for the manifest; - is stdout (default)");
  return [=](context& world) -> result<answer> {
    auto const at = open_history(world, o->name);
    if (!at) return at.error();
    auto const opened = at->histories.open(at->name, history::depth::files);
    if (!opened) return opened.error();
    auto const m = at->histories.head(opened->data());
    if (!m) return m.error();
    return write_manifest_answer(world, *m, o->output);
  };
}

}  // namespace

void add_savepoint_verbs(application& app) {
  app.verb("savepoint", "Mark a point of a package's history, list the marks, or go back to one", savepoint_verb);
  app.verb("fork", "Begin a package as another one is now; no bytes are copied", fork_verb);
  app.verb("forks", "Packages that were forked from one", forks_verb);
  app.verb("head", "Manifest of a package's present state, published or not", head_verb);
}

}  // namespace waybill_cli

#include <waybill/core/utf8.hpp>
#include <waybill/history/act.hpp>
#include <waybill/history/merge.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/registry/stored_file.hpp>

#include "named_history.hpp"

namespace waybill_cli {
namespace json = waybill::json;
namespace history = waybill::history;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

/// `"source": FILE` becomes the file's content, stored in the registry; also in the parts of a Package.apply.
result<void> store_sources(json::value& params, waybill::registry& home, context const& world) {
  if (auto* const members = params.as_object()) {
    for (auto& [name, value] : *members) {
      if (name != "source" || value.as_string() == nullptr) continue;
      auto content = waybill::store_file(home, *value.as_string(), !world.dry_run, world.control(home));
      if (!content) return content.error();
      name = "content";
      value = std::move(*content);
    }
  }
  auto* const changes = params.find("changes");
  if (changes == nullptr || changes->as_array() == nullptr) return {};
  for (auto& change : *changes->as_array())
    if (auto* const inner = change.find("params"))
      if (auto const ok = store_sources(*inner, home, world); !ok) return ok;
  return {};
}

/// The same for params of which nothing is stored yet; again where a collection was at work meanwhile.
result<json::value> with_stored_sources(json::value const& written, waybill::registry& home, context const& world,
                                        std::optional<waybill::passage>& held) {
  for (;;) {
    auto params = written;
    if (auto const ok = store_sources(params, home, world); !ok) return ok.error();
    auto const calm = held ? held->undisturbed() : result<bool>{true};
    if (!calm) return calm.error();
    if (*calm) return params;
  }
}

answer act_answer(std::string const& name, std::string_view kind, history::act_result const& done) {
  answer out;
  out.members = {{"name", name},
                 {"hash", done.hash},
                 {"key", kind},
                 {"effect", done.did == history::effect::applied ? "applied" : "satisfied"}};
  out.text = done.hash + "\n";
  return out;
}

application::action act_verb(CLI::App& sub) {
  struct options {
    std::string name, kind, params;
  };
  auto o = std::make_shared<options>();
  sub.add_option("NAME", o->name, "Package")->required();
  sub.add_option("KEY", o->kind, "File.add, File.replace, File.remove, File.move, Meta.set, …")->required();
  sub.add_option("PARAMS", o->params, "JSON; \"source\": FILE stands for content")->required();
  return [=](context& world) -> result<answer> {
    auto params = json::parse(o->params, {.refuse_duplicates = true});
    if (!params) return make_error(errc::malformed_json, "PARAMS: " + params.error().message());
    auto at = open_history(world, o->name);
    if (!at) return at.error();
    auto const by = stamp_now();
    // Bytes are stored only for an action that can be done.
    auto trial = *params;
    auto planning = world;
    planning.dry_run = true;
    if (auto const ok = store_sources(trial, *at->home, planning); !ok) return ok.error();
    auto opened = at->histories.open(at->name, history::depth::files);
    if (!opened) return opened.error();
    if (auto const possible = history::act(opened->data(), o->kind, trial, by); !possible) return possible.error();
    auto held = world.enter(*at->home);
    if (!held) return held.error();
    auto const stored = with_stored_sources(*params, *at->home, world, *held);
    if (!stored) return stored.error();
    auto const work = [&](history::dataset const& d) { return history::act(d, o->kind, *stored, by); };
    auto const done = at->histories.change(at->name, history::depth::files, work, world.dry_run, std::move(*opened));
    if (!done) return done.error();
    // A collection that did not see the action yet may have taken what it names.
    auto const calm = *held ? (*held)->undisturbed() : result<bool>{true};
    if (!calm) return calm.error();
    if (!*calm)
      if (auto const again = with_stored_sources(*params, *at->home, world, *held); !again) return again.error();
    return act_answer(o->name, o->kind, *done);
  };
}

application::action undo_verb(CLI::App& sub) {
  struct options {
    std::string name, hash;
  };
  auto o = std::make_shared<options>();
  sub.add_option("NAME", o->name, "Package")->required();
  sub.add_option("HASH", o->hash, "Action to take back by its inverse, which travels with merges")->required();
  return [=](context& world) -> result<answer> {
    auto at = open_history(world, o->name);
    if (!at) return at.error();
    auto const by = stamp_now();
    auto const work = [&](history::dataset const& d) { return history::undo(d, o->hash, by); };
    auto const done = at->histories.change(at->name, history::depth::actions, work, world.dry_run);
    if (!done) return done.error();
    return act_answer(o->name, done->made.after.line.effective.back().what->kind, *done);
  };
}

struct merge_choice {
  std::string into, from, filter;
  std::vector<std::string> kinds, hashes, take;
  bool no_autorollback = false, remember = false, force = false, squash = false;
};

/// `--take theirs KEY… --take ours KEY…` is one list for the parser.
result<void> read_take(std::vector<std::string> const& words, history::merge_options& into) {
  std::vector<std::string>* side = nullptr;
  for (auto const& word : words) {
    if (word == "theirs") side = &into.theirs;
    else if (word == "ours") side = &into.ours;
    else if (side == nullptr) return make_error(errc::usage, "--take begins with theirs or ours, then keys");
    else side->push_back(word);
  }
  if (!words.empty() && into.theirs.empty() && into.ours.empty()) return make_error(errc::usage, "--take needs keys");
  return {};
}

/// @param source  where the first digits of a hash are looked up
result<history::merge_options> read_options(merge_choice const& o, history::timeline const& source) {
  history::merge_options out;
  out.autorollback = !o.no_autorollback;
  out.remember = o.remember;
  out.force = o.force;
  out.squash = o.squash;
  if (auto const ok = read_take(o.take, out); !ok) return ok.error();
  if (!o.filter.empty()) {
    auto filter = json::parse(o.filter);
    if (!filter) return make_error(errc::malformed_json, "--filter: " + filter.error().message());
    out.filter = std::move(*filter);
  } else if (!o.kinds.empty() || !o.hashes.empty()) {
    json::object filter;
    std::vector<std::string> whole;
    for (auto const& hash : o.hashes) {
      auto const* const found = source.find(hash);
      whole.push_back(found == nullptr ? hash : found->what->hash);
    }
    if (!o.hashes.empty()) filter.emplace_back("hash", strings(whole));
    if (!o.kinds.empty()) filter.emplace_back("key", strings(o.kinds));
    out.filter = std::move(filter);
  }
  return out;
}

answer merge_answer(merge_choice const& o, history::merge_report const& r, bool dry_run) {
  answer out;
  out.members = history::to_json(r);
  out.members.emplace_back("name", o.into);
  out.members.emplace_back("from", o.from);
  out.exit = r.failed ? 1 : 0;
  out.text = o.from + " into " + o.into + (dry_run ? " (would be): " : ": ") + std::string{name_of(r.status)} + ", " +
             counted(r.applied.size(), "action") + " applied, " + std::to_string(r.satisfied.size()) + " satisfied, " +
             std::to_string(r.skipped.size()) + " skipped, " + std::to_string(r.common.size()) + " common\n";
  if (!r.failed) return out;
  auto const& f = *r.failed;
  out.text += "conflict at " + waybill::printable(f.why.at) + ": " + waybill::name_of(make_error_code(f.why.reason)) +
              " (action " + short_hash(f.action) + ")\n";
  for (auto const& hash : f.needs) out.text += "it may need " + short_hash(hash) + ", which was not merged\n";
  return out;
}

application::action merge_verb(CLI::App& sub) {
  auto o = std::make_shared<merge_choice>();
  sub.add_option("NAME", o->into, "Package that takes the actions")->required();
  sub.add_option("--from", o->from, "Package whose actions are replayed")->required();
  sub.add_flag("--no-autorollback", o->no_autorollback, "At a conflict keep what played before it");
  sub.add_option("--key", o->kinds, "Only this kind of action (repeatable)")->allow_extra_args(false);
  sub.add_option("--hash", o->hashes, "Only this action (repeatable)")->allow_extra_args(false);
  sub.add_option("--filter", o->filter, "The same as JSON: {\"hash\": […], \"key\": […]}")
      ->excludes("--key")
      ->excludes("--hash");
  sub.add_flag("--remember", o->remember, "Later merges leave out what this filter leaves out");
  sub.add_flag("--force", o->force, "Throw away first what NAME did since both were the same");
  sub.add_flag("--squash", o->squash, "Per key only what the other had before and has after all its actions");
  sub.add_option("--take", o->take, "theirs|ours KEY…: how conflicts of these keys are resolved");
  return [=](context& world) -> result<answer> {
    auto at = open_history(world, o->into);
    if (!at) return at.error();
    auto const from = waybill::package_name::parse(o->from);
    if (!from) return from.error();
    // What the source held before an action is asked for only where conflicts are resolved.
    bool const resolving = o->squash || !o->take.empty();
    auto const source = at->histories.open(*from, resolving ? history::depth::actions : history::depth::params);
    if (!source) return source.error();
    auto const options = read_options(*o, source->data().line);
    if (!options) return options.error();
    auto const by = stamp_now();
    auto const work = [&](history::dataset const& d) { return history::merge(d, source->data(), *options, by); };
    auto const depth = o->force ? history::depth::actions : history::depth::files;
    auto const done = at->histories.change(at->name, depth, work, world.dry_run);
    if (!done) return done.error();
    return merge_answer(*o, done->report, world.dry_run);
  };
}

}  // namespace

void add_act_verbs(application& app) {
  app.verb("act", "Do one action to a package", act_verb);
  app.verb("undo", "Take an action back by its inverse", undo_verb);
  app.verb("merge", "Replay another package's actions", merge_verb);
}

}  // namespace waybill_cli

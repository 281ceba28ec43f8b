#include "drafts.hpp"
#include "verbs.hpp"

namespace waybill_cli {
using waybill::package_builder;
using waybill::result;

namespace {

application::action set_meta_verb(CLI::App& sub) {
  struct options {
    std::string key, meta;
  };
  auto o = std::make_shared<options>();
  sub.add_option("KEY", o->key, "Logical key, DIR/, or . for the package")->required();
  sub.add_option("JSON", o->meta, "Metadata")->required();
  return [=](context& world) -> result<answer> {
    return change_draft(world, [&](package_builder& draft) -> result<std::string> {
      auto value = parse_metadata(o->meta, "set-meta");
      if (!value) return value.error();
      if (auto const set = draft.set_meta(o->key, std::move(*value)); !set) return set.error();
      return "Setting metadata of " + (o->key == "." ? draft.name().str() : o->key);
    });
  };
}

application::action rm_verb(CLI::App& sub) {
  auto key = std::make_shared<std::string>();
  sub.add_option("KEY", *key, "Logical key, or a directory with all below it")->required();
  return [=](context& world) -> result<answer> {
    return change_draft(world, [&](package_builder& draft) -> result<std::string> {
      auto const removed = draft.remove(without_slash(*key));
      if (!removed) return removed.error();
      return "Removing " + counted(*removed, "entry", "entries") + " at " + *key;
    });
  };
}

application::action move_verb(CLI::App& sub) {
  struct options {
    std::string from, to;
    bool overwrite = false;
  };
  auto o = std::make_shared<options>();
  sub.add_option("FROM", o->from, "Logical key, or DIR/ for its contents")->required();
  sub.add_option("TO", o->to, "New key or directory")->required();
  sub.add_flag("--overwrite", o->overwrite, "Replace what stands at the new keys");
  return [=](context& world) -> result<answer> {
    return change_draft(world, [&](package_builder& draft) -> result<std::string> {
      auto const moved = draft.move(o->from, o->to, o->overwrite);
      if (!moved) return moved.error();
      return "Moving " + counted(*moved, "entry", "entries") + " from " + o->from + " to " + o->to;
    });
  };
}

application::action build_manifest_verb(CLI::App&) {
  return [](context& world) -> result<answer> {
    auto open = present_draft(world);
    if (!open) return open.error();
    auto const built = open->draft.build(world.control());
    if (!built) return built.error();
    if (!world.dry_run)
      if (auto const saved = keep_draft(open->place, open->draft); !saved) return saved.error();
    answer out;
    out.members = push_members(built->top_hash().hex(), open->draft.name().str(), {}, {});
    out.members.emplace_back("entries", number(built->entries().size()));
    out.text = "Tophash: " + built->top_hash().hex() + "\n";
    return out;
  };
}

}  // namespace

void add_edit_verbs(application& app) {
  app.verb("set-meta", "Stage metadata of an entry, a directory or the package", set_meta_verb);
  app.verb("rm", "Take an entry or a directory out of the draft", rm_verb);
  app.verb("move", "Rename a key, or move a directory's contents", move_verb);
  app.verb("build-manifest", "Hash what is staged and print the top hash", build_manifest_verb);
}

}  // namespace waybill_cli

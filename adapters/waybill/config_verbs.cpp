#include "verbs.hpp"

namespace waybill_cli {
namespace json = waybill::json;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

application::action config_verb(CLI::App& sub) {
  struct options {
    std::string name, value;
    bool workspace = false, origin = false;
  };
  auto o = std::make_shared<options>();
  sub.add_option("KEY", o->name, "registry, jobs or progress");
  auto* value = sub.add_option("VALUE", o->value, "New value in your configuration; empty removes it");
  sub.add_flag("--workspace", o->workspace, "Write this directory's .waybill/config.json instead (registry only)");
  sub.add_flag("--show-origin", o->origin, "Say where each value comes from");
  return [=](context& world) -> result<answer> {
    if (*value) {
      auto const file = o->workspace ? settings::workspace_file(".") : settings::user_file();
      if (o->workspace && o->name != "registry") return make_error(errc::usage, "a workspace can only name a registry");
      if (!world.dry_run)
        if (auto const stored = settings::store(file, o->name, o->value); !stored) return stored.error();
      answer out;
      out.members = {{"name", o->name}, {"value", o->value}, {"file", file}};
      out.text = o->name + " = " + o->value + "  (" + file + ")\n";
      return out;
    }
    answer out;
    json::array rows;
    for (auto const name : settings::names()) {
      if (!o->name.empty() && o->name != name) continue;
      auto const s = world.config.get(name);
      rows.push_back(json::object{{"name", name}, {"value", s.value}, {"origin", s.origin}});
      out.text += std::string{name} + " = " + s.value + (o->origin ? "  (" + s.origin + ")" : "") + "\n";
    }
    if (rows.empty())
      return make_error(errc::usage, "there is no setting \"" + o->name + "\"; known: registry, jobs, progress");
    out.rows = "settings";
    out.members = {{"settings", std::move(rows)}};
    return out;
  };
}

}  // namespace

void add_config_verbs(application& app) { app.verb("config", "Settings, and which source won", config_verb); }

}  // namespace waybill_cli

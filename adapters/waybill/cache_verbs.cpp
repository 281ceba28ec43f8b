#include "verbs.hpp"

namespace waybill_cli {
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

struct options {
  std::string ref;
  std::vector<std::string> keys;
  bool clear = false, size = false;
};

result<answer> show_usage(waybill::object_cache const& cache) {
  auto const used = cache.size();
  if (!used) return used.error();
  answer out;
  out.members = {{"bytes", number(used->bytes)}, {"objects", number(used->objects)}};
  out.text = counted(used->objects, "object") + ", " + human_bytes(used->bytes) + "\n";
  return out;
}

result<answer> clear(context const& world, waybill::object_cache& cache) {
  auto const freed = world.dry_run ? cache.size() : cache.clear();
  if (!freed) return freed.error();
  answer out;
  out.members = {{"bytes_freed", number(freed->bytes)}, {"objects_removed", number(freed->objects)}};
  out.text = (world.dry_run ? "Would free " : "Freed ") + human_bytes(freed->bytes) + "\n";
  return out;
}

result<answer> fill(context& world, waybill::object_cache& cache, options const& o) {
  auto const p = world.open_package(o.ref);
  if (!p) return p.error();
  std::vector<waybill::entry const*> wanted;
  for (auto const& key : o.keys) {
    auto const* e = p->manifest().find(key);
    if (e == nullptr) return make_error(errc::key_not_found, o.ref + " has no such entry; see waybill ls", key);
    wanted.push_back(e);
  }
  if (o.keys.empty())
    for (auto const& e : p->manifest().entries()) wanted.push_back(&e);
  auto contents = world.contents_of(p->source());
  if (!contents) return contents.error();
  std::uint64_t copied = 0, files = 0, skipped = 0;
  for (auto const* e : wanted) {
    if (world.stop.stop_requested()) return make_error(errc::interrupted, "stopped; run it again to go on");
    if (world.dry_run) continue;
    auto const bytes = cache.fetch(*e, **contents);
    if (!bytes) return bytes.error();
    copied += *bytes;
    ++(*bytes != 0 ? files : skipped);
  }
  answer out;
  out.members = {{"files", number(wanted.size())}, {"files_copied", number(files)}, {"files_skipped", number(skipped)}, {"bytes_copied", number(copied)}};
  out.text = counted(files, "file") + ", " + human_bytes(copied) + " cached; " + counted(skipped, "file") + " there already\n";
  return out;
}

application::action cache_verb(CLI::App& sub) {
  auto o = std::make_shared<options>();
  sub.add_option("REF", o->ref, "Package");
  sub.add_option("KEY", o->keys, "Entries (default: all)");
  auto* clearing = sub.add_flag("--clear", o->clear, "Remove everything from the cache");
  sub.add_flag("--size", o->size, "How much the cache holds")->excludes(clearing);
  return [=](context& world) -> result<answer> {
    auto cache = world.open_cache();
    if (!cache) return cache.error();
    if (o->clear) return clear(world, *cache);
    if (o->size) return show_usage(*cache);
    if (o->ref.empty()) return make_error(errc::usage, "cache takes a REF, --clear or --size");
    return fill(world, *cache, *o);
  };
}

}  // namespace

void add_cache_verbs(application& app) { app.verb("cache", "Keep contents on this machine", cache_verb); }

}  // namespace waybill_cli

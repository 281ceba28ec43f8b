#include <waybill/scan/pool.hpp>
#include <waybill/store/verified.hpp>

#include <atomic>

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

/// What a cache holds; one that was never filled holds nothing.
result<waybill::object_cache::usage> usage_of(std::optional<waybill::object_cache> const& cache) {
  return cache ? cache->size() : result<waybill::object_cache::usage>{waybill::object_cache::usage{}};
}

result<answer> show_usage(std::optional<waybill::object_cache> const& cache) {
  auto const used = usage_of(cache);
  if (!used) return used.error();
  answer out;
  out.members = {{"bytes", number(used->bytes)}, {"objects", number(used->objects)}};
  out.text = counted(used->objects, "object") + ", " + human_bytes(used->bytes) + "\n";
  return out;
}

result<answer> clear(context const& world, std::optional<waybill::object_cache>& cache) {
  auto freed = world.dry_run || !cache ? usage_of(cache) : cache->clear();
  if (!freed) return freed.error();
  if (!world.dry_run)
    if (auto const partials = context::open_partials()) freed->bytes += partials->clear();
  answer out;
  out.members = {{"bytes_freed", number(freed->bytes)}, {"objects_removed", number(freed->objects)}};
  out.text = (world.dry_run ? "Would free " : "Freed ") + human_bytes(freed->bytes) + "\n";
  return out;
}

/// Bytes that would be copied into the cache for an entry.
std::uint64_t missing_bytes(std::optional<waybill::object_cache> const& cache, waybill::entry const& e) {
  for (auto const& d : e.digests)
    if (cache && cache->store().head(waybill::object_key(d))) return 0;
  return e.size.value_or(0);
}

result<std::vector<waybill::entry const*>> wanted_entries(waybill::package const& p, options const& o) {
  std::vector<waybill::entry const*> wanted;
  for (auto const& key : o.keys) {
    auto const* e = p.manifest().find(key);
    if (e == nullptr) return make_error(errc::key_not_found, o.ref + " has no such entry; see waybill ls", key);
    wanted.push_back(e);
  }
  if (o.keys.empty())
    for (auto const& e : p.manifest().entries()) wanted.push_back(&e);
  return wanted;
}

result<answer> fill(context& world, std::optional<waybill::object_cache>& cache, options const& o) {
  auto const p = world.open_package(o.ref);
  if (!p) return p.error();
  auto const wanted = wanted_entries(*p, o);
  if (!wanted) return wanted.error();
  auto contents = world.contents_of(p->source());
  if (!contents) return contents.error();
  auto const partials = world.open_partials(p->source());
  std::atomic<std::uint64_t> copied = 0, files = 0, skipped = 0;
  auto const done =
      waybill::parallel_for(wanted->size(), world.control(p->source()), [&](unsigned, std::size_t i) -> result<void> {
        auto const& e = *(*wanted)[i];
        auto const bytes = world.dry_run ? result<std::uint64_t>{missing_bytes(cache, e)}
                                         : cache->fetch(e, **contents, partials.get(), world.stop);
        if (!bytes) return bytes.error();
        copied += *bytes;
        ++(*bytes != 0 ? files : skipped);
        return {};
      });
  if (!done) return done.error();
  answer out;
  out.members = {{"files", number(wanted->size())},
                 {"files_copied", number(files)},
                 {"files_skipped", number(skipped)},
                 {"bytes_copied", number(copied)}};
  out.text = counted(files, "file") + ", " + human_bytes(copied) +
             (world.dry_run ? " would be cached; " : " cached; ") + counted(skipped, "file") + " there already\n";
  return out;
}

application::action cache_verb(CLI::App& sub) {
  auto o = std::make_shared<options>();
  sub.add_option("REF", o->ref, "Package");
  sub.add_option("KEY", o->keys, "Entries (default: all)");
  auto* clearing = sub.add_flag("--clear", o->clear, "Remove everything from the cache");
  sub.add_flag("--size", o->size, "How much the cache holds")->excludes(clearing);
  return [=](context& world) -> result<answer> {
    bool const filling = !o->clear && !o->size;
    if (filling && o->ref.empty()) return make_error(errc::usage, "cache takes a REF, --clear or --size");
    auto cache = world.open_cache(filling && !world.dry_run);
    if (!cache) return cache.error();
    return o->clear ? clear(world, *cache) : o->size ? show_usage(*cache) : fill(world, *cache, *o);
  };
}

}  // namespace

void add_cache_verbs(application& app) {
  app.verb("cache", "Keep contents on this machine", cache_verb, application::kind::transfer);
}

}  // namespace waybill_cli

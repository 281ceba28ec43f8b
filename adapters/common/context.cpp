#include "common/context.hpp"

#include <waybill/core/physical_key.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/store/directory.hpp>
#include <waybill/store/memory.hpp>
#include <waybill/store/verified.hpp>

#include <charconv>
#include <chrono>
#include <filesystem>

namespace waybill_cli {
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

/// File of the stat cache of a directory, named by its real path.
std::string stat_cache_file(std::string const& root) {
  auto const name = waybill::hash_bytes<waybill::sha256_hasher>(waybill::as_bytes(root)).hex();
  return cache_home() + "/stat/" + name.substr(0, 32);
}

std::string real_path(std::string const& path) {
  std::error_code failed;
  auto const real = std::filesystem::canonical(path, failed);
  return failed ? path : real.string();
}

}  // namespace

waybill::job_control context::control() const {
  auto const jobs = config.get("jobs").value;
  unsigned workers = 0;
  std::from_chars(jobs.data(), jobs.data() + jobs.size(), workers);
  return {.workers = workers, .on_progress = out.reporter(), .stop = stop};
}

waybill::timestamp context::now() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

result<waybill::registry> open_registry_at(std::string const& location, bool create) {
  std::string path = location;
  if (location.starts_with("file:")) {
    auto const key = waybill::physical_key::parse(location);
    if (!key) return key.error();
    path = key->file_path();
  } else if (location.find("://") != std::string::npos) {
    return make_error(errc::unsupported, "this waybill reads and writes registries in directories only", location);
  }
  auto store = waybill::directory_store::open_path(path, create);
  if (!store && store.error().code == waybill::condition::not_found)
    return make_error(errc::file_not_found, "there is no registry yet; the first push makes it (see --registry)", path);
  if (!store) return store.error();
  auto where = store->root().path();
  return waybill::registry{waybill::any_store{waybill::verified{std::move(*store)}}, std::move(where)};
}

result<waybill::registry> context::open_registry() const {
  auto const where = config.get("registry");
  out.detail("registry " + where.value + " (" + where.origin + ")");
  return open_registry_at(where.value, false);
}

result<waybill::registry> context::open_registry_to_push() const {
  auto const where = config.get("registry");
  out.detail("registry " + where.value + " (" + where.origin + ")");
  auto opened = open_registry_at(where.value, !dry_run);
  if (opened || !dry_run || opened.error().code != errc::file_not_found) return opened;
  return waybill::registry{waybill::any_store{waybill::memory_store{}}, where.value};
}

result<waybill::registry> context::registry_of(waybill::package_ref const& ref) const {
  return ref.registry ? open_registry_at(*ref.registry, false) : open_registry();
}

result<waybill::package> context::open_package(std::string_view text) const {
  auto const ref = waybill::parse_package_ref(text);
  if (!ref) return ref.error();
  auto const from = registry_of(*ref);
  if (!from) return from.error();
  return waybill::package::open(*from, *ref);
}

result<std::optional<waybill::object_cache>> context::open_cache(bool create) const {
  auto store = waybill::directory_store::open_path(cache_home() + "/objects", create);
  if (!store && !create && store.error().code == waybill::condition::not_found)
    return std::optional<waybill::object_cache>{};
  if (!store) return store.error();
  return std::optional{waybill::object_cache{std::move(*store)}};
}

result<std::unique_ptr<waybill::content_provider>> context::contents_of(waybill::registry const& from) const {
  auto const cache = open_cache(false);
  if (!cache) return cache.error();
  auto store = *cache ? std::optional{(*cache)->store()} : std::nullopt;
  return std::unique_ptr<waybill::content_provider>{
      std::make_unique<waybill::registry_contents>(from, waybill::place_policy{}, std::move(store))};
}

waybill::stat_cache context::load_stat_cache(std::string const& directory,
                                             std::vector<waybill::algorithm> const& algorithms) const {
  auto const root = real_path(directory);
  return waybill::stat_cache::load(stat_cache_file(root), root, algorithms);
}

result<waybill::scanned_tree> context::scan(std::string const& directory) const {
  waybill::scan_options options;
  auto const cache = load_stat_cache(directory, options.algorithms);
  options.cache = &cache;
  auto const begun = now();
  auto tree = waybill::scan_tree(directory, options, control());
  if (tree) keep_stat_cache(*tree, begun);
  return tree;
}

void context::keep_stat_cache(waybill::scanned_tree const& tree, waybill::timestamp begun) const {
  if (tree.files_read() == 0 || dry_run) return;
  auto const saved = waybill::save_stat_cache(tree, stat_cache_file(tree.root()), begun.time_since_epoch().count());
  if (!saved) out.detail("the stat cache was not saved: " + saved.error().message());
}

result<waybill::workspace> present_workspace() {
  std::error_code failed;
  auto const here = std::filesystem::current_path(failed);
  if (failed) return waybill::system_error(failed.value(), "cannot tell the present directory");
  return waybill::workspace::find(here.string());
}

}  // namespace waybill_cli

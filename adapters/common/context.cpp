#include "common/context.hpp"

#include <waybill/core/physical_key.hpp>
#include <waybill/core/shown_url.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/store/directory.hpp>
#include <waybill/store/memory.hpp>
#include <waybill/store/verified.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <thread>

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

void remark_unless_saved(console const& out, result<void> const& saved) {
  if (!saved) out.detail("the stat cache was not saved: " + saved.error().message());
}

/// A location without what may be secret in a URL.
std::string shown_location(std::string const& location) {
  return location.find("://") == std::string::npos ? location : waybill::shown_url(location);
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

waybill::job_control context::control(waybill::registry const& with) const {
  constexpr unsigned waiting_ones = 4;
  auto job = control();
  if (job.workers == 0 && with.is_remote())
    job.workers = waiting_ones * std::max(1U, std::thread::hardware_concurrency());
  return job;
}

waybill::timestamp context::now() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

result<std::string> bucket_of_location(std::string_view location) {
  if (!location.starts_with("s3://")) return std::string{};
  auto name = location.substr(5);
  if (name.ends_with('/')) name.remove_suffix(1);
  if (name.empty() || name.find_first_of("/?#") != std::string_view::npos)
    return make_error(errc::usage, "a registry is a whole bucket: s3://BUCKET",
                      std::string{location.substr(0, location.find('?'))});
  return std::string{name};
}

result<waybill::registry> context::open_registry_at(std::string const& location, bool create) const {
  auto const bucket = bucket_of_location(location);
  if (!bucket) return bucket.error();
  if (!bucket->empty()) {
    auto store = net->open_bucket(*bucket);
    if (!store) return store.error();
    return waybill::registry{std::move(*store), "s3://" + *bucket};
  }
  std::string path = location;
  if (location.starts_with("file:")) {
    auto const key = waybill::physical_key::parse(location);
    if (!key) return key.error();
    path = key->file_path();
  } else if (location.find("://") != std::string::npos) {
    return make_error(errc::unsupported, "a registry is a directory or s3://BUCKET", waybill::shown_url(location));
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
  out.detail("registry " + shown_location(where.value) + " (" + where.origin + ")");
  return open_registry_at(where.value, false);
}

result<waybill::registry> context::open_registry_to_push() const {
  auto const where = config.get("registry");
  out.detail("registry " + shown_location(where.value) + " (" + where.origin + ")");
  if (config.of_workspace("registry") && where.value.find("://") != std::string::npos)
    out.note("waybill: note: this goes to " + shown_location(where.value) + ", which " + where.origin + " names");
  auto opened = open_registry_at(where.value, !dry_run);
  if (opened) opened->keep_history(author());
  if (opened || !dry_run || opened.error().code != errc::file_not_found) return opened;
  return waybill::registry{waybill::any_store{waybill::memory_store{}}, where.value};
}

result<std::optional<waybill::passage>> context::enter(waybill::registry& to) const {
  if (dry_run) return std::optional<waybill::passage>{};
  auto entered = waybill::passage::enter(to.store(), stop);
  if (!entered) return entered.error();
  return std::optional{std::move(*entered)};
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

result<waybill::partial_files> context::open_partials() {
  return waybill::partial_files::open(cache_home() + "/partial", now().time_since_epoch().count());
}

std::unique_ptr<waybill::partial_files const> context::open_partials(waybill::registry const& from) const {
  if (!from.is_remote() || dry_run) return nullptr;
  auto opened = open_partials();
  if (opened) return std::make_unique<waybill::partial_files const>(std::move(*opened));
  out.detail("interrupted files will begin anew: " + opened.error().message());
  return nullptr;
}

result<std::unique_ptr<waybill::content_provider>> context::contents_of(waybill::registry const& from) const {
  auto const cache = open_cache(false);
  if (!cache) return cache.error();
  auto store = *cache ? std::optional{(*cache)->store()} : std::nullopt;
  return std::unique_ptr<waybill::content_provider>{
      std::make_unique<waybill::registry_contents>(from, places_of(from), std::move(store))};
}

waybill::place_policy context::places_of(waybill::registry const& from) const {
  auto policy = waybill::default_policy(from);
  policy.file_keys = policy.file_keys || allow_file_keys;
  policy.elsewhere = [net = net](waybill::physical_key const& place, waybill::byte_range range) {
    return net->open_place(place, range);
  };
  return policy;
}

waybill::stat_cache context::load_stat_cache(std::string const& directory,
                                             std::vector<waybill::algorithm> const& algorithms) const {
  auto const root = real_path(directory);
  return waybill::stat_cache::load(stat_cache_file(root), root, algorithms);
}

result<waybill::scanned_tree> context::scan(std::string const& directory, waybill::symlink_policy symlinks) const {
  waybill::scan_options options;
  options.symlinks = symlinks;
  auto const cache = load_stat_cache(directory, options.algorithms);
  options.cache = &cache;
  auto const begun = now();
  auto tree = waybill::scan_tree(directory, options, control());
  if (tree) keep_stat_cache(*tree, begun);
  return tree;
}

void context::keep_stat_cache(waybill::scanned_tree const& tree, waybill::timestamp begun) const {
  if (tree.files_read() == 0 || dry_run) return;
  remark_unless_saved(out,
                      waybill::save_stat_cache(tree, stat_cache_file(tree.root()), begun.time_since_epoch().count()));
}

void context::keep_stat_cache(waybill::stat_cache_writer fresh, std::string const& directory,
                              waybill::timestamp begun) const {
  if (dry_run) return;
  remark_unless_saved(out,
                      std::move(fresh).save(stat_cache_file(real_path(directory)), begun.time_since_epoch().count()));
}

result<waybill::workspace> present_workspace() {
  std::error_code failed;
  auto const here = std::filesystem::current_path(failed);
  if (failed) return waybill::system_error(failed.value(), "cannot tell the present directory");
  return waybill::workspace::find(here.string());
}

}  // namespace waybill_cli

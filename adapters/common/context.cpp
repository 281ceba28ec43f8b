#include "common/context.hpp"

#include <waybill/algebra/stream_diff.hpp>
#include <waybill/core/physical_key.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/manifest/reader.hpp>
#include <waybill/registry/checkout.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/store/directory.hpp>
#include <waybill/store/verified.hpp>

#include <unistd.h>

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

result<waybill::registry> context::open_registry(bool create) const {
  auto const where = config.get("registry");
  out.detail("registry " + where.value + " (" + where.origin + ")");
  return open_registry_at(where.value, create);
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

result<waybill::object_cache> context::open_cache() const {
  auto store = waybill::directory_store::open_path(cache_home() + "/objects", true);
  if (!store) return store.error();
  return waybill::object_cache{std::move(*store)};
}

result<std::unique_ptr<waybill::content_provider>> context::contents_of(waybill::registry const& from) const {
  std::optional<waybill::directory_store> cached;
  std::error_code failed;
  if (std::filesystem::is_directory(cache_home() + "/objects", failed)) {
    auto cache = open_cache();
    if (!cache) return cache.error();
    cached = cache->store();
  }
  return std::unique_ptr<waybill::content_provider>{
      std::make_unique<waybill::registry_contents>(from, waybill::place_policy{}, std::move(cached))};
}

waybill::stat_cache context::load_stat_cache(std::string const& directory,
                                             std::vector<waybill::algorithm> const& algorithms) const {
  auto const root = real_path(directory);
  return waybill::stat_cache::load(stat_cache_file(root), root, algorithms);
}

void context::save_stat_cache(waybill::scanned_tree const& tree) const {
  auto const saved = waybill::save_stat_cache(tree, stat_cache_file(tree.root()), now().time_since_epoch().count());
  if (!saved) out.detail("the stat cache was not saved: " + saved.error().message());
}

result<waybill::scanned_tree> context::scan(std::string const& directory) const {
  waybill::scan_options options;
  auto const cache = load_stat_cache(directory, options.algorithms);
  options.cache = &cache;
  auto tree = waybill::scan_tree(directory, options, control());
  if (tree && tree->files_read() != 0) save_stat_cache(*tree);
  return tree;
}

result<waybill::manifest> context::load_path(std::string const& path) const {
  if (path == "-") {
    waybill::file_source input{STDIN_FILENO, "standard input"};
    return waybill::load_manifest(input);
  }
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) {
    auto const place = waybill::workspace::at(path);
    if (!place) return place.error();
    auto const installed = place->load_installed();
    if (!installed) return installed.error();
    auto const cache = load_stat_cache(path, {waybill::algorithms::sha2_256_chunked});
    auto const* base = *installed ? &(*installed)->manifest : nullptr;
    return waybill::manifest_of_directory(path, base, &cache, control());
  }
  auto const file = waybill::open_for_reading(path);
  if (!file) return file.error();
  waybill::file_source input{file->get(), path};
  auto loaded = waybill::load_manifest(input);
  if (!loaded) {
    auto e = loaded.error();
    e.path = e.path.empty() ? path : path + ": " + e.path;
    return e;
  }
  return loaded;
}

result<waybill::manifest> context::load(std::string_view text) const {
  auto const ref = waybill::parse_reference(text);
  if (!ref) return ref.error();
  if (auto const* path = std::get_if<waybill::path_ref>(&*ref)) return load_path(path->path);
  auto const opened = open_package(text);
  if (!opened) return opened.error();
  return opened->manifest();
}

namespace {

/// A file that closes itself with the source.
class owned_file_source final : public waybill::byte_source {
 public:
  owned_file_source(waybill::file_descriptor fd, std::string path) : fd_{std::move(fd)}, source_{fd_.get(), std::move(path)} {}
  result<std::size_t> read(std::span<std::byte> buffer) override { return source_.read(buffer); }

 private:
  waybill::file_descriptor fd_;
  waybill::file_source source_;
};

/// Diffs two streams; errc::unsorted when one of them has to be sorted first.
result<waybill::diff> stream_diff(waybill::byte_source& before, waybill::byte_source& after) {
  auto a = waybill::manifest_reader::open(before);
  if (!a) return a.error();
  auto b = waybill::manifest_reader::open(after);
  if (!b) return b.error();
  waybill::diff out;
  auto const unchanged = waybill::diff_streams(
      *a, *b,
      {.added = [&](waybill::entry const& e) { out.added.push_back(e); },
       .removed = [&](waybill::entry const& e) { out.removed.push_back(e); },
       .modified = [&](waybill::entry const& x, waybill::entry const& y,
                       waybill::entry_change c) { out.modified.push_back({x, y, c}); }});
  if (!unchanged) return unchanged.error();
  out.unchanged = *unchanged;
  return out;
}

}  // namespace

result<std::unique_ptr<waybill::byte_source>> context::open_stream(std::string_view text) const {
  auto const ref = waybill::parse_reference(text);
  if (!ref) return ref.error();
  if (auto const* named = std::get_if<waybill::package_ref>(&*ref)) {
    auto const from = registry_of(*named);
    if (!from) return from.error();
    auto const hash = from->resolve(*named);
    if (!hash) return hash.error();
    return from->open_manifest(*hash);
  }
  auto const& path = std::get<waybill::path_ref>(*ref).path;
  std::error_code failed;
  if (path == "-" || std::filesystem::is_directory(path, failed)) return std::unique_ptr<waybill::byte_source>{};
  auto file = waybill::open_for_reading(path);
  if (!file) return file.error();
  return std::unique_ptr<waybill::byte_source>{std::make_unique<owned_file_source>(std::move(*file), path)};
}

result<waybill::diff> context::diff(std::string_view before, std::string_view after) const {
  auto const a = open_stream(before);
  if (!a) return a.error();
  auto const b = open_stream(after);
  if (!b) return b.error();
  if (*a && *b) {
    auto streamed = stream_diff(**a, **b);
    if (streamed || streamed.error().code != errc::unsorted) return streamed;
  }
  auto const x = load(before);
  if (!x) return x.error();
  auto const y = load(after);
  if (!y) return y.error();
  return waybill::make_diff(*x, *y);
}

result<waybill::workspace> present_workspace() {
  std::error_code failed;
  auto const here = std::filesystem::current_path(failed);
  if (failed) return waybill::system_error(failed.value(), "cannot tell the present directory");
  return waybill::workspace::find(here.string());
}

}  // namespace waybill_cli

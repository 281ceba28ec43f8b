#include "common/records.hpp"

#include <waybill/core/physical_key.hpp>
#include <waybill/core/shown_url.hpp>
#include <waybill/store/memory.hpp>

#include <filesystem>
#include <utility>

namespace waybill_cli {
namespace lineage = waybill::lineage;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

constexpr std::string_view beside_registry = ".waybill/lineage/";

/// The place as it is named, and what named it.
setting find_place(context const& world, std::string const& flag) {
  if (!flag.empty()) return {flag, "flag"};
  if (auto const set = environment("WAYBILL_LINEAGE")) return {*set, "environment WAYBILL_LINEAGE"};
  auto place = world.config.get("registry");
  if (!place.value.ends_with('/')) place.value += '/';
  place.value += beside_registry;
  return place;
}

result<lineage::record_store> open_objects(context const& world, std::string_view place) {
  auto const rest = place.substr(std::string_view{"s3://"}.size());
  auto const slash = rest.find('/');
  std::string prefix{slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1)};
  if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
  auto const bucket = bucket_of_location("s3://" + std::string{rest.substr(0, slash)});
  if (!bucket) return bucket.error();
  auto store = world.net->open_bucket(*bucket);
  if (!store) return store.error();
  return lineage::record_store{std::move(*store), std::move(prefix)};
}

result<lineage::record_store> open_directory(context const& world, std::string const& path, bool create) {
  auto opened = lineage::record_store::open_directory(path, create && !world.dry_run);
  if (opened || opened.error().code != errc::file_not_found) return opened;
  if (create) return lineage::record_store{waybill::any_store{waybill::memory_store{}}};
  return make_error(errc::file_not_found, "there are no run records yet; see --store and WAYBILL_LINEAGE", path);
}

}  // namespace

void add_store(CLI::App& sub, std::string& store) {
  sub.add_option("--store", store,
                 "Directory or s3://BUCKET/PREFIX of the run records (default: WAYBILL_LINEAGE, else the registry's)");
}

result<lineage::record_store> open_records(context const& world, std::string const& store, bool create) {
  auto const place = find_place(world, store);
  bool const remote = place.value.starts_with("s3://");
  world.out.detail("run records " + (remote ? waybill::shown_url(place.value) : place.value) + " (" + place.origin +
                   ")");
  if (create && remote && store.empty() && world.config.of_workspace("registry") && !environment("WAYBILL_LINEAGE"))
    world.out.note("waybill: note: records go to " + waybill::shown_url(place.value) + ", which " + place.origin +
                   " names");
  if (remote) return open_objects(world, place.value);
  if (!place.value.starts_with("file:")) {
    if (place.value.find("://") == std::string::npos) return open_directory(world, place.value, create);
    return make_error(errc::unsupported, "run records are kept in a directory or in s3://BUCKET/PREFIX",
                      waybill::shown_url(place.value));
  }
  auto const key = waybill::physical_key::parse(place.value);
  return key ? open_directory(world, key->file_path(), create) : key.error();
}

std::string database_name(std::string const& db) {
  if (db.find("://") != std::string::npos) return db;
  auto name = std::filesystem::path{db}.lexically_normal().string();
  if (name.size() > 1 && name.ends_with('/')) name.pop_back();
  return name;
}

}  // namespace waybill_cli

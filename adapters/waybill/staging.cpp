#include "staging.hpp"

#include <waybill/hash/multi.hpp>
#include <waybill/scan/pool.hpp>

#include <array>
#include <mutex>
#include <utility>
#include <vector>

#include "verbs.hpp"

namespace waybill_cli {
using waybill::errc;
using waybill::make_error;
using waybill::object_info;
using waybill::result;

namespace {

/// An object that becomes an entry.
struct found_object {
  std::string key;  ///< logical
  object_info info;
};

/// The digest an entry is given: ours, else the plain one; none where the service keeps neither.
waybill::digest_set kept_digest(object_info const& info) {
  for (auto const a :
       {waybill::algorithm{waybill::algorithms::sha2_256_chunked}, waybill::algorithm{waybill::algorithms::sha256}})
    if (auto const* d = info.digests.find(a)) return {*d};
  return {};
}

result<waybill::digest_set> read_digest(context const& world, waybill::any_store const& store,
                                        object_info const& info) {
  constexpr std::array ours{waybill::algorithm{waybill::algorithms::sha2_256_chunked}};
  auto hasher = waybill::multi_hasher::create(ours, info.size);
  if (!hasher) return hasher.error();
  auto const source = store.open_exactly(info);
  if (!source) return source.error();
  std::vector<std::byte> buffer(std::size_t{256} << 10);
  std::uint64_t seen = 0;
  for (;;) {
    if (world.stop.stop_requested()) return make_error(errc::interrupted, "stopped on request");
    auto const n = (*source)->read(buffer);
    if (!n) return n.error();
    if (*n == 0) break;
    hasher->update(waybill::byte_view{buffer}.first(*n));
    seen += *n;
  }
  if (seen != info.size)
    return make_error(errc::source_changed, "has another size than the listing said; add it again", info.key);
  return hasher->finish();
}

/// What lies below a prefix; objects that only stand for directories are left out.
result<std::vector<found_object>> list_objects(waybill::any_store const& store, std::string const& prefix,
                                               std::string const& below) {
  std::vector<found_object> out;
  auto const listed = store.list_exactly(prefix, [&](object_info const& info) -> result<void> {
    if (!info.key.ends_with('/')) out.push_back({below + info.key.substr(prefix.size()), info});
    return {};
  });
  if (!listed) return listed.error();
  return out;
}

result<std::vector<found_object>> find_objects(waybill::any_store const& store, waybill::physical_location const& at,
                                               std::string const& key) {
  auto const folder = key.empty() || key.ends_with('/') ? key : key + "/";
  if (at.path.empty() || at.path.ends_with('/')) return list_objects(store, at.path, folder);
  auto info = store.head(at.path);
  if (!info) return info.error();
  // What the service says of the latest version says nothing of another one but that it is to be read.
  if (at.version && info->version_id != at.version) {
    info->digests = {};
    info->version_id = at.version;
  }
  auto const name = key == folder ? folder + at.path.substr(at.path.rfind('/') + 1) : key;
  return std::vector{found_object{name, std::move(*info)}};
}

result<waybill::entry> make_entry(context const& world, waybill::any_store const& store, found_object const& object,
                                  bool listed, staged& done, std::mutex& guard) {
  auto name = waybill::logical_key::parse(object.key);
  if (!name) return name.error();
  auto info = object.info;
  if (listed)
    if (auto const told = store.head(info.key); told && told->version == info.version) info.digests = told->digests;
  auto digests = kept_digest(info);
  if (digests.empty()) {
    auto read = read_digest(world, store, info);
    if (!read) return read.error();
    digests = std::move(*read);
    std::lock_guard const lock{guard};
    ++done.read_objects;
    done.read_bytes += info.size;
  }
  return waybill::entry{
      .key = std::move(*name), .size = info.size, .digests = std::move(digests), .places = {store.url_of(info)}};
}

}  // namespace

result<staged> stage_bucket_place(context& world, waybill::package_builder& draft, std::string const& key,
                                  std::string const& source, std::optional<waybill::json::value> const& meta) {
  auto const place = waybill::physical_key::parse(source);
  if (!place) return place.error();
  auto const at = place->location();
  auto const store = world.net->open_bucket(at.host);
  if (!store) return store.error();
  bool const listed = at.path.empty() || at.path.ends_with('/');
  auto const objects = find_objects(*store, at, key);
  if (!objects) return objects.error();
  if (objects->empty()) return make_error(errc::key_not_found, "nothing lies below this prefix", source);
  staged done{.entries = objects->size()};
  std::mutex guard;
  std::vector<std::optional<waybill::entry>> entries(objects->size());
  auto const home = waybill::registry{*store, "s3://" + at.host};
  auto const made = waybill::parallel_for(objects->size(), world.control(home), [&](unsigned, std::size_t i) {
    auto e = make_entry(world, *store, (*objects)[i], listed, done, guard);
    if (!e) return result<void>{e.error()};
    entries[i] = std::move(*e);
    return result<void>{};
  });
  if (!made) return made.error();
  for (auto& e : entries) {
    auto const* old = draft.draft().find(e->key);
    if (meta) e->meta = waybill::json::object{{"user_meta", *meta}};
    else if (old != nullptr) e->meta = old->meta;
    if (auto const set = draft.set_entry(std::move(*e)); !set) return set.error();
  }
  return done;
}

std::string staged_text(staged const& done) {
  return counted(done.entries, "object") + " in place" +
         (done.read_objects == 0 ? std::string{", no bytes read"}
                                 : ", " + human_bytes(done.read_bytes) + " of " + counted(done.read_objects, "object") +
                                       " read, whose digests are not kept there");
}

}  // namespace waybill_cli

#pragma once

#include <waybill/registry/stored_file.hpp>

#include <waybill/core/digest.hpp>
#include <waybill/history/content.hpp>
#include <waybill/scan/hash_file.hpp>
#include <waybill/store/object.hpp>
#include <waybill/store/verified.hpp>

#include <array>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL result<json::value> store_file(registry& to, std::string const& path, bool store,
                                            job_control const& control) {
  // The first is what pushes compute; by the second files of older manifests are known.
  static constexpr std::array wanted{algorithm{algorithms::sha2_256_chunked}, algorithm{algorithms::sha256}};
  auto hashed = hash_file(path, wanted, control);
  if (!hashed) return hashed.error();
  entry e{logical_key::trusted("file"), hashed->state.size, std::move(hashed->digests), nullptr, {}, json::object{}};
  auto const key = object_key(*e.digests.strongest());
  object_info info{key, *e.size, {}, {}};
  auto const there = to.store().head(key);
  if (there && there->size == *e.size) {
    info = *there;
  } else if (store) {
    auto const content = file_content::open_path(path);
    if (!content) return content.error();
    auto put = to.store().put(key, *content, {.expected = e.digests});
    if (!put) return put.error();
    info = std::move(*put);
  }
  e.places.push_back(to.store().url_of(info));
  return history::content_to_json(e, history::with_places::yes);
}

}  // namespace waybill::inline WAYBILL_ABI

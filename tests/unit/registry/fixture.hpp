#pragma once

#include <waybill/hash/chunked.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/json/write.hpp>
#include <waybill/registry/checkout.hpp>
#include <waybill/registry/package.hpp>
#include <waybill/registry/package_builder.hpp>
#include <waybill/registry/registry.hpp>
#include <waybill/store/directory.hpp>
#include <waybill/store/memory.hpp>
#include <waybill/store/verified.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

namespace waybill_test {

inline waybill::registry directory_registry(std::filesystem::path const& path) {
  return {waybill::directory_store::open_path(path.string(), true).value(), path.string()};
}

inline waybill::registry memory_registry() { return {waybill::memory_store{}, "memory"}; }

inline waybill::package_name name(std::string_view text) { return waybill::package_name::parse(text).value(); }

inline waybill::timestamp second(std::int64_t s) { return waybill::timestamp{std::chrono::seconds{s}}; }

/// What a watched store was asked to change, in order, and how many swaps it is still to lose.
struct store_watch {
  std::vector<std::string> changes;
  int swaps_to_lose = 0;
};

/// Memory that tells what is written into it and can lose swaps as if others had been faster.
class watched_store {
 public:
  explicit watched_store(std::shared_ptr<store_watch> watch) : watch_{std::move(watch)} {}
  [[nodiscard]] waybill::result<waybill::object_info> head(std::string_view k) const { return inner_.head(k); }
  [[nodiscard]] waybill::result<std::unique_ptr<waybill::byte_source>> open(std::string_view k,
                                                                            waybill::byte_range r = {}) const {
    return inner_.open(k, r);
  }
  [[nodiscard]] waybill::result<void> list(std::string_view p, waybill::object_visitor const& v) const {
    return inner_.list(p, v);
  }
  [[nodiscard]] waybill::physical_key url(std::string_view k) const { return inner_.url(k); }
  [[nodiscard]] std::optional<std::string> local_file(std::string_view) const { return std::nullopt; }
  [[nodiscard]] waybill::result<waybill::object_info> put(std::string_view k, waybill::object_content const& c,
                                                          waybill::put_options const& o = {}) {
    watch_->changes.push_back("put " + std::string{k} + (o.durable ? "" : " without flush"));
    return inner_.put(k, c, o);
  }
  [[nodiscard]] waybill::result<void> remove(std::string_view k) { return inner_.remove(k); }
  [[nodiscard]] waybill::result<void> flush() {
    watch_->changes.emplace_back("flush");
    return {};
  }
  [[nodiscard]] waybill::result<std::optional<waybill::ref_value>> read_ref(std::string_view k) {
    return inner_.read_ref(k);
  }
  [[nodiscard]] waybill::result<waybill::ref_value> swap_ref(std::string_view k, std::optional<std::string> const& e,
                                                             std::string_view t) {
    if (watch_->swaps_to_lose > 0) {
      --watch_->swaps_to_lose;
      return waybill::make_error(waybill::errc::lost_race, "somebody was faster");
    }
    watch_->changes.push_back("swap " + std::string{k});
    return inner_.swap_ref(k, e, t);
  }
  [[nodiscard]] waybill::result<void> remove_ref(std::string_view k, std::optional<std::string> const& e) {
    return inner_.remove_ref(k, e);
  }

 private:
  std::shared_ptr<store_watch> watch_;
  waybill::memory_store inner_;
};

inline void put(waybill::any_store& store, std::string const& key, std::string_view text) {
  store.put(key, waybill::memory_content{text}).value();
}

/// A store that only its URLs tell from memory: a registry somewhere on the network.
class network_store {
 public:
  explicit network_store(std::string scheme = "s3") : scheme_{std::move(scheme)} {}
  [[nodiscard]] waybill::result<waybill::object_info> head(std::string_view k) const { return inner_.head(k); }
  [[nodiscard]] waybill::result<std::unique_ptr<waybill::byte_source>> open(std::string_view k,
                                                                            waybill::byte_range r = {}) const {
    return inner_.open(k, r);
  }
  [[nodiscard]] waybill::result<void> list(std::string_view p, waybill::object_visitor const& v) const {
    return inner_.list(p, v);
  }
  [[nodiscard]] waybill::physical_key url(std::string_view k) const {
    return waybill::physical_key::parse(scheme_ + "://bucket/" + std::string{k}).value();
  }
  [[nodiscard]] std::optional<std::string> local_file(std::string_view) const { return std::nullopt; }
  [[nodiscard]] waybill::result<waybill::object_info> put(std::string_view k, waybill::object_content const& c,
                                                          waybill::put_options const& o = {}) {
    return inner_.put(k, c, o);
  }
  [[nodiscard]] waybill::result<void> remove(std::string_view k) { return inner_.remove(k); }
  [[nodiscard]] waybill::result<void> flush() { return {}; }
  [[nodiscard]] waybill::result<std::optional<waybill::ref_value>> read_ref(std::string_view k) {
    return inner_.read_ref(k);
  }
  [[nodiscard]] waybill::result<waybill::ref_value> swap_ref(std::string_view k, std::optional<std::string> const& e,
                                                             std::string_view t) {
    return inner_.swap_ref(k, e, t);
  }
  [[nodiscard]] waybill::result<void> remove_ref(std::string_view k, std::optional<std::string> const& e) {
    return inner_.remove_ref(k, e);
  }

 private:
  std::string scheme_;
  waybill::memory_store inner_;
};

/// A manifest of one memory-backed file per key, whose bytes are the key itself plus `salt`; the bytes are put into the
/// registry.
inline waybill::manifest stored_manifest(waybill::registry& r, std::vector<std::string> const& keys,
                                         std::string const& salt = {}) {
  std::vector<waybill::entry> entries;
  for (auto const& key : keys) {
    auto const bytes = key + salt;
    auto const d = waybill::hash_bytes(waybill::as_bytes(bytes), waybill::sha2_256_chunked_hasher{bytes.size()});
    auto const object = waybill::object_key(d);
    waybill::memory_content const content{std::string_view{bytes}};
    if (!r.store().head(object)) r.store().put(object, content).value();
    entries.push_back({waybill::logical_key::parse(key).value(),
                       bytes.size(),
                       {d},
                       nullptr,
                       {r.store().url(object)},
                       waybill::json::object{}});
  }
  waybill::manifest_header header;
  header.set_message(salt.empty() ? std::nullopt : std::optional<std::string_view>{salt});
  return waybill::manifest::create(std::move(header), std::move(entries)).value();
}

inline waybill::publication publish(waybill::registry& r, waybill::manifest const& m, std::string_view package,
                                    std::int64_t seconds, std::vector<std::string> const& tags = {}) {
  return r.publish(m, name(package), tags, second(seconds), false).value();
}

/// Pushes a directory's whole state.
inline waybill::push_directory_report push(waybill::registry& r, std::string_view package,
                                           std::filesystem::path const& directory, std::int64_t seconds,
                                           std::vector<std::string> tags = {}) {
  waybill::push_directory_options options;
  options.now = second(seconds);
  options.tags = std::move(tags);
  return waybill::push_directory(r, name(package), directory.string(), options).value();
}

inline waybill::package open(waybill::registry const& r, std::string_view ref) {
  return waybill::package::open(r, waybill::parse_package_ref(ref).value()).value();
}

inline std::vector<std::string> keys(waybill::manifest const& m) {
  std::vector<std::string> out;
  for (auto const& e : m.entries()) out.push_back(e.key.str());
  return out;
}

/// A draft's contents as `key -> target`, marked where it is local.
inline std::vector<std::string> rows(waybill::package_builder const& b, waybill::registry const* owner = nullptr) {
  std::vector<std::string> out;
  for (auto const& row : b.contents(owner))
    out.push_back(row.key + " -> " + row.target + (row.local ? " (local)" : ""));
  return out;
}

/// Every version of a registry loads, and all of its bytes are there and right.
inline void check_whole(waybill::registry const& r) {
  for (auto const& package : r.list().value())
    for (auto const& row : r.versions(package).value()) {
      INFO(package.str() << "@" << row.top_hash);
      auto const m = r.load(row.top_hash);
      REQUIRE(ok(m));
      waybill::package const p{r, package, *m};
      for (auto const& e : m->entries()) {
        INFO(e.key.str());
        CHECK(ok(p.read(e.key)));
      }
    }
}

}  // namespace waybill_test

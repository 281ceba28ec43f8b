#pragma once

#include <waybill/hash/chunked.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/store/memory.hpp>
#include <waybill/store/transfer.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fixture.hpp"

namespace waybill_test {

/// What a bucket was asked, and what it holds.
struct bucket_state {
  bool versions = false;  ///< every put keeps what was there
  bool vouches = true;    ///< heads tell digests
  std::mutex guard{};
  std::vector<std::string> asked{};  ///< `HEAD key` and the like, without lists' results
  std::map<std::string, std::vector<std::string>> contents{};
  std::size_t contents_hashed = 0;  ///< put without known parts

  std::size_t count(std::string_view verb) {
    return static_cast<std::size_t>(
        std::ranges::count_if(asked, [&](std::string const& a) { return a.starts_with(verb); }));
  }
};

/// A bucket as a registry sees it: `s3://bucket`, with versions or without, references in memory.
class bucket_store {
 public:
  explicit bucket_store(std::shared_ptr<bucket_state> state) : state_{std::move(state)} {}

  [[nodiscard]] waybill::result<waybill::object_info> head(std::string_view key) const {
    note("HEAD", key);
    return latest(key);
  }
  [[nodiscard]] waybill::result<std::unique_ptr<waybill::byte_source>> open(std::string_view key,
                                                                            waybill::byte_range range = {}) const {
    return open_exactly({std::string{key}, 0, {}, {}}, range);
  }
  [[nodiscard]] waybill::result<std::unique_ptr<waybill::byte_source>> open_exactly(
      waybill::object_info const& info, waybill::byte_range range = {}) const {
    note("GET", info.version_id ? info.key + "?" + *info.version_id : info.key);
    std::lock_guard const lock{state_->guard};
    auto const at = state_->contents.find(info.key);
    auto const missing = [&] {
      return waybill::make_error(waybill::errc::object_not_found, "nothing there", info.key);
    };
    if (at == state_->contents.end()) return missing();
    auto const number = info.version_id ? std::stoul(*info.version_id) : at->second.size();
    if (number > at->second.size()) return missing();
    auto bytes = std::make_shared<std::string const>(at->second[number - 1]);
    return std::unique_ptr<waybill::byte_source>{std::make_unique<waybill::shared_source>(std::move(bytes), range)};
  }
  [[nodiscard]] waybill::result<void> list(std::string_view prefix, waybill::object_visitor const& visit) const {
    return list_exactly(prefix, visit);
  }
  [[nodiscard]] waybill::result<void> list_exactly(std::string_view prefix,
                                                   waybill::object_visitor const& visit) const {
    note("LIST", prefix);
    std::vector<std::string> keys;
    {
      std::lock_guard const lock{state_->guard};
      for (auto const& [key, unused] : state_->contents)
        if (key.starts_with(prefix)) keys.push_back(key);
    }
    for (auto const& key : keys) {
      auto info = latest(key).value();
      info.digests = {};
      if (auto const ok = visit(info); !ok) return ok;
    }
    return {};
  }
  [[nodiscard]] waybill::physical_key url(std::string_view key) const {
    return waybill::physical_key::s3("bucket", key);
  }
  [[nodiscard]] waybill::physical_key url_of(waybill::object_info const& info) const {
    return waybill::physical_key::s3("bucket", info.key, info.version_id);
  }
  [[nodiscard]] std::optional<std::string> local_file(std::string_view) const { return std::nullopt; }
  [[nodiscard]] waybill::result<waybill::object_info> put(std::string_view key, waybill::object_content const& content,
                                                          waybill::put_options const& options = {}) {
    note(options.only_if_absent ? "PUT-NEW" : "PUT", key);
    waybill::string_sink bytes;
    if (auto const moved = waybill::transfer(content, options.expected, bytes, key); !moved) return moved.error();
    {
      std::lock_guard const lock{state_->guard};
      if (content.part_digests().empty()) ++state_->contents_hashed;
      auto& versions = state_->contents[std::string{key}];
      if (options.only_if_absent && !versions.empty())
        return waybill::make_error(waybill::errc::collision, "there already", std::string{key});
      if (!state_->versions) versions.clear();
      versions.push_back(bytes.str());
    }
    return latest(key);
  }
  [[nodiscard]] waybill::result<void> remove(std::string_view key) {
    std::lock_guard const lock{state_->guard};
    state_->contents.erase(std::string{key});
    return {};
  }
  [[nodiscard]] waybill::result<void> flush() { return {}; }
  [[nodiscard]] waybill::result<std::optional<waybill::ref_value>> read_ref(std::string_view key) {
    auto const info = latest(key);
    if (!info) return std::optional<waybill::ref_value>{};
    std::lock_guard const lock{state_->guard};
    return std::optional{waybill::ref_value{state_->contents.at(std::string{key}).back(), info->version}};
  }
  [[nodiscard]] waybill::result<waybill::ref_value> swap_ref(std::string_view key,
                                                             std::optional<std::string> const& expected,
                                                             std::string_view text) {
    auto const now = latest(key);
    if ((now ? std::optional{now->version} : std::nullopt) != expected)
      return waybill::make_error(waybill::errc::lost_race, "somebody was faster", std::string{key});
    put(key, waybill::memory_content{text}).value();
    return waybill::ref_value{std::string{text}, latest(key).value().version};
  }
  [[nodiscard]] waybill::result<void> remove_ref(std::string_view key, std::optional<std::string> const&) {
    return remove(key);
  }

 private:
  void note(std::string verb, std::string_view key) const {
    std::lock_guard const lock{state_->guard};
    state_->asked.push_back(verb.append(" ").append(key));
  }
  [[nodiscard]] waybill::result<waybill::object_info> latest(std::string_view key) const {
    std::lock_guard const lock{state_->guard};
    auto const at = state_->contents.find(std::string{key});
    if (at == state_->contents.end())
      return waybill::make_error(waybill::errc::object_not_found, "nothing there", std::string{key});
    auto const& bytes = at->second.back();
    waybill::object_info out{std::string{key},
                             bytes.size(),
                             waybill::hash_bytes<waybill::sha256_hasher>(waybill::as_bytes(bytes)).hex(),
                             {}};
    if (state_->versions) out.version_id = std::to_string(at->second.size());
    if (state_->vouches)
      out.digests.insert(waybill::hash_bytes(waybill::as_bytes(bytes), waybill::sha2_256_chunked_hasher{bytes.size()}));
    return out;
  }

  std::shared_ptr<bucket_state> state_;
};

inline waybill::registry bucket_registry(std::shared_ptr<bucket_state> const& state) {
  return {bucket_store{state}, "s3://bucket"};
}

}  // namespace waybill_test

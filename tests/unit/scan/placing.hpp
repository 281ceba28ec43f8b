#pragma once

#include <waybill/hash/multi.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/materialise.hpp>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

namespace waybill_test {

inline waybill::digest digest_of(waybill::algorithm a, std::string const& bytes) {
  auto hasher = waybill::make_hasher(a, bytes.size()).value();
  hasher.update(waybill::as_bytes(bytes));
  return hasher.finish();
}

/// An entry of those bytes; keys need not be valid ones.
inline waybill::entry entry_of(std::string key, std::string const& bytes,
                               std::vector<waybill::algorithm> algorithms = {waybill::algorithms::sha256}) {
  waybill::entry e{
      waybill::logical_key::trusted(std::move(key)), bytes.size(), {}, nullptr, {}, waybill::json::object{}};
  for (auto const a : algorithms) e.digests.insert(digest_of(a, bytes));
  return e;
}

/// A dataset in memory: key to bytes, in walk order.
using files = std::map<std::string, std::string, waybill::walk_less>;

inline std::vector<waybill::entry> entries_of(files const& dataset, std::vector<waybill::algorithm> algorithms = {
                                                                        waybill::algorithms::sha256}) {
  std::vector<waybill::entry> out;
  for (auto const& [key, bytes] : dataset) out.push_back(entry_of(key, bytes, algorithms));
  return out;
}

/// Gives the bytes of a dataset, from memory or from files of a directory; tests put what goes wrong into `around`.
/// Breaks off behind that many bytes.
struct breaking final : waybill::byte_source {
  breaking(std::unique_ptr<waybill::byte_source> s, std::size_t bytes) : inner{std::move(s)}, left{bytes} {}
  waybill::result<std::size_t> read(std::span<std::byte> buffer) override {
    if (left == 0) return waybill::make_error(waybill::errc::temporary, "broken off");
    auto const n = inner->read(buffer.first(std::min(buffer.size(), left)));
    left -= n.value();
    return n;
  }
  std::unique_ptr<waybill::byte_source> inner;
  std::size_t left;
};

class dataset_provider : public waybill::content_provider {
 public:
  explicit dataset_provider(files dataset, std::filesystem::path local = {})
      : dataset_{std::move(dataset)}, local_{std::move(local)} {
    if (!local_.empty())
      for (auto const& [key, bytes] : dataset_) write_file(local_ / key, bytes);
  }

  waybill::result<std::unique_ptr<waybill::byte_source>> open(waybill::entry const& e) override {
    ++opened;
    auto const found = dataset_.find(e.key.str());
    if (found == dataset_.end())
      return waybill::make_error(waybill::errc::object_not_found, "no such object", e.key.str());
    std::unique_ptr<waybill::byte_source> source =
        std::make_unique<waybill::memory_source>(std::string_view{found->second});
    return around ? around(e, std::move(source)) : std::move(source);
  }
  /// Only what a test has allowed to.
  waybill::result<std::unique_ptr<waybill::byte_source>> open_from(waybill::entry const& e,
                                                                   std::uint64_t offset) override {
    offsets.push_back(offset);
    if (!parts) return content_provider::open_from(e, offset);
    auto const rest = std::string_view{dataset_.at(e.key.str())}.substr(static_cast<std::size_t>(offset));
    return std::unique_ptr<waybill::byte_source>{std::make_unique<waybill::memory_source>(rest)};
  }
  std::optional<waybill::opened_file> open_local(waybill::entry const& e) override {
    if (local_.empty()) return std::nullopt;
    auto file = waybill::open_regular_file((local_ / e.key.str()).string());
    return file ? std::optional{std::move(*file)} : std::nullopt;
  }

  std::function<waybill::result<std::unique_ptr<waybill::byte_source>>(waybill::entry const&,
                                                                       std::unique_ptr<waybill::byte_source>)>
      around;
  int attempts() const override { return tries; }

  std::atomic<int> opened{0};
  int tries = 1;
  bool parts = false;
  std::vector<std::uint64_t> offsets{};  ///< asked for from there, by one thread

 private:
  files dataset_;
  std::filesystem::path local_;
};

/// What lies below a directory: files with their bytes, links as `-> target`, empty directories as `/`.
inline std::map<std::string, std::string> snapshot(std::filesystem::path const& root) {
  std::map<std::string, std::string> out;
  for (auto const& at : std::filesystem::recursive_directory_iterator{root}) {
    auto const name = at.path().lexically_relative(root).string();
    if (at.is_symlink()) out[name] = "-> " + std::filesystem::read_symlink(at.path()).string();
    else if (at.is_directory()) {
      if (std::filesystem::is_empty(at.path())) out[name] = "/";
    } else {
      out[name] = read_file(at.path());
    }
  }
  return out;
}

/// The same without the kit's own staging directory.
inline std::map<std::string, std::string> placed(std::filesystem::path const& root) {
  auto out = snapshot(root);
  CHECK((!out.contains(".waybill/tmp") || out.at(".waybill/tmp") == "/"));
  out.erase(".waybill/tmp");
  return out;
}

}  // namespace waybill_test

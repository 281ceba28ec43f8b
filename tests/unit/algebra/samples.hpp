#pragma once

#include <waybill/core/bytes.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/manifest/writer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill_test {

/// An entry whose content is this text; `meta` is the manifest's whole meta object as JSON.
inline waybill::entry make_entry(std::string_view key, std::string_view content, std::string_view meta = "{}") {
  return {.key = waybill::logical_key::parse(key).value(),
          .size = content.size(),
          .digests = {waybill::hash_bytes<waybill::sha256_hasher>(waybill::as_bytes(content))},
          .foreign_hash = nullptr,
          .places = {waybill::physical_key::s3("bucket", key)},
          .meta = waybill::json::parse(meta).value()};
}

inline waybill::manifest make_manifest(std::vector<waybill::entry> entries,
                                       std::vector<waybill::directory_meta> directories = {}) {
  return waybill::manifest::create({}, std::move(entries), std::move(directories)).value();
}

inline waybill::directory_meta make_directory(std::string_view key, std::string_view meta) {
  return {waybill::logical_key::parse(key).value(), waybill::json::parse(meta).value()};
}

inline std::string written(waybill::manifest const& m) {
  waybill::string_sink sink;
  waybill::write_manifest(sink, m).value();
  return std::move(sink).str();
}

template <class Range>
std::vector<std::string> keys_of(Range const& entries) {
  std::vector<std::string> out;
  for (auto const& e : entries) out.push_back(e.key.str());
  return out;
}

/// Repeatable random entries over few keys, contents and metadata, so that everything meets everything.
class entry_dice {
 public:
  explicit entry_dice(std::uint64_t seed) : engine_{seed} {}

  std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }

  waybill::entry roll(std::string_view key) {
    static constexpr std::string_view contents[]{"one", "two", "drei"};
    static constexpr std::string_view metas[]{"{}", R"({"user_meta": {"v": 1}})", R"({"user_meta": {"v": 2}})"};
    return make_entry(key, contents[below(3)], metas[below(3)]);
  }

  /// Sorted entries; never a name that is a file and a directory at once.
  std::vector<waybill::entry> roll_all() {
    std::vector<waybill::entry> out;
    for (std::string_view const key : {"a", "a/x", "a/y", "a-b", "a.txt", "b", "b/c", "b/c/d", "z"}) {
      if (below(2) == 0) continue;
      if (!out.empty() && waybill::is_below(key, out.back().key)) continue;
      out.push_back(roll(key));
    }
    return out;
  }

  /// The same with some entries changed, added and removed.
  std::vector<waybill::entry> vary(std::vector<waybill::entry> const& from) {
    std::vector<waybill::entry> out;
    auto other = roll_all();
    for (auto const& e : from) {
      auto const fate = below(4);
      if (fate == 0) continue;
      out.push_back(fate == 1 ? roll(e.key) : e);
    }
    for (auto& e : other) {
      bool clash = false;
      for (auto const& kept : out)
        clash = clash || kept.key == e.key || waybill::is_below(e.key, kept.key) || waybill::is_below(kept.key, e.key);
      if (!clash && below(3) == 0) out.push_back(std::move(e));
    }
    std::sort(out.begin(), out.end(), [](auto const& a, auto const& b) { return a.key < b.key; });
    return out;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace waybill_test

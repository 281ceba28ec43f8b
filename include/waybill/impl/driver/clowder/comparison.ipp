#pragma once

#include <waybill/driver/clowder/comparison.hpp>

#include <waybill/hash/openssl.hpp>
#include <waybill/http/retry.hpp>
#include <waybill/scan/pool.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

WAYBILL_DECL result<std::vector<local_file>> list_local(std::string const& directory, api_version api,
                                                        stat_cache const* cache, job_control const& control) {
  scan_options names{.symlinks = symlink_policy::inside_only, .stat_only = true};
  auto const listing = scan_tree(directory, names, control);
  if (!listing) return listing.error();
  auto const checked =
      listing->for_each([&](scanned_file const& file) -> result<void> { return check_path(api, file.key); });
  if (!checked) return checked.error();
  scan_options const contents{
      .algorithms = {algorithms::sha256}, .symlinks = symlink_policy::inside_only, .cache = cache};
  auto const tree = scan_tree(directory, contents, control);
  if (!tree) return tree.error();
  std::vector<local_file> out;
  auto const listed = tree->for_each([&](scanned_file const& file) -> result<void> {
    auto const* sum = file.digests.find(algorithms::sha256);
    out.push_back({std::string{file.key}, std::string{file.path}, file.state, *sum});
    return check_path(api, file.key);
  });
  if (!listed) return listed.error();
  return out;
}

WAYBILL_DECL stat_cache_writer cache_of(std::string_view root, std::vector<local_file> const& files) {
  std::array<algorithm, 1> const kinds{algorithms::sha256};
  stat_cache_writer out{root, kinds};
  for (auto const& file : files) out.add(file.key, file.state, digest_set{file.sha256});
  return out;
}

WAYBILL_DECL result<digest> hash_stored(api const& platform, file_row const& file, std::stop_token const& stop) {
  return waybill::detail::repeat_transient(platform.options().retry, [&]() -> result<digest> {
    auto const source = platform.open_file(file);
    if (!source) return source.error();
    sha256_hasher hasher;
    std::vector<std::byte> buffer(std::size_t{64} << 10);
    std::uint64_t size = 0;
    for (;;) {
      if (stop.stop_requested()) return waybill::detail::interrupted_error();
      auto const n = (*source)->read(buffer);
      if (!n) return platform.without_key(n.error());
      if (*n == 0) break;
      size += *n;
      hasher.update(byte_view{buffer}.first(*n));
    }
    if (size == file.size) return hasher.finish();
    return make_error(
        errc::size_mismatch,
        "the platform says it has " + std::to_string(file.size) + " bytes, and sends " + std::to_string(size),
        file.name);
  });
}

namespace detail {

/// Does a stored file have these bytes? Not, where the platform cannot give its own.
inline result<bool> has_content(api const& platform, dataset_contents const& contents, local_file const& mine,
                                file_row const& stored, proof how, std::stop_token const& stop) {
  if (stored.size != mine.state.size) return false;
  if (how == proof::size) return true;
  auto const* record = contents.known(stored);
  if (record != nullptr && (how == proof::digest || record->sha256 != mine.sha256))
    return record->sha256 == mine.sha256;
  auto const sum = hash_stored(platform, stored, stop);
  if (sum) return *sum == mine.sha256;
  if (sum.error().code == condition::not_found || sum.error().code == condition::integrity) return false;
  if (sum.error().code != condition::transient) return sum.error();
  // Version 2 crashes where its store has lost the bytes. A platform that answers all else has no such content.
  if (auto const alive = platform.release(); !alive) return alive.error();
  return false;
}

inline result<compared_file> compare_one(api const& platform, local_file const& mine, dataset_contents const& contents,
                                         proof how, std::stop_token const& stop) {
  compared_file out;
  std::vector<file_row const*> same, different;
  for (auto const& stored : contents.of(mine.key)) {
    auto const equal = has_content(platform, contents, mine, stored.row, how, stop);
    if (!equal) return equal.error();
    (*equal ? same : different).push_back(&stored.row);
  }
  auto const is_ours = [&](file_row const& row) { return contents.records.about() || contents.records.knows(row.id); };
  auto const drop = [&](file_row const& row) { (is_ours(row) ? out.superseded : out.others).push_back(row.id); };
  if (same.empty()) {
    out.fate = different.empty() ? file_fate::added : file_fate::changed;
    if (!different.empty()) out.stored = *different.front();
    for (auto const* row : different) drop(*row);
    return out;
  }
  auto const known = std::ranges::find_if(same, [&](auto const* row) { return contents.known(*row) != nullptr; });
  auto const* chosen = known != same.end() ? *known : same.front();
  out.fate = file_fate::unchanged;
  out.stored = *chosen;
  out.recorded = known != same.end();
  for (auto const* row : same)
    if (row != chosen) drop(*row);
  for (auto const* row : different) (contents.known(*row) != nullptr ? out.superseded : out.others).push_back(row->id);
  return out;
}

}  // namespace detail

WAYBILL_DECL result<std::vector<compared_file>> compare_files(api const& platform, std::vector<local_file> const& files,
                                                              dataset_contents const& contents, proof how,
                                                              job_control const& control) {
  std::vector<compared_file> out(files.size());
  auto const done = parallel_for(files.size(), control, [&](unsigned, std::size_t i) -> result<void> {
    auto one = detail::compare_one(platform, files[i], contents, how, control.stop);
    if (!one) return one.error();
    out[i] = std::move(*one);
    return {};
  });
  if (!done) return done.error();
  return out;
}

WAYBILL_DECL bool directory_comparison::equal() const noexcept {
  return only_there.empty() && std::ranges::all_of(compared, [](compared_file const& one) {
           return one.fate == file_fate::unchanged && one.superseded.empty() && one.others.empty();
         });
}

WAYBILL_DECL result<directory_comparison> compare_directory(api const& platform, std::string const& dataset,
                                                            std::string const& directory, proof how,
                                                            stat_cache const* cache, job_control const& control) {
  directory_comparison out;
  auto files = list_local(directory, platform.version(), cache, control);
  if (!files) return files.error();
  out.files = std::move(*files);
  if (auto const there = get_dataset(platform, dataset); !there) return there.error();
  auto contents = read_contents(platform, dataset);
  if (!contents) return contents.error();
  out.stored_files = contents->files.size();
  auto compared = compare_files(platform, out.files, *contents, how, control);
  if (!compared) return compared.error();
  out.compared = std::move(*compared);
  for (auto& stored : contents->files)
    if (!std::ranges::binary_search(out.files, stored.path, walk_less{}, &local_file::key))
      out.only_there.push_back(std::move(stored));
  return out;
}

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

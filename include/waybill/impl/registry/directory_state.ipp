#pragma once

#include <waybill/registry/directory_state.hpp>

#include <waybill/manifest/manifest.hpp>
#include <waybill/manifest/quilt_hash.hpp>
#include <waybill/registry/hash_draft.hpp>
#include <waybill/scan/content.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI::detail {

/// What a directory must be hashed with so that files that did not change can keep the digest their manifest holds.
inline std::vector<algorithm> algorithms_of(manifest const* base) {
  std::vector<algorithm> out{algorithms::sha2_256_chunked};
  if (base == nullptr) return out;
  for (auto const& e : base->entries())
    if (auto const* d = quilt::written_digest(e); d != nullptr && std::ranges::find(out, d->kind()) == out.end())
      out.push_back(d->kind());
  return out;
}

WAYBILL_DECL result<scanned_tree> scan_for(manifest const* base, std::string const& directory, stat_cache const* cache,
                                           job_control const& control, symlink_policy symlinks) {
  scan_options options;
  options.symlinks = symlinks;
  options.algorithms = algorithms_of(base);
  options.cache = cache;
  return scan_tree(directory, options, control);
}

/// Hashes a directory for a registry behind a network: the sums of what is read are kept for sending.
inline result<directory_state> read_for_sending(manifest const* base, std::string const& directory,
                                                stat_cache const* cache, placeholder_set const& placeholders,
                                                job_control const& control, part_sums& parts, symlink_policy symlinks) {
  auto const tree = scan_tree(directory, {.symlinks = symlinks, .stat_only = true}, control);
  if (!tree) return tree.error();
  auto const kinds = ordered_algorithms(algorithms_of(base));
  bool const usable = cache != nullptr && std::ranges::equal(cache->algorithms(), kinds);
  directory_state out{*tree, {}};
  auto& entries = out.files.entries;
  entries = tree->entries();
  std::vector<file_state> states;
  std::vector<entry*> unknown;
  auto const looked = tree->for_each([&](scanned_file const& file) -> result<void> {
    auto& e = entries[states.size()];
    states.push_back(file.state);
    auto known = usable ? cache->find(file.key, file.state) : std::nullopt;
    if (known) e.digests = std::move(*known);
    else unknown.push_back(&e);
    return {};
  });
  if (!looked) return looked.error();
  std::vector<unsigned char> marked;
  if (auto const ok = hash_entries(unknown, kinds, control, &parts, &marked); !ok) return ok.error();
  if (unknown.empty()) return out;
  std::vector<bool> kept(entries.size(), true);  // no cache keeps a file that looks like a placeholder
  for (std::size_t i = 0; i < unknown.size(); ++i) {
    if (marked[i] == 0) continue;
    auto const at = static_cast<std::size_t>(unknown[i] - entries.data());
    kept[at] = false;
    auto& e = entries[at];
    std::string const key = e.key.str();
    settle_placeholder(out.files, e, {key, {}, states[at], e.digests, false, true}, placeholders);
  }
  out.fresh.emplace(tree->root(), kinds);
  for (std::size_t i = 0; i < states.size(); ++i)
    if (kept[i]) out.fresh->add(entries[i].key, states[i], entries[i].digests);
  return out;
}

WAYBILL_DECL result<directory_state> read_directory(manifest const* base, std::string const& directory,
                                                    stat_cache const* cache, placeholder_set const& placeholders,
                                                    job_control const& control, part_sums* parts,
                                                    symlink_policy symlinks) {
  if (parts != nullptr) return read_for_sending(base, directory, cache, placeholders, control, *parts, symlinks);
  auto tree = scan_for(base, directory, cache, control, symlinks);
  if (!tree) return tree.error();
  auto files = entries_of(*tree, placeholders);
  return directory_state{std::move(*tree), std::move(files)};
}

}  // namespace waybill::inline WAYBILL_ABI::detail

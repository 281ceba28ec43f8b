#pragma once

#include <waybill/registry/hash_draft.hpp>

#include <waybill/core/shown_url.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/scan/content.hpp>
#include <waybill/scan/hash_file.hpp>
#include <waybill/scan/pool.hpp>
#include <waybill/store/transfer.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline physical_key const* file_place(entry const& e) noexcept {
  auto const at = std::ranges::find_if(e.places, [](physical_key const& p) { return p.is_file(); });
  return at == e.places.end() ? nullptr : &*at;
}

inline error placeholder_error(logical_key const& key, std::string const& path) {
  return make_error(errc::refused,
                    "'" + printable(key.str()) +
                        "' would be a placeholder instead of data; fetch the file (waybill fetch), or leave the entry "
                        "as the package has it",
                    printable(path));
}

/// What of a file is wanted; the sums of its parts are kept where sha2-256-chunked is all of it.
inline result<hashed_file> hash_for_draft(std::string const& path, std::span<algorithm const> kinds,
                                          job_control const& control, part_sums* parts) {
  if (parts == nullptr || kinds.size() != 1) return hash_file(path, kinds, control);
  std::vector<std::byte> sums;
  auto hashed = hash_file_parts(path, sums, control);
  if (hashed) parts->keep(*hashed->digests.find(algorithms::sha2_256_chunked), sums);
  return hashed;
}

inline result<void> hash_draft_entry(entry& e, std::span<algorithm const> wanted, job_control const& control,
                                     part_sums* parts, progress_counter& counter, unsigned char* mark) {
  auto const* place = file_place(e);
  if (place == nullptr)
    return make_error(errc::unsupported,
                      "points to " + (e.places.empty() ? std::string{"nowhere"} : shown_url(e.places.front().url())) +
                          ", whose size and digest are not known; give them when it is added, or set a local file",
                      printable(e.key.str()));
  std::vector<algorithm> kinds{algorithms::sha2_256_chunked};
  kinds.insert(kinds.end(), wanted.begin(), wanted.end());
  for (auto const& d : e.digests) kinds.push_back(d.kind());
  kinds = ordered_algorithms(kinds);
  auto const path = place->file_path();
  auto hashed = hash_for_draft(path, kinds, control, parts);
  if (!hashed) return hashed.error();
  if (hashed->looks_like_placeholder) {
    if (mark == nullptr) return placeholder_error(e.key, path);
    *mark = 1;
  }
  if (auto const same = check_digests(e.digests, hashed->digests, path); !same) return same;
  e.size = hashed->state.size;
  if (auto const* d = hashed->digests.find(algorithms::sha2_256_chunked)) e.digests.insert(*d);
  for (auto const a : wanted)
    if (auto const* d = hashed->digests.find(a)) e.digests.insert(*d);
  counter.expect(0, *e.size);
  counter.done(1, *e.size);
  return {};
}

WAYBILL_DECL result<void> hash_draft(manifest_builder& draft, job_control const& control, part_sums* parts) {
  std::vector<entry*> todo;
  for (auto const& [key, e] : draft.entries()) {
    if (e.size && (!e.digests.empty() || !e.foreign_hash.is_null())) continue;
    auto const at = draft.edit(key);
    if (!at) return at.error();
    todo.push_back(*at);
  }
  return hash_entries(todo, {}, control, parts, nullptr);
}

WAYBILL_DECL result<void> hash_entries(std::span<entry* const> todo, std::span<algorithm const> kinds,
                                       job_control const& control, part_sums* parts,
                                       std::vector<unsigned char>* marked) {
  if (marked != nullptr) marked->assign(todo.size(), 0);
  progress_counter counter{control.on_progress, "hash"};
  counter.expect(todo.size(), 0);
  // Few large files share the workers, many small ones get one each.
  auto const workers = worker_count(control);
  auto const each = todo.size() < workers ? workers / static_cast<unsigned>(std::max<std::size_t>(todo.size(), 1)) : 1U;
  job_control const inner{std::max(each, 1U), {}, control.stop};
  auto const done = parallel_for(todo.size(), control, [&](unsigned, std::size_t i) {
    return hash_draft_entry(*todo[i], kinds, inner, parts, counter, marked != nullptr ? &(*marked)[i] : nullptr);
  });
  counter.flush();
  return done;
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

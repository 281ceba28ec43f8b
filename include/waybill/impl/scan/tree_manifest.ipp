#pragma once

#include <waybill/scan/tree_manifest.hpp>

#include <waybill/manifest/block.hpp>
#include <waybill/manifest/top_hash.hpp>
#include <waybill/manifest/writer.hpp>
#include <waybill/scan/pool.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::size_t files_in_a_block = 1024;

/// Calls `add(worker, entry)` for each file, block by block on all workers, and `take(worker)` block after block in
/// walk order. The entry is one a worker, used again for each file; only of its place is it said whether it is wanted.
template <class Add, class Take>
result<void> encode_tree(scanned_tree const& tree, job_control const& control, bool with_places, Add const& add,
                         Take const& take) {
  auto const starts = tree.starts(files_in_a_block);
  auto const make = [&](unsigned worker, std::size_t index) {
    entry e{.key = logical_key::trusted({}), .size = 0, .digests = {}, .places = {}};
    return tree.for_each_from(starts[index], files_in_a_block, [&](scanned_file const& file) {
      e.key = logical_key::trusted(std::string{file.key});
      e.size = file.state.size;
      e.digests = file.digests;
      if (with_places) e.places.assign(1, physical_key::file(file.path));
      return add(worker, e);
    });
  };
  return parallel_in_order(starts.size(), control, make, [&](unsigned worker, std::size_t) { return take(worker); });
}

}  // namespace detail

WAYBILL_DECL result<digest> write_manifest(byte_sink& sink, manifest_header const& header, scanned_tree const& tree,
                                           job_control const& control) {
  auto writer = manifest_writer::begin(sink, header);
  if (!writer) return writer.error();
  std::vector<manifest_block> blocks(worker_count(control));
  auto const add = [&](unsigned worker, entry const& e) { return blocks[worker].add(e); };
  auto const take = [&](unsigned worker) {
    auto const appended = writer->append(blocks[worker]);
    blocks[worker].clear();
    return appended;
  };
  if (auto const done = detail::encode_tree(tree, control, true, add, take); !done) return done.error();
  return writer->finish();
}

WAYBILL_DECL result<digest> top_hash_of(scanned_tree const& tree, manifest_header const& header,
                                        job_control const& control) {
  top_hasher hash{header};
  std::vector<std::string> texts(worker_count(control));
  auto const add = [&](unsigned worker, entry const& e) { return quilt::append_hashed_entry(texts[worker], e); };
  auto const take = [&](unsigned worker) -> result<void> {
    hash.add_text(texts[worker]);
    texts[worker].clear();
    return {};
  };
  if (auto const done = detail::encode_tree(tree, control, false, add, take); !done) return done.error();
  return hash.finish();
}

}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/fwd.hpp>
#include <waybill/scan/tree.hpp>

namespace waybill::inline WAYBILL_ABI {

/** Writes the manifest that the files of a tree make, encoded by all workers.

    Each place is the file's `file://` URL. Memory: two blocks of a thousand entries a worker.
    @pre the tree was hashed
    @return the top hash
    @errors as manifest_writer; errc::interrupted
    @format docs/formats.md#quilt-manifest
*/
[[nodiscard]] WAYBILL_DECL result<digest> write_manifest(byte_sink& sink, manifest_header const& header,
                                                         scanned_tree const& tree, job_control const& control = {});

/// The top hash of that manifest, without making it.
/// @pre the tree was hashed  @errors as top_hasher::add; errc::interrupted
[[nodiscard]] WAYBILL_DECL result<digest> top_hash_of(scanned_tree const& tree, manifest_header const& header,
                                                      job_control const& control = {});

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/tree_manifest.ipp>
#endif

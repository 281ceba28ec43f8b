#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/manifest/reader.hpp>

namespace waybill::inline WAYBILL_ABI {

/** Reads a whole manifest as the function of manifest/part.hpp does, on several threads when it is large: the same
    manifest, and the same error.
    @param control  its workers and its stop  @errors also errc::interrupted
    @complexity     as there, and some 500 KiB of text a worker */
[[nodiscard]] WAYBILL_DECL result<manifest> load_manifest(byte_source& source, job_control const& control,
                                                          read_limits limits = {});

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/load_manifest.ipp>
#endif

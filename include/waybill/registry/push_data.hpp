#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/builder.hpp>
#include <waybill/registry/push_plan.hpp>
#include <waybill/registry/registry.hpp>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/** Copies a draft's bytes into a registry, and points the draft there once all of them are on disk.
    @pre    every entry has its size and a hash
    @errors as package_builder::push_data; a local file that changed loses its size and digest, so that a build hashes
            it again */
[[nodiscard]] WAYBILL_DECL result<transfer_report> push_draft(manifest_builder& draft, registry& to,
                                                              push_data_options const& options,
                                                              job_control const& control);

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/push_data.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>
#include <waybill/registry/registry.hpp>

#include <string>

namespace waybill::inline WAYBILL_ABI {

/** Copies a local file's bytes into a registry, as an object named by their digest, unless they are there.

    @param store  false: nothing is copied, the answer is the same
    @return its content as params of an action say it (history/content.hpp)
    @errors errc::file_not_found; errc::source_changed when it changes meanwhile; as hash_file; the store's */
[[nodiscard]] WAYBILL_DECL result<json::value> store_file(registry& to, std::string const& path, bool store,
                                                          job_control const& control = {});

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/stored_file.ipp>
#endif

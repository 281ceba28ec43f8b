#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/store/any_store.hpp>
#include <waybill/store/object.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// So many keys are asked for one by one; beyond, a listing is tried first.
inline constexpr std::size_t asked_one_by_one = 32;

/** What a store behind a network has under keys, found out with few questions.

    Many keys are looked for in one listing of what their names begin with: a page of it is as good as hundreds of
    questions. It is given up where the store turns out to hold far more than is asked for, and the rest is asked for
    one by one, on all workers.
    @param keys  in byte order, each once
    @return      one for each key, empty for what is not there; with version ids where the store keeps versions. Who may
                 not look is told that nothing is there, and finds out more when storing
    @errors      the store's; interrupted */
[[nodiscard]] WAYBILL_DECL result<std::vector<std::optional<object_info>>> find_objects(
    any_store const& store, std::span<std::string const> keys, job_control const& control);

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/presence.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/history/play.hpp>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/// The error of an action that was to be done and cannot be: its code is the reason, its path where, its detail what
/// helps.
[[nodiscard]] WAYBILL_DECL error refusal(conflict const& why);

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/refusal.ipp>
#endif

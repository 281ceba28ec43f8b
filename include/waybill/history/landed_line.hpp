#pragma once

#include <waybill/config.hpp>
#include <waybill/history/timeline.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/// Params that are kept with an action on request: bytes of their text at most.
inline constexpr std::size_t kept_params = 4096;

/** Adds an effective action as a line of a checkpoint, its end included.
    @param with_params  false: without its params, but for what it covers: only a replay needs them, and who shows them.
                        True keeps those that are not larger than kept_params, too
    @format docs/history.md#checkpoints */
WAYBILL_DECL void append_landed_line(std::string& out, landed const& a, bool with_params);

/** Reads such a line: what has no escapes and no params where it stands, several times as fast as a document is read.
    @param line  without its end  @return empty for anything but what was written */
[[nodiscard]] WAYBILL_DECL std::optional<landed> read_landed_line(std::string_view line);

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/landed_line.ipp>
#endif

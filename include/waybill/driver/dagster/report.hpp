#pragma once

#include <waybill/config.hpp>
#include <waybill/json/value.hpp>
#include <waybill/protocol/dagster_pipes/metadata.hpp>

#include <cstddef>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {

/** What a command says of its result, as metadata: the members of its JSON document but `schema`, each of its own type.

    A text that is long is cut, and of a list or an object that is, the number of its items is told, so that the message
    stays below what is written at once; what finds no room at all is counted in `left_out`.
    @complexity O(document) */
[[nodiscard]] WAYBILL_DECL dagster_pipes::metadata metadata_of(json::value const& document);

/// Bytes of a message that metadata may take; the rest is for the frame and what comes beside them.
inline constexpr std::size_t metadata_room = std::size_t{48} << 10;

/// Bytes that metadata take in a message.
[[nodiscard]] WAYBILL_DECL std::size_t room_of(dagster_pipes::metadata const& m);

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dagster/report.ipp>
#endif

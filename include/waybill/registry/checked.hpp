#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/scan/content_provider.hpp>
#include <waybill/scan/partial.hpp>

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

namespace waybill::inline WAYBILL_ABI {

/** An entry's bytes for somebody who cannot take back what he passed on: a pipe, a terminal.

    Bytes that may be damaged on their way (`content_provider::attempts`) are all read and checked before the first of
    them is given out, and asked for again while they are wrong. Up to 8 MiB wait in memory, more in a file of
    `directory` that has no name and ends with the source, or, where there are `partials`, in one of these until they
    are checked. What lies on this machine is a stream at once: reading it again would not mend it, and its last read
    fails where it is wrong.
    @param directory  made with its parents when it is needed
    @param partials   keeps what was fetched of a large entry when that stops, and is gone on with; may be null
    @errors errc::size_mismatch, digest_mismatch (also of the source's reads); unknown_algorithm; the provider's; system
            errors of `directory`; interrupted where there are `partials`
*/
[[nodiscard]] WAYBILL_DECL result<std::unique_ptr<byte_source>> open_checked(entry const& e, content_provider& from,
                                                                             std::string const& directory,
                                                                             partial_files const* partials = nullptr,
                                                                             std::stop_token const& stop = {});

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/checked.ipp>
#endif

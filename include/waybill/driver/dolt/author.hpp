#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/dolt/session.hpp>
#include <waybill/error.hpp>

#include <string>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/** Who commits, as `name <mail>`: on a directory what `dolt config` says, or waybill itself where it says nothing; on a
    server nobody, so that the server names the user who is logged in.
    @errors as dialogue::start; errc::file_not_found for no `dolt` */
[[nodiscard]] WAYBILL_DECL result<std::string> author_of(connection const& c);

/// The author in the lines `key = value` of `dolt config --list`; empty where name or mail are missing.
[[nodiscard]] WAYBILL_DECL std::string author_in(std::string_view settings);

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dolt/author.ipp>
#endif

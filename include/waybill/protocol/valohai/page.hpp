#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// One page of a list.
struct page {
  json::array results{};
  bool says_next = false;             ///< the answer has a member `next`, be it null
  std::optional<std::string> next{};  ///< the query of the next page's URL, without `?`; empty behind the last page
};

/** Reads a page: `{"count", "next", "previous", "results"}`, or the results alone.

    Of `next` only the query is kept: the next page is asked where this one was, so that no answer can lead the token to
    another host, and a server that takes itself for `http://` behind its proxy does no harm.
    @errors errc::wrong_type, missing_member; malformed_url where `next` has no query
    @format Django REST framework, LimitOffsetPagination */
[[nodiscard]] WAYBILL_DECL result<page> read_page(json::value body);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/page.ipp>
#endif

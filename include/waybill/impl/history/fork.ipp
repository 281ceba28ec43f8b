#pragma once

#include <waybill/history/fork.hpp>

#include <string>

namespace waybill::inline WAYBILL_ABI {
namespace history {

WAYBILL_DECL change fork(dataset const& upstream, fork_point const& at, std::string_view id, std::string_view name,
                         std::string_view description, stamp const& by) {
  change out;
  out.records.push_back(
      {by, records::opened{std::string{id}, std::string{name}, upstream.line.root, {}, at, std::string{description}}});
  (void)apply(out.after, out.records.front(), &upstream);  // the first record of an empty timeline always follows
  return out;
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

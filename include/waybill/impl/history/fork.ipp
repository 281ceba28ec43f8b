#pragma once

#include <waybill/history/fork.hpp>

#include <string>

namespace waybill::inline WAYBILL_ABI {
namespace history {

WAYBILL_DECL record fork_record(dataset_end const& upstream, std::string_view id, std::string_view name,
                                std::string_view description, stamp const& by) {
  return {by, records::opened{
                  std::string{id}, std::string{name}, upstream.root, {}, upstream.at, std::string{description}}};
}

WAYBILL_DECL change fork(dataset const& upstream, fork_point const& at, std::string_view id, std::string_view name,
                         std::string_view description, stamp const& by) {
  auto end = end_of(upstream.line, at.records, at.sum);
  end.at = at;
  change out{{}, {fork_record(end, id, name, description, by)}};
  (void)apply(out.after, out.records.front(), &upstream);  // the first record of an empty timeline always follows
  return out;
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

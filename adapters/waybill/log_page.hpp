#pragma once

#include <waybill/registry/package_history.hpp>

#include <string>
#include <utility>
#include <vector>

namespace waybill_cli {

/** One page that shows a package's history: every record of its log in order, each opening to its changes.

    It needs no server, no script and nothing from elsewhere, and shows names as text whatever they hold.
    @param opened  with every action's params
    @param forks   ids and names of the packages that were forked from it */
[[nodiscard]] std::string log_page(waybill::opened_history const& opened,
                                   std::vector<std::pair<std::string, std::string>> const& forks);

}  // namespace waybill_cli

#pragma once

#include <CLI/CLI.hpp>

#include <waybill/error.hpp>
#include <waybill/lineage/record_store.hpp>

#include <string>

#include "common/context.hpp"

namespace waybill_cli {

/// `--store`: where run records are kept.
void add_store(CLI::App& sub, std::string& store);

/** The run records: a place that a flag names, else `WAYBILL_LINEAGE`, else those beside the registry.
    @param create  make a directory that is missing; a dry run gets an empty store in memory then
    @errors errc::file_not_found where there are none yet; unsupported for places of other kinds; as open_bucket */
[[nodiscard]] waybill::result<waybill::lineage::record_store> open_records(context const& world,
                                                                           std::string const& store, bool create);

/// A database as records name it: a directory without needless parts of its path, so that `./db/` is `db`.
[[nodiscard]] std::string database_name(std::string const& db);

}  // namespace waybill_cli

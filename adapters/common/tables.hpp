#pragma once

#include <waybill/driver/table/database.hpp>
#include <waybill/error.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/application.hpp"
#include "common/context.hpp"

namespace waybill_cli {

enum class tables_use : std::uint8_t { read, write };

/// `--dolt`: Dolt's own program.
void add_dolt(CLI::App& sub, std::string& program);

/** Opens a database of tables by its name: a directory, of Dolt where there is a `.dolt` in it and else of snapshots in
    the registry that the settings name, or a server `dolt://user@host:port/db`.
    @param program  Dolt's own, as add_dolt took it; empty: the one that WAYBILL_DOLT names, else `dolt` on the PATH. A
                    database that others use is waited for
    @param use  a registry that is written to is made when it is missing
    @errors as context::open_registry; errc::unsupported for another kind of name */
[[nodiscard]] waybill::result<std::unique_ptr<waybill::table::database>> open_tables(context const& world,
                                                                                     std::string const& db,
                                                                                     std::string const& program,
                                                                                     tables_use use);

/** Reads a schema from a file. @param primary_key  is put in the place of the file's where it is not empty
    @errors errc::file_not_found; as table::parse_schema, behind the file's name; system errors */
[[nodiscard]] waybill::result<waybill::table::schema> read_table_schema(std::string const& file,
                                                                        std::vector<std::string> const& primary_key);

}  // namespace waybill_cli

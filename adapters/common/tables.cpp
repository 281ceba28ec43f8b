#include "common/tables.hpp"

#include <waybill/core/in_file.hpp>
#include <waybill/core/shown_url.hpp>
#include <waybill/driver/dolt/database.hpp>
#include <waybill/driver/snapshots/open.hpp>
#include <waybill/scan/file.hpp>

#include <unistd.h>

#include <filesystem>

#include "common/client.hpp"

namespace waybill_cli {
namespace table = waybill::table;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

bool is_of_dolt(std::string const& db) {
  std::error_code none;
  return db.starts_with("dolt://") || std::filesystem::is_directory(db + "/.dolt", none);
}

std::vector<std::string> whole_environment() {
  std::vector<std::string> out;
  for (char const* const* variable = ::environ; *variable != nullptr; ++variable) out.emplace_back(*variable);
  return out;
}

}  // namespace

void add_dolt(CLI::App& sub, std::string& program) {
  sub.add_option("--dolt", program, "Dolt's own program (default: WAYBILL_DOLT, else dolt on the PATH)");
}

result<std::unique_ptr<table::database>> open_tables(context const& world, std::string const& db,
                                                     std::string const& program, tables_use use) {
  if (is_of_dolt(db))
    return waybill::dolt::open_dolt(
        db, {.program = program.empty() ? environment("WAYBILL_DOLT").value_or("dolt") : program,
             .environment = whole_environment(),
             .wait = {.sleep = sleep_until(world.stop)}});
  if (db.find("://") != std::string::npos)
    return make_error(errc::unsupported, "a database is a directory, or dolt://user@host:port/db",
                      waybill::shown_url(db));
  auto const home = use == tables_use::write ? world.open_registry_to_push() : world.open_registry();
  if (!home) return home.error();
  return table::open_snapshots(*home, {.directory = db,
                                       .name = db,
                                       .now = [] { return context::now(); },
                                       .suffix = [] { return context::author().nonce().substr(0, 8); }});
}

result<table::schema> read_table_schema(std::string const& file, std::vector<std::string> const& primary_key) {
  auto const text = waybill::read_file(file, std::size_t{8} << 20);
  if (!text) return text.error();
  auto read = table::parse_schema(*text);
  if (!read) return in_file(read.error(), file);
  if (primary_key.empty()) return read;
  read->primary_key = primary_key;
  auto good = table::checked(std::move(*read));
  if (!good) return in_file(good.error(), file);
  return good;
}

}  // namespace waybill_cli

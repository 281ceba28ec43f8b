#pragma once

#include <waybill/driver/dolt/database.hpp>

#include <waybill/driver/dolt/committing.hpp>
#include <waybill/driver/dolt/comparing.hpp>
#include <waybill/driver/dolt/place.hpp>
#include <waybill/driver/dolt/reading.hpp>
#include <waybill/driver/dolt/writing.hpp>
#include <waybill/protocol/dolt/address.hpp>

#include <sys/stat.h>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

WAYBILL_DECL result<lineage::table_version> dolt_database::read(table::read_request const& what, byte_sink& csv) {
  return read_table(at_, what, csv);
}

WAYBILL_DECL result<lineage::table_version> dolt_database::write(table::write_request const& what, byte_source& csv) {
  return write_table(at_, what, csv);
}

WAYBILL_DECL result<std::vector<table::committed>> dolt_database::commit(table::commit_request const& what) {
  return commit_tables(at_, what);
}

WAYBILL_DECL result<void> dolt_database::diff(std::string_view table, std::string_view from, std::string_view to,
                                              table::change_visitor const& visit) {
  return compare_table(at_, table, from, to, visit);
}

WAYBILL_DECL result<std::string> dolt_database::commit_of(std::string_view name) {
  return repeat(at_.wait, [&]() -> result<std::string> {
    auto in = session::open(at_);
    if (!in) return in.error();
    return resolve(*in, name);
  });
}

WAYBILL_DECL result<std::unique_ptr<table::database>> open_dolt(std::string name, open_options how) {
  auto address = parse_address(name);
  if (!address) return address.error();
  struct stat about{};
  if (!address->server && (::stat((address->directory + "/.dolt").c_str(), &about) != 0 || !S_ISDIR(about.st_mode)))
    return make_error(errc::file_not_found, "there is no Dolt database; make one with `dolt init`, or name another",
                      name);
  connection at{std::move(*address), std::move(name), std::move(how.program), std::move(how.environment),
                std::move(how.wait)};
  return std::make_unique<dolt_database>(std::move(at));
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

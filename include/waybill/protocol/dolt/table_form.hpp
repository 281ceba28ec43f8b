#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/table/row_changes.hpp>
#include <waybill/protocol/table/schema.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/// A table as far as it matters for writing to it.
struct table_form {
  std::string name{};
  table::schema columns{};
  bool more_unique_keys = false;  ///< than its primary key
  friend bool operator==(table_form const&, table_form const&) = default;
};

/** Reads the answers to `SHOW COLUMNS FROM t` and `SHOW INDEX FROM t`, without their headers.
    @errors errc::unsupported for answers of another form
    @format MySQL 8.0 manual, sections 15.7.7.5 and 15.7.7.22; as Dolt 1.83.2 answers */
[[nodiscard]] WAYBILL_DECL result<table_form> read_table_form(std::string name, std::span<table::row const> columns,
                                                              std::span<table::row const> indexes);

/// The statement that makes a table, without an end. @pre table::checked had nothing against the columns
[[nodiscard]] WAYBILL_DECL std::string create_table_text(std::string_view name, table::schema const& columns);

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/dolt/table_form.ipp>
#endif

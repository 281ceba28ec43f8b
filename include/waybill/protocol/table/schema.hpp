#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/// A column of a table.
struct column {
  std::string name{};
  std::string type{};    ///< as SQL says it, in lower case: `bigint`, `varchar(200)`, `decimal(10,2)`
  bool nullable = true;  ///< never for a column of the primary key
  friend bool operator==(column const&, column const&) = default;
};

/// What the rows of a table are made of.
struct schema {
  std::vector<column> columns{};
  std::vector<std::string> primary_key{};  ///< names of columns, in order
  friend bool operator==(schema const&, schema const&) = default;
};

/// A name of a table or column: 1 to 64 code points of UTF-8, no control characters, no space at the end.
/// @errors errc::malformed_table
[[nodiscard]] WAYBILL_DECL result<void> check_name(std::string_view name);

/** A schema that can be used: names are names, and stand once each, in whatever case; types are types (see
    sql_type.hpp), and written in the kit's form; the primary key has at least one column, no text or bytes without a
    length, and no NULL.

    @return the schema with its types in that form, and columns of the primary key not nullable
    @errors errc::malformed_table, wrong_type; the path is the JSON pointer of the member */
[[nodiscard]] WAYBILL_DECL result<schema> checked(schema s);

/** Reads a schema's JSON form: `{"columns":[{"name","type","nullable"}],"primary_key":[…]}`. `nullable` may be left
    out: true. Other members are for later versions, and are passed over.

    @errors as json::parse and `checked`; errc::missing_member, wrong_type
    @format docs/formats.md#tables */
[[nodiscard]] WAYBILL_DECL result<schema> parse_schema(std::string_view text);

/// That form, as a document. @pre the schema was checked
[[nodiscard]] WAYBILL_DECL json::value to_json(schema const& s);

/// Names of the columns, in order.
[[nodiscard]] WAYBILL_DECL std::vector<std::string> names_of(schema const& s);

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/table/schema.ipp>
#endif

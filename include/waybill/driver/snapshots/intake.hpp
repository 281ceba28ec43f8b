#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/driver/snapshots/rows_file.hpp>
#include <waybill/driver/table/database.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/table/schema.hpp>
#include <waybill/scan/beneath.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/// A table that is written to, as its writer sees it; `open` gives its rows.
struct table_before {
  schema columns;
  std::function<result<readable_rows>()> open;
};

/// A state that was made of what was there and what came.
struct taken_rows {
  rows_writer rows;  ///< finished, without a name
  schema columns;
  std::string hash;
};

/** Makes a table's next state of rows as CSV, in whatever order they come.

    A new table has the columns that are asked for, or those its values say (see schema_inference). Rows that replace
    all others may be of another schema, if one is given; else columns of the table that the CSV lacks stay as they are,
    and are NULL in new rows.
    @param in  for files that hold what does not fit into memory; none stays
    @errors errc::usage for a new table without a primary key, and for another one than the table has; malformed_table
            for a column that the table has not, and for NULL where there may be none; wrong_type for a value that its
            column cannot hold; collision for a key that is there already (append) or stands twice (append, replace);
            the place is `line L, column 'name'`; as csv_table; the source's; system errors */
[[nodiscard]] WAYBILL_DECL result<taken_rows> take_rows(root_directory const& in, write_request const& what,
                                                        std::optional<table_before> const& before, byte_source& csv);

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/snapshots/intake.ipp>
#endif

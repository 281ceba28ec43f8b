#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/metaflow/question.hpp>
#include <waybill/driver/table/database.hpp>
#include <waybill/error.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace metaflow {

/// Opens a database by the name that a record has of it.
using database_opener = std::function<result<std::unique_ptr<table::database>>(std::string const& name)>;

/// Where the rows of a read or write are; `why_none` says it where they cannot be had.
struct use_rows {
  std::optional<std::string> file{};
  std::optional<std::string> why_none{};
};

/** Writes the rows of what was read or written, at exactly the commit that is recorded, into CSV files.

    A file is `<directory>/<run>/<step>/<n>.<table>.csv`, names percent-encoded as in keys of records; `n` counts the
    uses of a step from 0. Uses of the same rows share the file of the first of them. There are no rows of what was
    never committed, nor of a working set that was read before it was, nor of packages.
    @return the rows of each use, in the order of the answers
    @errors the databases', those of file_delivery */
[[nodiscard]] WAYBILL_DECL result<std::vector<std::vector<use_rows>>> write_rows(std::vector<step_uses> const& answers,
                                                                                 std::string const& directory,
                                                                                 database_opener const& open);

}  // namespace metaflow
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/metaflow/rows.ipp>
#endif

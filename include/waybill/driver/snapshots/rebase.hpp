#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/snapshots/versions.hpp>
#include <waybill/driver/snapshots/written_tables.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/beneath.hpp>

#include <cstdint>
#include <optional>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/// How a written table stands to the commit that is latest.
enum class standing : std::uint8_t {
  ahead,    ///< it can be committed on top
  same,     ///< the commit holds the same table
  conflict  ///< somebody else changed the same rows, or the columns, differently
};

/// Commits that a merge looks at; each empty where there is none.
struct merge_versions {
  std::optional<table_version_set> const& base;
  std::optional<table_version_set> const& latest;
};

/** Makes a written table one that was made from the latest commit: what others changed since is merged into it, row by
    row (see merge_rows), and the state that is kept is the merged one. Columns are those of the side that changed them.

    @param state  becomes the state that is kept, where there is something to merge; else it is unchanged
    @errors as merge_rows, package::open_entry, written_tables::keep */
[[nodiscard]] WAYBILL_DECL result<standing> rebase(root_directory const& in, written_tables const& writer,
                                                   written_table& state, merge_versions const& versions);

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/snapshots/rebase.ipp>
#endif

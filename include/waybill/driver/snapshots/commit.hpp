#pragma once

#include <waybill/config.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/driver/table/database.hpp>
#include <waybill/error.hpp>
#include <waybill/registry/reference.hpp>
#include <waybill/registry/registry.hpp>
#include <waybill/scan/beneath.hpp>

#include <functional>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/// Where snapshots are committed.
struct commit_place {
  registry& to;
  package_name name;
  root_directory const& in;  ///< what was written and not committed
  std::string db;            ///< the database's name, for answers
  std::function<timestamp()> now;
};

/** Commits tables of one writer as one version of the package, tagged `commit-<16 digits of its hash>`.

    The version is the latest one with exactly these tables changed. Where the latest is not what they were made from,
    it is merged first (see rebase), and again while others commit. Where that is a conflict, the version is kept aside
    the branch, tagged `conflict-…`, with this writer's tables as they are, and his state is forgotten.
    A writer who was killed is found to have committed, or commits now.
    @return one answer, none where he has nothing to commit and `allow_empty` is off, or two where he was killed and
            wrote on
    @errors errc::lost_race after 64 lost races; as rebase, package_builder::push_data, publish_onto */
[[nodiscard]] WAYBILL_DECL result<std::vector<committed>> commit_tables(commit_place const& place,
                                                                        writer_tables const& who,
                                                                        std::string const& message, bool allow_empty);

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/snapshots/commit.ipp>
#endif

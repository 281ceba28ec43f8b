#pragma once

#include <waybill/algebra/diff.hpp>
#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/driver/dagster/request.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/dagster_pipes/metadata.hpp>
#include <waybill/registry/checkout.hpp>
#include <waybill/registry/registry.hpp>
#include <waybill/scan/stat_cache.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {

/** A dataset's directory: real, and below the volume without a link on the way.
    @errors errc::file_not_found; unsafe_path where a part of the path is a link; system errors */
[[nodiscard]] WAYBILL_DECL result<std::string> dataset_directory(std::string const& root, std::string_view dataset);

struct registry_load_options {
  std::vector<std::string> tags{};
  timestamp now{};
  stat_cache const* cache = nullptr;  ///< of the directory; may be null
  bool dry_run = false;
};

/// A dataset that became a version of a package.
struct registry_load {
  std::string directory;
  package_name name;
  push_directory_report push;
  diff changes;            ///< against the version before
  std::uint64_t held = 0;  ///< entries of the version whose bytes the registry has
  bool as_scanned = true;  ///< false: the directory holds something else than when it was scanned, as far as is known

  /// True when the version can be read back and all its bytes are there.
  [[nodiscard]] bool arrived() const noexcept { return held == push.pushed.entries().size(); }
};

/** Pushes a dataset's directory as the next version of a package, and looks whether it arrived: the manifest is read
    back and checked, and the bytes of every entry are looked for (behind a network the push itself has seen to that).
    @param directory  as dataset_directory gives it  @errors as push_directory and registry::load */
[[nodiscard]] WAYBILL_DECL result<registry_load> load_to_registry(registry& to, load_request const& request,
                                                                  std::string const& directory,
                                                                  package_name const& name,
                                                                  registry_load_options const& options,
                                                                  job_control const& control = {});

/// What Dagster is told of it: names, numbers, and a table of the first changes.
[[nodiscard]] WAYBILL_DECL dagster_pipes::metadata metadata_of(registry_load const& done, load_request const& request,
                                                               std::string const& location);

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dagster/registry_load.ipp>
#endif

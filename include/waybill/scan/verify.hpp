#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/scan/placeholder.hpp>
#include <waybill/scan/stat_cache.hpp>
#include <waybill/scan/tree.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// How one name of a directory differs from a manifest.
enum class tree_difference_kind : std::uint8_t {
  missing,    ///< in the manifest, not in the directory
  extra,      ///< in the directory, not in the manifest
  size,       ///< another size
  content,    ///< same size, another digest
  unknown,    ///< same size, and the manifest has no digest the kit can compute
  not_a_file  ///< a directory, link or device stands where the file should be
};

/// Stable word for `--json`.
[[nodiscard]] WAYBILL_DECL std::string_view name_of(tree_difference_kind k) noexcept;

struct tree_difference {
  std::string key;
  tree_difference_kind kind;
  std::string detail;  ///< a sentence for people: sizes or digests on both sides
};

/** Each difference between a directory and a manifest, in walk order; none means they match.

    Files are hashed with the algorithm their entry holds, all of them: there is no early stop. Files of the tree that
    `.quiltignore` leaves out are no extras.
    @param options  the cache and symlink policy; `algorithms` is chosen here
    @errors as scan_tree
*/
[[nodiscard]] WAYBILL_DECL result<std::vector<tree_difference>> verify_directory(std::string const& directory,
                                                                                 manifest const& m,
                                                                                 scan_options options = {},
                                                                                 job_control const& control = {});

/// What became of a directory in which placeholders may stand.
struct lazy_verification {
  std::vector<tree_difference> differences;  ///< walk order
  std::uint64_t placeholders = 0;            ///< files that were not fetched; without other differences
  /// What the directory's stat cache is to hold, where files were read that it did not know; empty without a cache.
  std::optional<stat_cache_writer> fresh{};
};

/** The same for a directory in which files were not fetched: a placeholder counts as the entry that it stands for.

    It is a difference only where that entry differs from the manifest's. A placeholder that was changed, or stands
    under another key, is a difference like any other file.
    @param known  of the version whose placeholders stand there; files of their size are read to tell them
    @errors as verify_directory */
[[nodiscard]] WAYBILL_DECL result<lazy_verification> verify_lazy_directory(std::string const& directory,
                                                                           manifest const& m,
                                                                           placeholder_set const& known,
                                                                           scan_options options = {},
                                                                           job_control const& control = {});

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/verify.ipp>
#endif

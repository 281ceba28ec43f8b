#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/file.hpp>

#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// A file that may become data.
struct content_file {
  std::string key;   ///< its place below the root
  std::string name;  ///< the datum's name: the key, or the last part of it
  std::string path;  ///< of its bytes: those of the target, for a link
  file_state state;
};

/// What a content directory holds, in walk order of keys.
struct content_listing {
  std::string root;  ///< real path
  std::vector<content_file> files{};
  std::vector<content_file> sidecars{};  ///< metadata of `files`, where it is passed on
};

struct content_options {
  bool flat = false;           ///< names are the last parts of keys, as in the published programs
  bool pass_sidecars = false;  ///< `x.metadata.json` beside `x` goes with it and is no content
};

/** Lists a content directory without reading any file.

    Links to files below the root stand for their targets; sockets, pipes and links that lead nowhere are left out, and
    so are the top-level directories of version control and of the kit.
    @errors errc::unsafe_path for a link that leads outside; malformed_key for a name that is not UTF-8; protected_name;
            collision for two files of one name; as scan_tree */
[[nodiscard]] WAYBILL_DECL result<content_listing> list_content(std::string const& root, content_options const& options,
                                                                job_control const& control);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/valohai/content.ipp>
#endif

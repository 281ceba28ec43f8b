#pragma once

#include <waybill/driver/valohai/content.hpp>

#include <waybill/protocol/valohai/names.hpp>
#include <waybill/scan/tree.hpp>

#include <string_view>
#include <unordered_map>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

inline error taken_name(content_file const& file, std::string const& other) {
  return make_error(errc::collision,
                    "two files would have the name " + file.name + ", the other one is " + other +
                        "; rename one, or use names with directories (without --flat)",
                    file.key);
}

/// Metadata that belongs to nothing would be uploaded as if it were content.
inline result<void> check_sidecars(content_listing const& content,
                                   std::unordered_map<std::string, std::string> const& names) {
  for (auto const& sidecar : content.sidecars)
    if (!names.contains(sidecar.name.substr(0, sidecar.name.size() - sidecar_suffix.size())))
      return make_error(errc::protected_name, "is metadata of a file that is not there; rename or remove it",
                        sidecar.key);
  return {};
}

}  // namespace detail

WAYBILL_DECL result<content_listing> list_content(std::string const& root, content_options const& options,
                                                  job_control const& control) {
  scan_options const how{.symlinks = symlink_policy::inside_only, .stat_only = true};
  auto const tree = scan_tree(root, how, control);
  if (!tree) return tree.error();
  content_listing out{.root = tree->root()};
  std::unordered_map<std::string, std::string> keys;  // of names
  auto const listed = tree->for_each([&](scanned_file const& found) -> result<void> {
    content_file file{.key = std::string{found.key}, .name = {}, .path = std::string{found.path}, .state = found.state};
    file.name = options.flat ? file.key.substr(file.key.rfind('/') + 1) : file.key;
    if (auto const r = check_content_name(file.name, options.pass_sidecars); !r) {
      auto e = r.error();
      e.path = file.key;
      return e;
    }
    auto const [at, fresh] = keys.try_emplace(file.name, file.key);
    if (!fresh) return detail::taken_name(file, at->second);
    (is_metadata_name(file.name) ? out.sidecars : out.files).push_back(std::move(file));
    return {};
  });
  if (!listed) return listed.error();
  if (auto const r = detail::check_sidecars(out, keys); !r) return r.error();
  return out;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

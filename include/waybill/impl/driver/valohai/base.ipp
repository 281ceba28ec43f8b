#pragma once

#include <waybill/driver/valohai/base.hpp>

#include <waybill/protocol/valohai/names.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

WAYBILL_DECL result<update_base> base_of_platform(api const& platform, std::string_view id_or_name,
                                                  duplicate_policy duplicates) {
  auto const found = platform.find_dataset(id_or_name);
  if (!found) return found.error();
  update_base out{.dataset_id = found->id, .dataset_name = found->name};
  if (auto const r = check_uri_part(out.dataset_name); !r) return r.error();
  if (!found->latest) return out;
  auto version = platform.get_version(found->latest->id);
  if (!version) return version.error();
  out.version = version_reference{version->id, version->name};
  out.uri = version_uri(out.dataset_name, version->name);
  auto before = previous_files::create(std::move(version->files), duplicates);
  if (!before) return before.error();
  out.before = std::move(*before);
  return out;
}

WAYBILL_DECL result<update_base> base_of_input(std::vector<datum> files, std::string_view dataset,
                                               std::string_view version, duplicate_policy duplicates) {
  if (is_id(dataset))
    return make_error(errc::usage,
                      "a dataset that is compared with an input is given by its name, which its URIs hold; an id takes "
                      "VH_API_TOKEN and no input",
                      std::string{dataset});
  for (auto const part : {dataset, version})
    if (auto const r = check_uri_part(part); !r) return r.error();
  update_base out{.dataset_name = std::string{dataset}};
  if (!files.empty()) out.uri = version_uri(dataset, version);
  auto before = previous_files::create(std::move(files), duplicates);
  if (!before) return before.error();
  out.before = std::move(*before);
  return out;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

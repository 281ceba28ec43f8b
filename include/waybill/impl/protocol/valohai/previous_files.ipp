#pragma once

#include <waybill/protocol/valohai/previous_files.hpp>

#include <string>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

WAYBILL_DECL result<previous_files> previous_files::create(std::vector<datum> files, duplicate_policy policy) {
  previous_files out;
  out.files_.reserve(files.size());
  out.index_.reserve(files.size());
  for (auto& file : files) {
    auto const [at, fresh] = out.index_.try_emplace(file.name, out.files_.size());
    if (fresh) {
      out.files_.push_back(std::move(file));
      out.ambiguous_.push_back(false);
      continue;
    }
    auto& there = out.files_[at->second];
    if (policy == duplicate_policy::refuse)
      return make_error(errc::duplicate_key,
                        "the old version has two data of this name, " + there.id + " and " + file.id +
                            ", and only one could be kept; remove one, or let the last one count (--duplicates last)",
                        file.name);
    there = std::move(file);
    out.ambiguous_[at->second] = true;
  }
  return out;
}

WAYBILL_DECL datum const* previous_files::find(std::string_view name) const noexcept {
  auto const at = index_.find(std::string{name});
  return at == index_.end() ? nullptr : &files_[at->second];
}

WAYBILL_DECL bool previous_files::was_ambiguous(std::string_view name) const noexcept {
  auto const at = index_.find(std::string{name});
  return at != index_.end() && ambiguous_[at->second];
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

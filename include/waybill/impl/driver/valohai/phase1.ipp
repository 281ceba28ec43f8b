#pragma once

#include <waybill/driver/valohai/phase1.hpp>

#include <waybill/driver/valohai/content.hpp>
#include <waybill/protocol/valohai/extended_manifest.hpp>
#include <waybill/protocol/valohai/names.hpp>

#include <unistd.h>
#include <cerrno>
#include <unordered_set>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

WAYBILL_DECL result<std::string> choose_version_name(update_settings const& settings, update_base const& base,
                                                     bool exact) {
  auto out = settings.version_name.empty() ? version_name(settings.now) : settings.version_name;
  if (auto const r = check_uri_part(out); !r) return r.error();
  if (!exact && base.version && base.version->name == out) out += "-2";  // two runs within one second
  return out;
}

inline update_manifest manifest_of(update_outcome const& outcome, std::optional<std::string> const& execution_id) {
  update_manifest out{.dataset_id = outcome.base.dataset_id,
                      .exclude = excluded_names(outcome.plan),
                      .execution_id = execution_id,
                      .keep = kept_data(outcome.plan, outcome.base.before),
                      .new_files = new_names(outcome.plan),
                      .new_version_name = outcome.version_name,
                      .new_version_uri = outcome.version_uri};
  if (outcome.base.version) out.old_version_id = outcome.base.version->id;
  out.old_version_uri = outcome.base.uri;
  return out;
}

/// Takes away a manifest that will not be true while files are replaced.
inline result<void> clear_manifests(output_directory const& outputs, bool move) {
  auto const there = outputs.read(manifest_name);
  if (!there) return there.error();
  if (*there && move)
    return make_error(
        errc::refused,
        "an earlier run has moved content here and finished; publish it with phase2, or remove this file to "
        "begin again",
        outputs.path() + "/" + std::string{manifest_name});
  for (auto const name : {manifest_name, extended_manifest_name})
    if (auto const r = outputs.remove(name); !r) return r;
  return {};
}

inline result<void> remove_moved(content_listing const& content, update_plan const& plan) {
  std::unordered_set<std::string_view> uploaded;
  for (auto const& file : plan.files)
    if (file.verdict.action != file_action::kept) uploaded.insert(file.name);
  for (auto const& file : content.files)
    if (uploaded.contains(file.name) && ::unlink((content.root + "/" + file.key).c_str()) != 0 && errno != ENOENT)
      return system_error(errno, "was copied, but cannot be removed", content.root + "/" + file.key);
  return {};
}

}  // namespace detail

WAYBILL_DECL result<update_outcome> run_phase1(api const& platform, output_directory const* outputs,
                                               phase1_options const& options, job_control const& control) {
  auto const content = find_content(options.common, outputs, control);
  if (!content) return content.error();
  auto base = base_of_platform(platform, options.dataset, options.common.duplicates);
  if (!base) return base.error();
  auto name = detail::choose_version_name(options.common, *base, options.exact_name);
  if (!name) return name.error();
  update_outcome out{.base = std::move(*base), .version_name = std::move(*name), .version_uri = {}, .plan = {}};
  out.version_uri = version_uri(out.base.dataset_name, out.version_name);
  if (outputs != nullptr)
    if (auto const r = detail::clear_manifests(*outputs, options.move); !r) return r.error();
  auto prepared = prepare_update(*content, out.base.before, options.common, false, outputs, &platform, control);
  if (!prepared) return prepared.error();
  out.plan = std::move(prepared->plan);
  out.bytes_read = prepared->bytes_read;
  if (outputs == nullptr) return out;
  auto const manifest = detail::manifest_of(out, options.execution_id);
  if (options.extended)
    if (auto const r = outputs->write(extended_manifest_name, write_extended(extend(out.plan, manifest))); !r)
      return r.error();
  if (auto const r = outputs->write(manifest_name, write_manifest(manifest)); !r) return r.error();
  if (auto const r = outputs->sync(); !r) return r.error();
  if (options.move)
    if (auto const r = detail::remove_moved(*content, out.plan); !r) return r.error();
  return out;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/driver/valohai/single_step.hpp>

#include <waybill/driver/valohai/content.hpp>
#include <waybill/protocol/valohai/membership.hpp>
#include <waybill/protocol/valohai/metadata_lines.hpp>
#include <waybill/protocol/valohai/names.hpp>

#include <chrono>
#include <cstdio>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

/// When the marker was made. @format Python's datetime.isoformat() of an instant in UTC
inline std::string marker_text(timestamp now) {
  auto const second = std::chrono::floor<std::chrono::seconds>(now);
  auto const micros = std::chrono::duration_cast<std::chrono::microseconds>(now - second).count();
  auto out = to_rfc3339(timestamp{second});
  out.pop_back();  // the Z
  char fraction[16] = "";
  if (micros != 0) std::snprintf(fraction, sizeof fraction, ".%06d", static_cast<int>(micros));
  return out.append(fraction).append("+00:00");
}

inline membership membership_of(update_outcome const& outcome, single_step_options const& options) {
  return {.uri = outcome.version_uri,
          .from = outcome.base.uri,
          .exclude = excluded_names(outcome.plan),
          .aliases = options.aliases,
          .packaging = options.packaging};
}

inline result<void> check_metadata_size(std::size_t files, std::size_t bytes_of_one) {
  if (files == 0 || bytes_of_one <= most_metadata / files) return {};
  return make_error(errc::refused, "each of " + std::to_string(files) +
                                       " outputs would have to list all names that leave the version, " +
                                       std::to_string(bytes_of_one) +
                                       " bytes; use phase1 and phase2 for an update of this size");
}

/// Writes the lines of these files, and takes away those of an earlier run; without any line there is no file.
inline result<void> write_lines(output_directory const& outputs, std::vector<std::string> const& files,
                                membership const& m) {
  auto const before = outputs.open(metadata_lines_name);
  if (!before) return before.error();
  if (!*before && files.empty()) return {};
  return outputs.write(metadata_lines_name, [&](byte_sink& out) -> result<std::uint64_t> {
    memory_source nothing{std::string_view{}};
    std::optional<file_source> there;
    if (*before) there.emplace((*before)->fd.get(), (*before)->path);
    auto written = there ? merge_metadata_lines(*there, files, m, out) : merge_metadata_lines(nothing, files, m, out);
    if (written) return written;
    auto e = written.error();
    e.path = outputs.path() + "/" + std::string{metadata_lines_name} + ", " + e.path;
    return e;
  });
}

inline result<void> write_metadata(output_directory const& outputs, std::vector<std::string> const& files,
                                   membership const& m, metadata_form form) {
  auto const one = sidecar_text(m);
  if (auto const r = check_metadata_size(files.size(), one.size()); !r) return r;
  if (form == metadata_form::sidecars) {
    for (auto const& file : files)
      if (auto const r = outputs.write(file + std::string{sidecar_suffix}, one); !r) return r;
    return {};
  }
  return write_lines(outputs, files, m);
}

/// A marker of an earlier update is missed by nobody, unless there is a new version anyway.
inline bool nothing_changed(update_plan const& plan) {
  for (auto const& file : plan.removed)
    if (file.name != marker_name) return false;
  return new_names(plan).empty();
}

}  // namespace detail

WAYBILL_DECL result<update_outcome> run_single_step(update_base base, api const* platform,
                                                    output_directory const* outputs, single_step_options const& options,
                                                    job_control const& control) {
  auto const content = find_content(options.common, outputs, control);
  if (!content) return content.error();
  bool const exact = options.form == metadata_form::sidecars;
  auto name = detail::choose_version_name(options.common, base, exact);
  if (!name) return name.error();
  update_outcome out{.base = std::move(base), .version_name = std::move(*name), .version_uri = {}, .plan = {}};
  out.version_uri = version_uri(out.base.dataset_name, out.version_name);
  // Lines of an earlier run would name outputs while they are replaced.
  if (outputs != nullptr)
    if (auto const r = detail::write_lines(*outputs, {}, {.uri = out.version_uri}); !r) return r.error();
  auto prepared = prepare_update(*content, out.base.before, options.common, true, outputs, platform, control);
  if (!prepared) return prepared.error();
  out.plan = std::move(prepared->plan);
  out.bytes_read = prepared->bytes_read;
  if (detail::nothing_changed(out.plan) && !options.always) {
    out.plan.removed.clear();
    return out;
  }
  if (outputs == nullptr) return out;
  auto files = new_names(out.plan);
  if (files.empty()) {
    if (auto const r = outputs->write(marker_name, detail::marker_text(options.common.now)); !r) return r.error();
    files.emplace_back(marker_name);
  }
  if (auto const r = detail::write_metadata(*outputs, files, detail::membership_of(out, options), options.form); !r)
    return r.error();
  if (auto const r = outputs->sync(); !r) return r.error();
  return out;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/driver/valohai/phase2.hpp>

#include <waybill/core/drain.hpp>
#include <waybill/protocol/valohai/names.hpp>
#include <waybill/protocol/valohai/publication.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

/// The second manifest of phase 1, if it is among the outputs.
inline result<std::optional<extended_manifest>> fetch_checks(api const& platform, std::vector<datum> const& outputs,
                                                             update_manifest const& m) {
  auto const at = std::ranges::find(outputs, extended_manifest_name, &datum::name);
  if (at == outputs.end()) return std::optional<extended_manifest>{};
  auto const source = platform.open_datum(at->id);
  if (!source) return source.error();
  auto const text = read_text(**source);
  if (!text) return text.error();
  auto read = read_extended(*text);
  if (!read) return read.error();
  if (read->new_version_name != m.new_version_name)
    return make_error(errc::malformed_manifest, "is of another run: its version is " + read->new_version_name,
                      std::string{extended_manifest_name});
  return std::optional{std::move(*read)};
}

/// Does a version of the manifest's name exist? An error when it holds anything else.
inline result<std::optional<std::string>> find_published(api const& platform, update_manifest const& m,
                                                         std::vector<std::string> const& data) {
  auto const found = platform.find_version(m.dataset_id, m.new_version_name);
  if (!found) return found.error();
  if (!*found) return std::optional<std::string>{};
  auto const version = platform.get_version((*found)->id);
  if (!version) return version.error();
  std::vector<std::string> there;
  for (auto const& file : version->files) there.push_back(file.id);
  std::ranges::sort(there);
  if (there == data) return std::optional{version->id};
  return make_error(errc::refused,
                    "a version of this name exists with other files, " + version->id +
                        "; nothing was changed: run phase 1 again, which chooses a new name",
                    m.new_version_uri);
}

inline error stale_base(update_manifest const& m, dataset const& now) {
  return make_error(errc::refused,
                    "the dataset has moved on: its latest version is " + (now.latest ? now.latest->id : "none") +
                        ", the manifest started from " + m.old_version_id.value_or("none") +
                        "; run phase 1 again, or publish all the same (--force)",
                    m.new_version_uri);
}

/// Asks for the version; after each failure it is looked for before it is asked for again.
inline result<phase2_outcome> create(api const& platform, phase2_options const& options, phase2_outcome out) {
  auto const body = post_body(options.manifest, out.data);
  for (unsigned attempt = 1;; ++attempt) {
    auto const made = platform.create_version(body);
    if (made) {
      out.publication = publication::created;
      out.version_id = *made;
      return out;
    }
    if (made.error().code == condition::denied || made.error().code == condition::interrupted) return made.error();
    auto const there = find_published(platform, options.manifest, out.data);
    if (there && *there) {
      out.publication = publication::already_there;
      out.version_id = **there;
      return out;
    }
    bool const again = there && made.error().code == condition::transient && attempt < options.attempts;
    if (!again) return made.error();
    if (auto const r = platform.wait(made.error(), attempt); !r) return r.error();
  }
}

}  // namespace detail

WAYBILL_DECL result<phase2_outcome> run_phase2(api const& platform, phase2_options const& options) {
  auto const& m = options.manifest;
  // An empty filter could list the account's every file: this is refused before anything is asked.
  if (auto const r = select_data(
          {.dataset_id = m.dataset_id, .execution_id = m.execution_id, .new_version_name = {}, .new_version_uri = {}},
          {}, nullptr);
      !r)
    return r.error();
  phase2_outcome out;
  if (m.changes_nothing() && !options.always) return out;
  auto const outputs = platform.outputs(*m.execution_id, options.paging);
  if (!outputs) return outputs.error();
  auto checks = options.checks;
  if (!checks) {
    auto fetched = detail::fetch_checks(platform, *outputs, m);
    if (!fetched) return fetched.error();
    checks = std::move(*fetched);
  }
  auto data = select_data(m, *outputs, checks ? &*checks : nullptr);
  if (!data) return data.error();
  out.data = std::move(*data);
  out.checked = checks.has_value();
  auto const now = platform.get_dataset(m.dataset_id);
  if (!now) return now.error();
  bool const fresh = now->latest ? m.old_version_id == now->latest->id : !m.old_version_id;
  if (!fresh) {
    auto const there = detail::find_published(platform, m, out.data);
    if (!there) return there.error();
    if (*there) {
      out.publication = publication::already_there;
      out.version_id = **there;
      return out;
    }
    if (!options.force) return detail::stale_base(m, *now);
  }
  if (options.dry_run) {
    out.publication = publication::planned;
    return out;
  }
  return detail::create(platform, options, std::move(out));
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/registry/lazy.hpp>

#include <waybill/core/glob.hpp>
#include <waybill/core/logical_key.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/hash/chunked.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/placeholder.hpp>
#include <waybill/scan/pool.hpp>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Gives placeholders in place of the bytes they stand for.
class placeholder_contents final : public content_provider {
 public:
  /// @param entries  in walk order  @lifetime refers to them
  placeholder_contents(std::span<entry const> entries, std::string version)
      : entries_{entries}, version_{std::move(version)} {}

  result<std::unique_ptr<byte_source>> open(entry const& e) override {
    auto const at = std::ranges::lower_bound(entries_, e.key.str(), walk_less{}, key_of);
    return std::unique_ptr<byte_source>{std::make_unique<text_source>(placeholder_text(*at, version_))};
  }
  std::optional<opened_file> open_local(entry const&) override { return std::nullopt; }

  /// The placeholder of an entry as a file to be placed.
  [[nodiscard]] entry file_of(entry const& e) const {
    auto const text = placeholder_text(e, version_);
    auto const d = hash_bytes(as_bytes(text), sha2_256_chunked_hasher{text.size()});
    return {e.key, text.size(), {d}, nullptr, {}, json::object{}};
  }

 private:
  struct text_source final : byte_source {
    explicit text_source(std::string t) : text{std::move(t)}, rest{std::string_view{text}} {}
    result<std::size_t> read(std::span<std::byte> buffer) override { return rest.read(buffer); }
    std::string text;
    memory_source rest;
  };
  std::span<entry const> entries_;
  std::string version_;
};

WAYBILL_DECL result<std::span<entry const>> entries_to_place(package const& p, key_filter const& include,
                                                             std::vector<entry>& picked) {
  if (include.empty()) return p.manifest().entries();
  picked = select(p.manifest().entries(), include);
  if (picked.empty())
    return make_error(errc::key_not_found, "no entry matches --include; `waybill ls` shows the entries",
                      p.name().str());
  return std::span<entry const>{picked};
}

WAYBILL_DECL std::optional<installed_package> lazy_installation(std::string const& directory) {
  auto const place = workspace::at(directory);
  if (!place) return std::nullopt;
  // The manifest is read only where it matters.
  auto const recorded = place->recorded_placeholders();
  if (!recorded || !*recorded) return std::nullopt;
  auto installed = place->load_installed();
  return installed ? std::move(*installed) : std::nullopt;
}

WAYBILL_DECL bool installation_record::same_version() const {
  return before && before->name == now.name && before->manifest == now.manifest;
}

inline result<std::string> read_beneath(root_directory const& root, std::string_view key) {
  auto const file = root.open_file(key);
  if (!file) return file.error();
  return read_open_file(file->fd.get(), std::string{key}, largest_placeholder);
}

/// Whether the file at a key is that key's placeholder; false also where there is no such file.
inline result<bool> is_placeholder(root_directory const& root, std::string_view key, placeholder_set const& known) {
  auto const content = read_beneath(root, key);
  if (content) return known.standing_for(key, as_bytes(*content)) != nullptr;
  auto const& e = content.error();
  if (e.code == condition::not_found || e.code == errc::too_large || e.code == errc::unsafe_path) return false;
  return e;
}

WAYBILL_DECL result<void> installation_record::retire(std::string const& directory, std::span<entry const> placed,
                                                      materialise_report& report, bool dry_run) const {
  if (!before || same_version()) return {};
  auto const root = root_directory::open(directory, false);
  if (!root) return root.error();
  auto const known = before->known_placeholders();
  std::vector<std::string> retired;
  auto next = placed.begin();
  for (auto const& e : before->manifest.entries()) {
    while (next != placed.end() && walk_compare(next->key, e.key) < 0) ++next;
    bool const taken = next != placed.end() && next->key == e.key;
    if (taken || std::ranges::binary_search(report.removed, e.key.str(), walk_less{})) continue;
    auto const found = is_placeholder(*root, e.key, known);
    if (!found) return found.error();
    if (!*found) continue;
    if (!dry_run)
      if (auto const ok = root->remove_file(e.key); !ok) return ok;
    retired.push_back(e.key.str());
  }
  report.removed.insert(report.removed.end(), retired.begin(), retired.end());
  std::ranges::sort(report.removed, walk_less{});
  return {};
}

WAYBILL_DECL result<void> installation_record::save(std::string const& directory) {
  if (same_version() && !now.include.empty()) {
    // More of what is there in part, or in placeholders, already.
    if (!now.placeholders) now.placeholders = before->placeholders;
    auto globs = before->include;
    if (!globs.empty())
      for (auto& glob : now.include)
        if (std::ranges::find(globs, glob) == globs.end()) globs.push_back(std::move(glob));
    now.include = std::move(globs);
  }
  auto const place = workspace::at(directory);
  if (!place) return place.error();
  return place->save_installed(now);
}

/// Marks the entries that a key, a directory or a glob names. @return false when there are none
inline bool mark_wanted(std::span<entry const> entries, std::string_view word, std::vector<bool>& wanted) {
  auto const exact = std::ranges::lower_bound(entries, word, walk_less{}, key_of);
  if (exact != entries.end() && exact->key.str() == word) {
    wanted[static_cast<std::size_t>(exact - entries.begin())] = true;
    return true;
  }
  auto directory = word;
  while (directory.ends_with('/')) directory.remove_suffix(1);
  bool const is_glob = word.find_first_of("*?[{\\") != std::string_view::npos || word.starts_with('/');
  bool any = false;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto const& key = entries[i].key;
    if (!(is_glob && glob_match(word, key)) && (directory.empty() || !is_below(key, directory))) continue;
    wanted[i] = true;
    any = true;
  }
  return any;
}

inline result<std::vector<entry>> wanted_entries(manifest const& placed, installed_package const& what,
                                                 std::vector<std::string> const& words) {
  auto const entries = placed.entries();
  std::vector<bool> wanted(entries.size(), words.empty());
  for (auto const& word : words) {
    if (mark_wanted(entries, word, wanted)) continue;
    std::vector<bool> elsewhere(what.manifest.entries().size());
    bool const left_out = mark_wanted(what.manifest.entries(), word, elsewhere);
    return make_error(errc::key_not_found,
                      left_out ? "the installation leaves this out; install it with --include"
                               : what.name.str() + " has no such entry; see waybill ls",
                      printable(word));
  }
  std::vector<entry> out;
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (wanted[i]) out.push_back(entries[i]);
  return out;
}

inline result<void> refuse_delete_extra(materialise_options const& options, std::string const& directory) {
  if (!options.delete_extra) return {};
  return make_error(errc::usage, "extra files are removed by synchronising only, which fetches everything", directory);
}

/// What placing would do; nothing is changed, and nothing said of progress.
inline result<materialise_report> plan_placing_into(std::span<entry const> entries, std::string const& directory,
                                                    content_provider& contents, materialise_options options,
                                                    job_control const& control) {
  options.dry_run = true;
  return materialise_into(entries, directory, contents, options, {control.workers, {}, control.stop});
}

}  // namespace detail

WAYBILL_DECL result<lazy_report> install_lazily(package const& p, std::string const& directory,
                                                key_filter const& include, std::optional<std::string> const& tag,
                                                content_provider& contents, materialise_options const& options,
                                                job_control const& control) {
  if (auto const ok = detail::refuse_delete_extra(options, directory); !ok) return ok.error();
  std::vector<entry> picked;
  auto const entries = detail::entries_to_place(p, include, picked);
  if (!entries) return entries.error();
  detail::installation_record record{{p.name(), p.source().location(), tag, p.manifest(), include.globs()},
                                     detail::lazy_installation(directory)};
  // Also checks everything that can be known before the first byte.
  auto plan = detail::plan_placing_into(*entries, directory, contents, options, control);
  if (!plan) return plan.error();
  auto const version = record.same_version() ? *record.before->placeholders : p.name().str() + "@" + p.top_hash();
  detail::placeholder_contents texts{*entries, version};
  std::vector<entry> files;
  auto added = plan->added.begin(), replaced = plan->replaced.begin();
  for (auto const& e : *entries) {
    bool const is_added = added != plan->added.end() && *added == e.key.str();
    bool const is_replaced = replaced != plan->replaced.end() && *replaced == e.key.str();
    if (is_added) ++added;
    if (is_replaced) ++replaced;
    if (is_added || is_replaced) files.push_back(texts.file_of(e));
  }
  materialise_options placing;
  placing.durable = options.durable;
  placing.dry_run = options.dry_run;
  auto done = detail::materialise_into(files, directory, texts, placing, control);
  if (!done) return done.error();
  done->unchanged += plan->unchanged;
  done->bytes_transferred = 0;
  done->bytes_kept = plan->bytes_kept;
  done->collisions = std::move(plan->collisions);
  if (auto const ok = record.retire(directory, *entries, *done, options.dry_run); !ok) return ok.error();
  lazy_report report{std::move(*done), files.size()};
  if (options.dry_run) return report;
  if (!files.empty()) record.now.placeholders = version;
  if (auto const ok = record.save(directory); !ok) return ok.error();
  return report;
}

WAYBILL_DECL result<fetch_report> fetch_entries(std::string const& directory, std::vector<std::string> const& wanted,
                                                content_provider& contents, materialise_options const& options,
                                                job_control const& control) {
  if (auto const ok = detail::refuse_delete_extra(options, directory); !ok) return ok.error();
  auto const place = workspace::at(directory);
  if (!place) return place.error();
  auto installed = place->load_installed();
  if (!installed) return installed.error();
  if (!*installed)
    return make_error(errc::no_workspace, "nothing was installed in this directory, so there is nothing to fetch",
                      directory);
  auto& what = **installed;
  auto const placed = what.placed();
  if (!placed) return placed.error();
  auto const entries = detail::wanted_entries(*placed, what, wanted);
  if (!entries) return entries.error();

  auto const plan = detail::plan_placing_into(*entries, directory, contents, options, control);
  if (!plan) return plan.error();
  auto const root = root_directory::open(directory, false);
  if (!root) return root.error();
  auto const known = what.known_placeholders();
  std::vector<char> fetched(plan->replaced.size());
  auto const looked = parallel_for(fetched.size(), control, [&](unsigned, std::size_t i) -> result<void> {
    auto const found = detail::is_placeholder(*root, plan->replaced[i], known);
    if (!found) return found.error();
    fetched[i] = *found ? 1 : 0;
    return {};
  });
  if (!looked) return looked.error();

  fetch_report report;
  std::vector<entry> files;
  auto added = plan->added.begin();
  std::size_t replaced = 0;
  for (auto const& e : *entries) {
    if (added != plan->added.end() && *added == e.key.str()) {
      ++added;
      files.push_back(e);
    } else if (replaced != fetched.size() && plan->replaced[replaced] == e.key.str()) {
      if (fetched[replaced++] != 0) files.push_back(e);
      else report.kept.push_back(e.key.str());
    }
  }
  auto done = detail::materialise_into(files, directory, contents, options, control);
  if (!done) return done.error();
  done->unchanged = plan->unchanged;
  done->bytes_kept = plan->bytes_kept;
  report.placed = std::move(*done);
  if (options.dry_run || !wanted.empty() || !what.placeholders) return report;
  what.placeholders.reset();
  if (auto const ok = place->save_installed(what); !ok) return ok.error();
  return report;
}

}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/driver/dagster/volume_scan.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/driver/dagster/cursor.hpp>
#include <waybill/driver/dagster/volume_memo.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/scan/tree_manifest.hpp>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {
namespace detail {

/// One scan, dataset by dataset.
class volume_scanner {
 public:
  volume_scanner(volume_listing found, volume_cursor before, volume_scan_options const& options,
                 job_control const& control)
      : found_{std::move(found)}, before_{std::move(before)}, options_{options}, control_{control} {
    if (!options.memo_file.empty()) memo_ = volume_memo::load(options.memo_file, found_.root);
    out_.problems = std::move(found_.problems);
    out_.datasets = found_.leaves.size();
  }

  [[nodiscard]] result<volume_scan> run();

 private:
  [[nodiscard]] std::size_t first() const;
  [[nodiscard]] bool is_settled(leaf_directory const& leaf) const;
  [[nodiscard]] result<void> look_at(leaf_directory const& leaf);
  [[nodiscard]] result<std::optional<dataset_content>> content_of(leaf_directory const& leaf);
  [[nodiscard]] result<void> put_off(leaf_directory const& leaf, error const& why);
  void request(leaf_directory const& leaf, dataset_content const& content);
  void finish();

  volume_listing found_;
  volume_cursor before_, after_{};
  volume_scan_options const& options_;
  job_control const& control_;
  volume_memo memo_{}, fresh_{};
  std::size_t hashed_ = 0;
  bool late_ = false;
  volume_scan out_{};
};

/// The number of the dataset to begin with.
inline std::size_t volume_scanner::first() const {
  if (before_.go_on_behind == volume_cursor::id{}) return 0;
  auto const at = std::ranges::find_if(
      found_.leaves, [&](auto const& leaf) { return volume_cursor::id_of(leaf.path) == before_.go_on_behind; });
  return at == found_.leaves.end() ? 0 : static_cast<std::size_t>(at - found_.leaves.begin()) + 1;
}

/// A time in the future, of a clock that is wrong, says nothing.
inline bool volume_scanner::is_settled(leaf_directory const& leaf) const {
  auto const age = std::chrono::abs(options_.now.time_since_epoch() - std::chrono::nanoseconds{leaf.changed_ns});
  return age >= options_.settle;
}

/// What a dataset holds; empty where it is not to be loaded now.
inline result<std::optional<dataset_content>> volume_scanner::content_of(leaf_directory const& leaf) {
  std::optional<dataset_content> out;
  if (auto const* known = memo_.find(leaf)) {
    fresh_.add(leaf, *known);
    return out = *known;
  }
  late_ = late_ || (hashed_ != 0 && options_.is_late && options_.is_late());
  if (late_) return out;
  ++hashed_;
  auto const tree = options_.hash(found_.root + "/" + leaf.path);
  if (!tree) {
    auto const noted = put_off(leaf, tree.error());
    return noted ? result<std::optional<dataset_content>>{out} : noted.error();
  }
  auto const version = version_of(*tree, control_);
  if (!version) return version.error();
  out = dataset_content{version->hex(), tree->file_count(), tree->total_size()};
  fresh_.add(leaf, *out);
  return out;
}

/// A dataset that cannot be read is no reason to leave out the others.
inline result<void> volume_scanner::put_off(leaf_directory const& leaf, error const& why) {
  if (why.code == condition::interrupted) return why;
  if (why.code == errc::source_changed || why.code == condition::not_found)
    out_.waiting.push_back({leaf.path, "changed while it was read"});
  else out_.problems.push_back({problem_kind::unreadable, printable(leaf.path), why.message()});
  return {};
}

inline void volume_scanner::request(leaf_directory const& leaf, dataset_content const& content) {
  auto one = request_for(leaf.path);
  one.version = content.version;
  one.is_new = after_.look(leaf.path, content.version) == volume_cursor::standing::unknown;
  one.run_key = run_key_of(leaf.path, content.version, after_.ask(leaf.path, content.version));
  one.files = content.files;
  one.bytes = content.bytes;
  out_.requests.push_back(std::move(one));
}

inline result<void> volume_scanner::look_at(leaf_directory const& leaf) {
  after_.keep(before_, leaf.path);
  if (!is_settled(leaf)) {
    out_.waiting.push_back({leaf.path, "was changed less than the settling time ago"});
    return {};
  }
  auto const content = content_of(leaf);
  if (!content) return content.error();
  if (!*content || after_.look(leaf.path, (*content)->version) == volume_cursor::standing::same) return {};
  if ((*content)->files == 0) out_.problems.push_back({problem_kind::empty, printable(leaf.path), "has no files"});
  else request(leaf, **content);
  return {};
}

inline void volume_scanner::finish() {
  for (auto const& p : out_.problems)  // a dataset that cannot be read now is still what it was
    if (p.kind == problem_kind::unreadable || p.kind == problem_kind::not_utf8) after_.keep(before_, p.path);
  std::ranges::sort(out_.problems, {}, [](volume_problem const& p) { return std::tie(p.path, p.kind); });
  out_.cursor = after_.text();
  if (options_.memo_file.empty() || !options_.save_memo || hashed_ == 0) return;
  out_.memo_saved = fresh_.save(options_.memo_file, found_.root, options_.now.time_since_epoch().count()).has_value();
}

inline result<volume_scan> volume_scanner::run() {
  auto const count = found_.leaves.size(), begin = first();
  std::size_t looked = 0;
  for (; looked < count; ++looked) {
    if (options_.limit != 0 && out_.requests.size() == options_.limit) break;
    auto const& leaf = found_.leaves[(begin + looked) % count];
    if (auto const r = look_at(leaf); !r) return r.error();
    if (late_) break;
    after_.go_on_behind = volume_cursor::id_of(leaf.path);
  }
  out_.complete = looked == count;
  if (out_.complete) after_.go_on_behind = {};
  for (; looked < count; ++looked) {
    auto const& leaf = found_.leaves[(begin + looked) % count];
    after_.keep(before_, leaf.path);
    if (auto const* known = memo_.find(leaf)) fresh_.add(leaf, *known);
  }
  finish();
  return std::move(out_);
}

}  // namespace detail

WAYBILL_DECL result<digest> version_of(scanned_tree const& tree, job_control const& control) {
  manifest_header header;
  header.set_message(std::nullopt);
  return top_hash_of(tree, header, control);
}

WAYBILL_DECL result<volume_scan> scan_volume(std::string const& root, volume_scan_options const& options,
                                             job_control const& control) {
  auto before = volume_cursor::parse(options.cursor);
  if (!before) return before.error();
  auto found = list_volume(root, control);
  if (!found) return found.error();
  return detail::volume_scanner{std::move(*found), std::move(*before), options, control}.run();
}

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI

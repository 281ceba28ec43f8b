#pragma once

#include <waybill/driver/clowder/upload.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/driver/clowder/sending.hpp>
#include <waybill/scan/listing.hpp>
#include <waybill/scan/pool.hpp>

#include <algorithm>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

namespace detail {

/// Uploaded files are proven and recorded so many at a time: what a killed run did not record is compared by its bytes.
inline constexpr std::size_t most_files_at_once = 256;
inline constexpr std::uint64_t most_bytes_at_once = std::uint64_t{256} << 20;

/// Failures that are a file's own: the next one may succeed.
inline bool is_of_file(error const& e) {
  return e.code == condition::integrity || e.code == condition::unsafe_input || e.code == condition::permanent ||
         e.code == errc::file_not_found || e.code.category() == boost::system::system_category();
}

class upload_job {
 public:
  upload_job(api const& platform, upload_options const& options, job_control const& control)
      : platform_{&platform}, options_{&options}, control_{control}, counter_{control.on_progress, "upload"} {
    control_.on_progress = {};
    auto const most = std::max(platform.options().uploads, 1U);
    control_.workers = control.workers == 0 ? most : std::min(control.workers, most);
  }

  result<upload_report> run();

 private:
  [[nodiscard]] sending_job sending() {
    return {.platform = *platform_,
            .dataset = out_.id,
            .before = contents_,
            .extract = options_->extract,
            .how = options_->how,
            .stop = control_.stop,
            .counter = counter_};
  }
  result<void> choose_files();
  result<void> choose_target();
  result<void> compare();
  void report();
  result<void> make_folders();
  result<void> upload_all();
  result<void> upload_some(std::span<std::size_t const> batch);
  result<void> record(std::span<std::size_t const> batch);
  result<void> check_listing();
  result<void> adopt();
  [[nodiscard]] file_record record_of(std::size_t i, file_row const& row) const;
  result<void> remove_superseded(std::size_t i);
  void fail(std::size_t i, error why);
  void remark(std::string text) { out_.remarks.push_back(std::move(text)); }

  api const* platform_;
  upload_options const* options_;
  job_control control_;
  progress_counter counter_;
  upload_report out_;
  dataset_contents contents_;
  std::vector<compared_file> compared_;
  std::vector<std::size_t> missing_;              ///< files to upload
  std::vector<std::optional<file_row>> arrived_;  ///< of each file, when it is proven
  std::mutex failing_;
};

inline void upload_job::fail(std::size_t i, error why) {
  std::lock_guard const lock{failing_};
  out_.failed.push_back({out_.files[i].key, std::move(why)});
}

inline result<void> upload_job::compare() {
  if (!out_.id.empty() && !out_.made) {
    auto contents = read_contents(*platform_, out_.id);
    if (!contents) return contents.error();
    contents_ = std::move(*contents);
    // One without files is as good as made now: by hand, or by a run that was killed at that moment.
    if (contents_.files.empty() && !contents_.records.about() && !options_->dry_run)
      if (auto const r = add_record(*platform_, out_.id, content_of(options_->target.about())); !r) return r;
  }
  auto compared = compare_files(*platform_, out_.files, contents_, options_->how, control_);
  if (!compared) return compared.error();
  compared_ = std::move(*compared);
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < compared_.size(); ++i) {
    auto const& one = compared_[i];
    if (!one.others.empty())
      remark("the dataset has another file " + printable(out_.files[i].key) +
             " that waybill did not upload, and leaves there: " + one.others.front());
    if (one.fate == file_fate::unchanged) continue;
    missing_.push_back(i);
    bytes += out_.files[i].state.size;
  }
  arrived_.resize(compared_.size());
  counter_.expect(missing_.size(), bytes);
  return {};
}

/// What is noted of a file once it is there.
inline file_record upload_job::record_of(std::size_t i, file_row const& row) const {
  auto const& file = out_.files[i];
  return {.id = row.id, .version = row.version, .path = file.key, .size = row.size, .sha256 = file.sha256};
}

/// A file that is there takes the place of others of its path.
inline result<void> upload_job::remove_superseded(std::size_t i) {
  for (auto const& id : compared_[i].superseded)
    if (auto const r = platform_->remove_file(id); !r) return r;
  return {};
}

/// What was uploaded by somebody else, or by a run that was killed, and is the same: the next run need not read it.
inline result<void> upload_job::adopt() {
  if (options_->how == proof::size) return {};
  std::vector<file_record> records;
  for (std::size_t i = 0; i < compared_.size(); ++i)
    if (auto const& one = compared_[i]; one.fate == file_fate::unchanged && !one.recorded)
      records.push_back(record_of(i, *one.stored));
  constexpr std::size_t most_records = 1'000;  // of one piece of metadata
  for (std::size_t first = 0; first < records.size(); first += most_records) {
    auto const some = std::span{records}.subspan(first, std::min(most_records, records.size() - first));
    std::vector<file_record> const piece{some.begin(), some.end()};
    if (auto const r = add_record(*platform_, out_.id, content_of(piece)); !r) return r;
  }
  for (std::size_t i = 0; i < compared_.size(); ++i)
    if (compared_[i].fate == file_fate::unchanged)
      if (auto const r = remove_superseded(i); !r) return r;
  return {};
}

inline result<void> upload_job::make_folders() {
  for (auto const i : missing_)
    if (auto const made = make_folder(*platform_, out_.id, contents_, directory_of(out_.files[i].key)); !made)
      return made.error();
  return {};
}

inline result<void> upload_job::upload_some(std::span<std::size_t const> batch) {
  auto const job = sending();
  std::vector<std::optional<file_row>> sent(batch.size());
  auto const each = [&](std::size_t n, auto const& work) -> result<void> {
    auto const i = batch[n];
    auto row = work(out_.files[i]);
    if (!row && !is_of_file(row.error())) return row.error();
    sent[n].reset();
    if (row) sent[n] = std::move(*row);
    else fail(i, std::move(row).error());
    return {};
  };
  auto const uploaded = parallel_for(batch.size(), control_, [&](unsigned, std::size_t n) {
    return each(n, [&](local_file const& file) { return send_file(job, file); });
  });
  if (!uploaded && uploaded.error().code == condition::interrupted) return uploaded;
  auto const proven = parallel_for(batch.size(), control_, [&](unsigned, std::size_t n) -> result<void> {
    if (!sent[n]) return {};
    auto const done = each(n, [&](local_file const& file) { return prove_file(job, file, *sent[n]); });
    if (!done || !sent[n]) return done;
    arrived_[batch[n]] = *sent[n];
    counter_.done(1, 0);
    return {};
  });
  if (!proven && proven.error().code == condition::interrupted) return proven;
  auto const recorded = record(batch);
  return !uploaded ? uploaded : !proven ? proven : recorded;
}

inline result<void> upload_job::record(std::span<std::size_t const> batch) {
  std::vector<file_record> records;
  for (auto const i : batch)
    if (auto const& row = arrived_[i]) records.push_back(record_of(i, *row));
  if (records.empty()) return {};
  if (auto const r = add_record(*platform_, out_.id, content_of(records)); !r) return r;
  for (auto const i : batch)
    if (arrived_[i])
      if (auto const r = remove_superseded(i); !r) return r;
  return {};
}

inline result<void> upload_job::upload_all() {
  for (std::size_t first = 0; first < missing_.size();) {
    auto last = first;
    for (std::uint64_t bytes = 0;
         last < missing_.size() && last - first < most_files_at_once && bytes < most_bytes_at_once; ++last)
      bytes += out_.files[missing_[last]].state.size;
    if (auto const r = upload_some(std::span{missing_}.subspan(first, last - first)); !r) return r;
    first = last;
  }
  return {};
}

/// Each uploaded file stands in the dataset's list under its path, with its size, and once: an upload that was given up
/// may have been stored after all, behind the back of who looked for it.
inline result<void> upload_job::check_listing() {
  auto now = list_files(*platform_, out_.id, contents_.folder_paths);
  if (!now) return now.error();
  dataset_contents listed;
  listed.files = std::move(*now);
  for (auto const i : missing_) {
    auto& arrived = arrived_[i];
    if (!arrived) continue;
    auto const& file = out_.files[i];
    bool there = false;
    for (auto const& stored : listed.of(file.key)) {
      auto const is_same = [&](stored_file const& old) { return old.row.id == stored.row.id; };
      if (stored.row.id == arrived->id) there = stored.row.size == file.state.size;
      else if (stored.row.size == file.state.size && std::ranges::none_of(contents_.of(file.key), is_same))
        if (auto const r = platform_->remove_file(stored.row.id); !r) return r;
    }
    if (there) continue;
    arrived.reset();
    fail(i, make_error(errc::digest_mismatch,
                       "was uploaded, and the dataset does not list it under this path with its size", file.key));
  }
  return {};
}

inline void upload_job::report() {
  for (std::size_t i = 0; i < out_.files.size(); ++i) {
    auto const& file = out_.files[i];
    auto const& one = compared_[i];
    uploaded_file row{.path = file.key, .id = {}, .size = file.state.size, .sha256 = file.sha256};
    if (one.fate == file_fate::unchanged) {
      row.id = one.stored->id;
      out_.unchanged.push_back(std::move(row));
    } else if (arrived_[i] || options_->dry_run) {
      if (arrived_[i]) row.id = arrived_[i]->id;
      row.replaced = one.fate == file_fate::changed;
      out_.bytes += row.size;
      out_.uploaded.push_back(std::move(row));
    }
  }
  std::ranges::sort(out_.failed, walk_less{}, &failed_file::path);
}

/// Keeps the files that count. Those of whom the caller knows must be there.
inline result<void> upload_job::choose_files() {
  auto const& only = options_->only;
  if (only.empty()) return {};
  for (auto const& key : only)
    if (std::ranges::find(out_.files, key, &local_file::key) == out_.files.end())
      return make_error(errc::file_not_found, "there is no such file to upload", options_->directory + "/" + key);
  std::erase_if(out_.files, [&](local_file const& f) { return std::ranges::find(only, f.key) == only.end(); });
  return {};
}

inline result<void> upload_job::choose_target() {
  if (!options_->dataset.empty()) {
    auto known = get_dataset(*platform_, options_->dataset);
    if (!known) return known.error();
    out_.id = options_->dataset;
    out_.title = std::move(known->name);
  } else {
    auto chosen = choose_dataset(*platform_, options_->target, !options_->dry_run);
    if (!chosen) return chosen.error();
    out_.id = std::move(chosen->id);
    out_.title = options_->target.title;
    out_.made = chosen->made || out_.id.empty();
    if (chosen->others != 0) remark("several datasets have this title here; the oldest is used: " + out_.id);
  }
  if (!out_.id.empty()) out_.url = platform_->ask().page_of(out_.id);
  return {};
}

inline result<upload_report> upload_job::run() {
  auto files = list_local(options_->directory, platform_->version(), options_->cache, control_);
  if (!files) return files.error();
  out_.files = std::move(*files);
  if (auto const r = choose_files(); !r) return r.error();
  if (auto const r = choose_target(); !r) return r.error();
  if (auto const r = compare(); !r) return r.error();
  if (!options_->dry_run) {
    if (auto const r = adopt(); !r) return r.error();
    if (auto const r = make_folders(); !r) return r.error();
    if (auto const r = upload_all(); !r) return r.error();
    if (!missing_.empty())
      if (auto const r = check_listing(); !r) return r.error();
  }
  counter_.flush();
  report();
  return std::move(out_);
}

}  // namespace detail

WAYBILL_DECL result<upload_report> upload_directory(api const& platform, upload_options const& options,
                                                    job_control const& control) {
  return detail::upload_job{platform, options, control}.run();
}

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

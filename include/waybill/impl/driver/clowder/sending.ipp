#pragma once

#include <waybill/driver/clowder/sending.hpp>

#include <waybill/hash/openssl.hpp>
#include <waybill/protocol/clowder/multipart.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

namespace detail {

using std::chrono::milliseconds;

/// What a platform does with bytes before it answers, or has them stored: slow ones manage some 4 MiB a second.
inline milliseconds digestion(std::uint64_t size) noexcept {
  return milliseconds{static_cast<milliseconds::rep>(size / (std::uint64_t{4} << 10))};
}

inline error changed_meanwhile(local_file const& file) {
  return make_error(errc::source_changed, "changed while it was uploaded; run again when nobody writes to it",
                    file.path);
}

/// A file as it was when it was hashed, or an error.
class unchanged_source final : public byte_source {
 public:
  [[nodiscard]] static result<std::unique_ptr<byte_source>> open(local_file const& file, progress_counter* counter,
                                                                 std::uint64_t& counted) {
    auto opened = open_regular_file(file.path);
    if (!opened) return opened.error();
    if (opened->state != file.state) return changed_meanwhile(file);
    return std::unique_ptr<byte_source>{new unchanged_source{file, std::move(opened->fd), counter, counted}};
  }
  result<std::size_t> read(std::span<std::byte> buffer) override {
    auto const n = source_.read(buffer);
    if (!n) return n.error();
    at_ += *n;
    if (at_ >= file_->state.size) {
      auto const now = state_of(fd_.get(), file_->path);
      if (!now) return now.error();
      if (*now != file_->state) return changed_meanwhile(*file_);
    }
    // Bytes of a repeated upload count once.
    if (counter_ != nullptr && at_ > *counted_) counter_->done(0, at_ - std::exchange(*counted_, at_));
    return n;
  }

 private:
  unchanged_source(local_file const& file, file_descriptor fd, progress_counter* counter, std::uint64_t& counted)
      : file_{&file}, fd_{std::move(fd)}, source_{fd_.get(), file.path}, counter_{counter}, counted_{&counted} {}

  local_file const* file_;
  file_descriptor fd_;
  file_source source_;
  progress_counter* counter_;
  std::uint64_t* counted_;
  std::uint64_t at_ = 0;
};

/// Nobody who writes files knows it, as it takes the key to make it.
inline std::string boundary_of(api const& platform, local_file const& file) {
  sha256_hasher hasher;
  hasher.update(as_bytes(platform.options().key));
  hasher.update(as_bytes(std::string_view{"\0boundary\0", 10}));
  hasher.update(as_bytes(file.key));
  hasher.update(file.sha256.bytes());
  return "waybill" + hasher.finish().hex().substr(0, 32);
}

/// Files of a path that were not there before the job.
inline result<std::vector<file_row>> newcomers(sending_job const& job, std::string const& path) {
  auto const now = list_files(job.platform, job.dataset, job.before.folder_paths);
  if (!now) return now.error();
  auto const old = job.before.of(path);
  std::vector<file_row> out;
  for (auto const& file : *now) {
    auto const same_id = [&](stored_file const& other) { return other.row.id == file.row.id; };
    if (file.path == path && std::ranges::none_of(old, same_id)) out.push_back(file.row);
  }
  return out;
}

inline result<file_row> attempt(sending_job const& job, local_file const& file, std::uint64_t& counted) {
  auto const& ask = job.platform.ask();
  auto const directory = directory_of(file.key);
  auto const folder = directory.empty() ? std::string{} : job.before.folders.find(directory)->second;
  auto const frame = frame_of(requests::upload_field, name_in(file.key), boundary_of(job.platform, file));
  auto request = ask.upload(job.dataset, folder, job.extract);
  request.headers.add({"Content-Type", frame.content_type});
  http_body const body{frame.size_with(file.state.size), [&]() -> result<std::unique_ptr<byte_source>> {
                         auto content = unchanged_source::open(file, &job.counter, counted);
                         if (!content) return content.error();
                         return std::unique_ptr<byte_source>{std::make_unique<form_source>(frame, std::move(*content))};
                       }};
  auto const patience = job.platform.options().stall + digestion(file.state.size);
  auto const answer = job.platform.post(request, &body, patience);
  if (!answer) return answer.error();
  auto row = read_uploaded(job.platform.version(), *answer);
  if (!row) return job.platform.unusable(row.error(), request.url);
  row->name = name_in(file.key);
  if (job.platform.version() == api_version::v1) row->size = file.state.size;
  return row;
}

}  // namespace detail

WAYBILL_DECL result<file_row> send_file(sending_job const& job, local_file const& file) {
  std::uint64_t counted = 0;
  return job.platform.once([&] { return detail::attempt(job, file, counted); },
                           [&]() -> result<std::optional<file_row>> {
                             auto const there = detail::newcomers(job, file.key);
                             if (!there) return there.error();
                             for (auto const& row : *there)
                               if (row.size == file.state.size) return std::optional{row};
                             return std::optional<file_row>{};
                           });
}

WAYBILL_DECL result<bool> has_arrived(sending_job const& job, local_file const& file, file_row const& sent) {
  using std::chrono::milliseconds;
  if (sent.size != file.state.size) return false;
  if (job.how == proof::size) return true;
  auto const& options = job.platform.options();
  if (job.platform.version() == api_version::v1) {
    auto const longest = 6 * options.stall + detail::digestion(sent.size);
    milliseconds waited{0}, next{25};
    for (;;) {
      auto const there = job.platform.is_stored(sent.id, sent.size);
      if (!there) return there.error();
      if (*there) break;
      if (waited >= longest) return false;
      if (options.retry.sleep)
        if (auto const r = options.retry.sleep(next); !r) return r.error();
      waited += next;
      next = std::min(next * 2, milliseconds{1'000});
    }
  }
  if (job.how != proof::full) return true;
  auto const sum = hash_stored(job.platform, sent, job.stop);
  if (sum) return *sum == file.sha256;
  if (sum.error().code == condition::interrupted || sum.error().code == condition::denied) return sum.error();
  return false;
}

WAYBILL_DECL result<file_row> prove_file(sending_job const& job, local_file const& file, file_row sent) {
  for (unsigned attempts = 1;; ++attempts) {
    auto const arrived = has_arrived(job, file, sent);
    if (!arrived) return arrived.error();
    if (*arrived) return sent;
    if (auto const r = job.platform.remove_file(sent.id); !r) return r.error();
    if (attempts >= std::max(job.platform.options().retry.attempts, 1U))
      return make_error(errc::digest_mismatch,
                        "the platform takes it and does not keep these bytes, " + std::to_string(attempts) +
                            " times over; what it kept was removed",
                        file.key);
    auto again = send_file(job, file);
    if (!again) return again;
    sent = std::move(*again);
  }
}

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

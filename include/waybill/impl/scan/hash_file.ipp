#pragma once

#include <waybill/scan/hash_file.hpp>

#include <waybill/scan/content.hpp>
#include <waybill/scan/pool.hpp>

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// One hasher per worker, made where it is needed first.
inline result<content_hasher*> hasher_of(std::optional<content_hasher>& slot, std::span<algorithm const> algorithms,
                                         job_control const& control, progress_counter& counter) {
  if (!slot) {
    auto made = content_hasher::create(algorithms, control.stop, counter);
    if (!made) return made.error();
    slot.emplace(std::move(*made));
  }
  return &*slot;
}

/// @param sums  gets the parts' own digests, packed; may be null
inline result<void> hash_parts(int fd, std::string const& path, file_state const& state, job_control const& control,
                               std::byte* out, std::vector<std::byte>* sums = nullptr) {
  // The caller keeps its descriptor; the job owns a second one of the same open file.
  file_descriptor own{::fcntl(fd, F_DUPFD_CLOEXEC, 0)};
  if (!own) return system_error(errno, "cannot duplicate a descriptor", path);
  constexpr std::array algorithms{algorithm{algorithms::sha2_256_chunked}};
  part_job job{std::move(own), path, state, worker_count(control)};
  std::vector<std::optional<content_hasher>> hashers(worker_count(control));
  progress_counter counter{control.on_progress, "hash"};
  counter.expect(1, state.size);
  auto const done =
      parallel_for(static_cast<std::size_t>(job.parts()), control, [&](unsigned worker, std::size_t) -> result<void> {
        auto const hasher = hasher_of(hashers[worker], algorithms, control, counter);
        if (!hasher) return hasher.error();
        auto const hashed = job.hash_next(**hasher);
        return hashed ? result<void>{} : hashed.error();
      });
  if (!done) return done;
  counter.done(1, 0);
  counter.flush();
  return job.finish(out, sums);
}

/// A file of one part by the chunk rule: its SHA-256 is the part's, and the digest is that of the digest.
/// @return whether the file looks like a placeholder
inline result<bool> hash_one_part(int fd, std::string const& path, file_state const& state, job_control const& control,
                                  std::byte* out, std::vector<std::byte>& sums) {
  progress_counter counter{control.on_progress, "hash"};
  constexpr std::array algorithms{algorithm{algorithms::sha2_256_chunked}};
  auto hasher = content_hasher::create(algorithms, control.stop, counter);
  if (!hasher) return hasher.error();
  sums.resize(algorithms::sha256.size);
  if (auto r = hasher->hash_part(fd, 0, state.size, path, sums.data()); !r) return r.error();
  auto const after = state_of(fd, path);
  if (!after) return after.error();
  if (*after != state) return changed_error("changed", path);
  if (state.size == 0) std::ranges::copy(std::exchange(sums, {}), out);
  else std::ranges::copy(hash_bytes<sha256_hasher>(sums).bytes(), out);
  return hasher->met_placeholder();
}

/// @return whether the file looks like a placeholder
inline result<bool> hash_stream(int fd, std::string const& path, std::span<algorithm const> algorithms,
                                file_state const& state, job_control const& control, std::byte* out) {
  progress_counter counter{control.on_progress, "hash"};
  auto hasher = content_hasher::create(algorithms, control.stop, counter);
  if (!hasher) return hasher.error();
  counter.expect(1, state.size);
  if (auto r = hasher->hash_file(fd, state.size, path, out); !r) return r.error();
  counter.done(1, 0);
  counter.flush();
  auto const after = state_of(fd, path);
  if (!after) return after.error();
  if (*after != state) return changed_error("changed", path);
  return hasher->met_placeholder();
}

}  // namespace detail

WAYBILL_DECL result<hashed_file> hash_open_file(int fd, std::string const& path, std::span<algorithm const> algorithms,
                                                job_control const& control) {
  auto const state = state_of(fd, path);
  if (!state) return state.error();
  auto const ordered = detail::ordered_algorithms(algorithms);
  std::vector<std::byte> packed(detail::packed_size(ordered));
  hashed_file out{*state, {}};
  if (detail::hashed_in_parts(ordered, state->size)) {
    if (auto r = detail::hash_parts(fd, path, *state, control, packed.data()); !r) return r.error();
  } else {
    auto const looks = detail::hash_stream(fd, path, ordered, *state, control, packed.data());
    if (!looks) return looks.error();
    out.looks_like_placeholder = *looks;
  }
  detail::unpack_digests(ordered, packed, out.digests);
  return out;
}

WAYBILL_DECL result<hashed_file> hash_file_parts(std::string const& path, std::vector<std::byte>& parts,
                                                 job_control const& control) {
  auto const fd = open_for_reading(path);
  if (!fd) return fd.error();
  auto const state = state_of(fd->get(), path);
  if (!state) return state.error();
  std::array<std::byte, algorithms::sha2_256_chunked.size> packed;
  hashed_file out{*state, {}};
  if (plan_chunks(state->size).parts > 1) {
    if (auto r = detail::hash_parts(fd->get(), path, *state, control, packed.data(), &parts); !r) return r.error();
  } else {
    auto const looks = detail::hash_one_part(fd->get(), path, *state, control, packed.data(), parts);
    if (!looks) return looks.error();
    out.looks_like_placeholder = *looks;
  }
  out.digests = {digest{algorithms::sha2_256_chunked, packed}};
  return out;
}

WAYBILL_DECL result<hashed_file> hash_file(std::string const& path, std::span<algorithm const> algorithms,
                                           job_control const& control) {
  auto const fd = open_for_reading(path);
  if (!fd) return fd.error();
  return hash_open_file(fd->get(), path, algorithms, control);
}

}  // namespace waybill::inline WAYBILL_ABI

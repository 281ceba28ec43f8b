#pragma once

#include <waybill/scan/seal.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cstddef>
#include <ctime>

namespace waybill::inline WAYBILL_ABI::detail {

inline constexpr std::int64_t second_ns = 1'000'000'000;
/// 2000-01-01 00:00 UTC: archives that cannot hold 1970 can hold it.
inline constexpr std::int64_t seal_second = 946'684'800;

/// The finalizer of splitmix64: each bit of the outcome depends on each bit of `x`.
/// @format G. L. Steele, D. Lea, C. H. Flood: Fast splittable pseudorandom number generators (OOPSLA 2014), figure 16
inline constexpr std::uint64_t mixed(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

WAYBILL_DECL std::int64_t seal_time(file_state const& state, digest const& content) noexcept {
  std::uint64_t sum = mixed(state.inode + 0x9e3779b97f4a7c15) ^ state.size;
  for (auto const byte : content.bytes()) sum = mixed(sum ^ std::to_integer<std::uint64_t>(byte));
  return seal_second * second_ns + static_cast<std::int64_t>(sum % second_ns);
}

WAYBILL_DECL bool is_sealed(file_state const& state, digest const& content) noexcept {
  // The second first: it tells nearly all files that are not sealed apart.
  return state.modified_ns / second_ns == seal_second && state.modified_ns == seal_time(state, content);
}

WAYBILL_DECL void seal(int fd, file_state const& state, digest const& content) noexcept {
  auto const time = seal_time(state, content);
  std::array<timespec, 2> times{};
  times[0].tv_nsec = UTIME_OMIT;
  times[1] = {.tv_sec = static_cast<std::time_t>(time / second_ns), .tv_nsec = static_cast<long>(time % second_ns)};
  static_cast<void>(::futimens(fd, times.data()));
}

}  // namespace waybill::inline WAYBILL_ABI::detail

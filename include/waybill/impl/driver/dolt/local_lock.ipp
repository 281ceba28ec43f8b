#pragma once

#include <waybill/driver/dolt/local_lock.hpp>

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

WAYBILL_DECL result<local_lock> local_lock::take(std::string const& directory, patience const& p) {
  auto const path = directory + "/.dolt";
  file_descriptor fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd && (errno == ENOENT || errno == ENOTDIR))
    return make_error(errc::file_not_found, "there is no Dolt database; make one with `dolt init`, or name another",
                      directory);
  if (!fd) return system_error(errno, "cannot be opened", path);
  auto const locked = repeat(p, [&]() -> result<void> {
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK && errno != EINTR) return system_error(errno, "cannot be locked", path);
    return make_error(errc::temporary, "other tasks use the database and it did not become free in time; repeat it",
                      directory);
  });
  if (!locked) return locked.error();
  return local_lock{std::move(fd)};
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

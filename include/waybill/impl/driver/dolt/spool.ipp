#pragma once

#include <waybill/driver/dolt/spool.hpp>

#include <waybill/scan/file.hpp>

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

WAYBILL_DECL result<spool> spool::of(byte_source& from) {
  spool out{std::tmpfile()};
  if (!out.file_) return system_error(errno, "no temporary file for the rows");
  std::vector<std::byte> buffer(std::size_t{256} << 10);
  for (;;) {
    auto const n = from.read(buffer);
    if (!n) return n.error();
    if (*n == 0) break;
    if (std::fwrite(buffer.data(), 1, *n, out.file_.get()) != *n)
      return system_error(errno, "no room for the rows among the temporary files");
  }
  if (std::fflush(out.file_.get()) != 0) return system_error(errno, "no room for the rows among the temporary files");
  return out;
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> spool::read() const {
  int const fd = ::fileno(file_.get());
  if (::lseek(fd, 0, SEEK_SET) != 0) return system_error(errno, "a temporary file cannot be read");
  return std::make_unique<file_source>(fd, "the rows");
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/driver/dolt/spool.hpp>

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

namespace detail {

/// Keeps a place of its own, so that several can read side by side.
class spool_source final : public byte_source {
 public:
  explicit spool_source(int fd) noexcept : fd_{fd} {}
  [[nodiscard]] result<std::size_t> read(std::span<std::byte> buffer) override {
    for (;;) {
      auto const n = ::pread(fd_, buffer.data(), buffer.size(), at_);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return system_error(errno, "a temporary file cannot be read");
      at_ += n;
      return static_cast<std::size_t>(n);
    }
  }

 private:
  int fd_;
  off_t at_ = 0;
};

}  // namespace detail

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

WAYBILL_DECL std::unique_ptr<byte_source> spool::read() const {
  return std::make_unique<detail::spool_source>(::fileno(file_.get()));
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

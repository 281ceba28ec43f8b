#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>

#include <cstdio>
#include <memory>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/// Bytes that are kept until they are needed, maybe more than once: a file without a name where the system keeps
/// temporary ones.
class spool {
 public:
  /// @errors the source's; system errors
  [[nodiscard]] static result<spool> of(byte_source& from);
  /// All the bytes from the first on. @lifetime refers to the spool
  [[nodiscard]] std::unique_ptr<byte_source> read() const;

 private:
  struct closer {
    void operator()(std::FILE* f) const noexcept { std::fclose(f); }
  };
  explicit spool(std::FILE* f) noexcept : file_{f} {}
  std::unique_ptr<std::FILE, closer> file_;
};

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dolt/spool.ipp>
#endif

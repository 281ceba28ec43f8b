#pragma once

#include <waybill/store/cached.hpp>

#include <algorithm>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

WAYBILL_DECL result<std::shared_ptr<std::string const>> drain_object(byte_source& source, std::uint64_t size,
                                                                     std::uint64_t keep) {
  auto const small = size <= keep;
  auto bytes = std::make_shared<std::string>();
  auto const capacity = static_cast<std::size_t>(std::min<std::uint64_t>(size + 1, std::uint64_t{1} << 20));
  auto const buffer = std::make_unique_for_overwrite<std::byte[]>(capacity);
  for (;;) {
    auto const n = source.read({buffer.get(), capacity});
    if (!n) return n.error();
    if (*n == 0) break;
    if (small) bytes->append(as_text({buffer.get(), *n}));
  }
  return small ? bytes : std::shared_ptr<std::string const>{};
}

WAYBILL_DECL result<void> skip_bytes(byte_source& source, std::uint64_t bytes) {
  auto const capacity = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, std::uint64_t{1} << 20));
  auto const buffer = std::make_unique_for_overwrite<std::byte[]>(capacity);
  while (bytes != 0) {
    auto const n = source.read({buffer.get(), static_cast<std::size_t>(std::min<std::uint64_t>(bytes, capacity))});
    if (!n) return n.error();
    if (*n == 0) break;
    bytes -= *n;
  }
  return {};
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

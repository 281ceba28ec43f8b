#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/http/client.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace waybill::inline WAYBILL_ABI {

/** A request's body as a transport sends it: exactly as many bytes as were promised.
    @lifetime refers to the body  @threads one at a time */
class outgoing_body {
 public:
  /// Opens the body. @errors what opening says
  [[nodiscard]] static result<outgoing_body> open(http_body const& body);

  /** The next bytes; 0 when all have been given.
      @errors errc::source_changed for fewer bytes than promised, or more; what reading says */
  [[nodiscard]] result<std::size_t> read(std::span<std::byte> buffer);
  /// From the first byte again. @errors what opening says
  [[nodiscard]] result<void> rewind();

 private:
  explicit outgoing_body(http_body const& body) noexcept : body_{&body} {}
  http_body const* body_;
  std::unique_ptr<byte_source> source_;
  std::uint64_t given_ = 0;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/outgoing.ipp>
#endif

#pragma once

#include <waybill/protocol/clowder/multipart.hpp>

#include <waybill/protocol/clowder/names.hpp>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

WAYBILL_DECL form_frame frame_of(std::string_view field, std::string_view name, std::string_view boundary) {
  form_frame out;
  out.content_type.append("multipart/form-data; boundary=").append(boundary);
  out.head.append("--").append(boundary).append("\r\nContent-Disposition: form-data; name=\"").append(field);
  out.head.append("\"; filename=\"").append(quoted_name(name)).append("\"\r\n\r\n");
  out.tail.append("\r\n--").append(boundary).append("--\r\n");
  return out;
}

WAYBILL_DECL result<std::size_t> form_source::read(std::span<std::byte> buffer) {
  if (buffer.empty()) return std::size_t{0};
  for (; part_ < 3; ++part_) {
    auto const n = part_ == 0 ? head_.read(buffer) : part_ == 1 ? content_->read(buffer) : tail_.read(buffer);
    if (!n || *n != 0) return n;
  }
  return std::size_t{0};
}

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/http/outgoing.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL result<outgoing_body> outgoing_body::open(http_body const& body) {
  outgoing_body out{body};
  if (auto const opened = out.rewind(); !opened) return opened.error();
  return out;
}

WAYBILL_DECL result<void> outgoing_body::rewind() {
  auto source = body_->open();
  if (!source) return source.error();
  source_ = std::move(*source);
  given_ = 0;
  return {};
}

WAYBILL_DECL result<std::size_t> outgoing_body::read(std::span<std::byte> buffer) {
  auto const left = body_->size - given_;
  if (left == 0 || buffer.empty()) return std::size_t{0};
  auto const n = source_->read(buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left))));
  if (!n) return n.error();
  given_ += *n;
  auto const wrong = [&](std::string_view how) {
    return make_error(errc::source_changed, "the body has " + std::string{how} + " than the " +
                                                std::to_string(body_->size) + " bytes it had");
  };
  if (*n == 0) return wrong("fewer");
  if (given_ == body_->size) {  // before the last bytes go out: a server must not take a part for the whole
    std::array<std::byte, 1> more;
    auto const beyond = source_->read(more);
    if (!beyond) return beyond.error();
    if (*beyond != 0) return wrong("more");
  }
  return *n;
}

}  // namespace waybill::inline WAYBILL_ABI

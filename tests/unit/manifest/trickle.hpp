#pragma once

#include <waybill/core/stream.hpp>

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace waybill_test {

/// Hands out a few bytes at a time.
struct trickle final : waybill::byte_source {
  trickle(std::string bytes, std::size_t step_size) : text{std::move(bytes)}, source{text}, step{step_size} {}
  waybill::result<std::size_t> read(std::span<std::byte> buffer) override {
    return source.read(buffer.first(std::min(step, buffer.size())));
  }
  std::string text;
  waybill::memory_source source;
  std::size_t step;
};

}  // namespace waybill_test

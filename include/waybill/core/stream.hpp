#pragma once

#include <waybill/config.hpp>
#include <waybill/core/bytes.hpp>
#include <waybill/error.hpp>

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/// Bytes that are read front to back: a file, an object of a store, a request body.
class byte_source {
 public:
  virtual ~byte_source() = default;
  /** Fills the front of `buffer`. @return bytes read; 0 only at the end (or for an empty buffer)
      @errors whatever the place the bytes come from says */
  [[nodiscard]] virtual result<std::size_t> read(std::span<std::byte> buffer) = 0;
};

/// A place bytes are written to, front to back.
class byte_sink {
 public:
  virtual ~byte_sink() = default;
  /// Takes all of `bytes` or fails. @errors whatever the place they go to says; how much it took is then unknown
  [[nodiscard]] virtual result<void> write(byte_view bytes) = 0;
};

/// Reads bytes in memory. @lifetime refers to the bytes it was made with
class memory_source final : public byte_source {
 public:
  explicit memory_source(byte_view bytes) noexcept : rest_{bytes} {}
  explicit memory_source(std::string_view text) noexcept : rest_{as_bytes(text)} {}
  [[nodiscard]] result<std::size_t> read(std::span<std::byte> buffer) override {
    auto const n = buffer.size() < rest_.size() ? buffer.size() : rest_.size();
    if (n != 0) std::memcpy(buffer.data(), rest_.data(), n);
    rest_ = rest_.subspan(n);
    return n;
  }

 private:
  byte_view rest_;
};

/// Collects bytes in a string.
class string_sink final : public byte_sink {
 public:
  [[nodiscard]] result<void> write(byte_view bytes) override {
    text_.append(as_text(bytes));
    return {};
  }
  [[nodiscard]] std::string const& str() const& noexcept { return text_; }
  [[nodiscard]] std::string str() && noexcept { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace waybill::inline WAYBILL_ABI

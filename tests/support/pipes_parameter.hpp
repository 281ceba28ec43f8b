#pragma once

#include <waybill/core/bytes.hpp>

#include <cstdint>
#include <string>

namespace waybill_test {

/// A text as a parameter of Dagster Pipes, in one block that is not compressed: any text can be one in a test.
inline std::string encoded_parameter(std::string const& text) {
  std::string stream{"\x78\x01\x01", 3};
  for (auto const n : {text.size(), ~text.size()})
    for (int const shift : {0, 8}) stream += static_cast<char>(n >> shift & 255);
  stream += text;
  std::uint32_t a = 1, b = 0;
  for (char const c : text) b = (b + (a = (a + static_cast<unsigned char>(c)) % 65521)) % 65521;
  for (auto const n : {b, a})
    for (int const shift : {8, 0}) stream += static_cast<char>(n >> shift & 255);
  return waybill::to_base64(waybill::as_bytes(stream));
}

}  // namespace waybill_test

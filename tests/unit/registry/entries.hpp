#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fixture.hpp"

namespace waybill_test {

inline waybill::entry entry_of(std::string const& key, std::string const& bytes,
                               std::vector<waybill::physical_key> places) {
  auto const d = waybill::hash_bytes(waybill::as_bytes(bytes), waybill::sha2_256_chunked_hasher{bytes.size()});
  return {
      waybill::logical_key::parse(key).value(), bytes.size(), {d}, nullptr, std::move(places), waybill::json::object{}};
}

inline std::string drain(waybill::result<std::unique_ptr<waybill::byte_source>> source) {
  if (!source) return "<" + std::string{waybill::name_of(source.error().code)} + ">";
  std::string out(1 << 16, '\0');
  std::size_t filled = 0;
  for (;;) {
    auto const n = (*source)->read(std::as_writable_bytes(std::span{out}).subspan(filled)).value();
    if (n == 0) break;
    filled += n;
  }
  out.resize(filled);
  return out;
}

}  // namespace waybill_test

#include <waybill/core/bytes.hpp>

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <random>

#include "common/context.hpp"

namespace waybill_cli {
namespace {

std::string user_name() {
  if (auto const said = environment("WAYBILL_USER")) return *said;
  auto const* const entry = ::getpwuid(::geteuid());
  return entry != nullptr ? std::string{entry->pw_name} : "uid " + std::to_string(::geteuid());
}

std::string random_text() {
  std::random_device source;
  std::array<std::uint32_t, 4> words{};
  for (auto& word : words) word = source();
  return waybill::to_hex(std::as_bytes(std::span{words}));
}

}  // namespace

waybill::author context::author() { return {user_name(), random_text}; }

}  // namespace waybill_cli

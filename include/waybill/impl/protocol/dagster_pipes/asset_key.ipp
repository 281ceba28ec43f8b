#pragma once

#include <waybill/protocol/dagster_pipes/asset_key.hpp>

namespace waybill::inline WAYBILL_ABI {
namespace dagster_pipes {

WAYBILL_DECL std::string escape_asset_key(std::span<std::string const> parts) {
  std::string out;
  for (auto const& part : parts) {
    if (&part != parts.data()) out += '/';
    for (char const c : part) {
      if (c == '\\' || c == '/') out += '\\';
      out += c;
    }
  }
  return out;
}

WAYBILL_DECL result<std::vector<std::string>> split_asset_key(std::string_view text) {
  std::vector<std::string> out(1);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '/') {
      out.emplace_back();
      continue;
    }
    if (text[at] == '\\' && ++at == text.size())
      return make_error(errc::malformed_key, "an asset key ends with a \\ that escapes nothing", std::string{text});
    out.back() += text[at];
  }
  return out;
}

}  // namespace dagster_pipes
}  // namespace waybill::inline WAYBILL_ABI

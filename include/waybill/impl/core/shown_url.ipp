#pragma once

#include <waybill/core/shown_url.hpp>

#include <waybill/core/utf8.hpp>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL std::string shown_url(std::string_view url) {
  auto const shown = url.substr(0, url.find_first_of("?#"));
  std::string out{shown};
  auto const slashes = shown.find("//");
  if (slashes != std::string_view::npos) {
    auto const begin = slashes + 2;
    auto const at = shown.substr(0, shown.find('/', begin)).rfind('@');
    if (at != std::string_view::npos && at >= begin) out.erase(begin, at + 1 - begin);
  }
  return printable(out);
}

}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/core/secret.hpp>

#include <string>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL error without_secret(error e, std::string_view secret) {
  constexpr std::string_view shown = "***";
  if (secret.empty()) return e;
  for (auto* text : {&e.detail, &e.path})
    for (auto at = text->find(secret); at != std::string::npos; at = text->find(secret, at + shown.size()))
      text->replace(at, secret.size(), shown);
  return e;
}

}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/// An error of a document's reader, which names a place in it, with the file (or what else holds it) before that place.
[[nodiscard]] inline error in_file(error e, std::string_view file) {
  e.path = std::string{file} + (e.path.empty() ? "" : ", " + e.path);
  return e;
}

}  // namespace waybill::inline WAYBILL_ABI

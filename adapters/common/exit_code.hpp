#pragma once

#include <waybill/error.hpp>

namespace waybill_cli {

/// The one table from conditions to exit codes (docs/cli.md, "Exit codes").
[[nodiscard]] inline int exit_code(waybill::condition c) noexcept {
  switch (c) {
    case waybill::condition::usage: return 2;
    case waybill::condition::refused: return 3;
    case waybill::condition::unsafe_input: return 65;
    case waybill::condition::not_found: return 66;
    case waybill::condition::permanent: return 69;
    case waybill::condition::integrity: return 70;
    case waybill::condition::transient: return 75;
    case waybill::condition::conflict: return 75;  // lost after retries: repeating is safe
    case waybill::condition::denied: return 77;
    case waybill::condition::interrupted: return 130;
  }
  return 69;
}

inline constexpr int exit_differences = 1;

}  // namespace waybill_cli

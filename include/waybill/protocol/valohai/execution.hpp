#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// What `execution.json` says of the execution that runs; empty where it does not.
struct execution {
  std::string id{};
};

/** Reads `execution.json`: a flat object with names like `valohai.execution-id`.
    @errors as json::parse; errc::wrong_type
    @format docs.valohai.com, system configuration files */
[[nodiscard]] WAYBILL_DECL result<execution> read_execution(std::string_view text);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/execution.ipp>
#endif

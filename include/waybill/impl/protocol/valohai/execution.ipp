#pragma once

#include <waybill/protocol/valohai/execution.hpp>

#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

WAYBILL_DECL result<execution> read_execution(std::string_view text) {
  auto const document = json::parse(text);
  if (!document) return document.error();
  json::record_reader record{*document};
  execution out{.id = record.optional_string("valohai.execution-id").value_or("")};
  if (auto const r = record.finish(); !r) return r.error();
  return out;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

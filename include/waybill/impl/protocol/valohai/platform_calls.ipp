#pragma once

#include <waybill/protocol/valohai/platform_calls.hpp>

#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>
#include <waybill/json/write.hpp>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

WAYBILL_DECL result<platform_calls> read_platform_calls(std::string_view text) {
  platform_calls out;
  auto const document = json::parse(text);
  if (!document) return document.error();
  json::record_reader calls{*document};
  auto const* status = calls.optional_object("set_status_detail");
  if (auto const r = calls.finish(); !r) return r.error();
  if (status == nullptr) return out;
  json::record_reader call{*status, "/set_status_detail"};
  http_request request{
      .method = call.optional_string("method").value_or("POST"), .url = call.required_string("url"), .headers = {}};
  auto const* headers = call.optional_object("headers");
  if (auto const r = call.finish(); !r) return r.error();
  if (headers != nullptr)
    for (auto const& [name, v] : *headers->as_object()) {
      if (v.as_string() == nullptr)
        return make_error(errc::wrong_type, "a header field is a text",
                          "/set_status_detail/headers/" + json::pointer_token(name));
      request.headers.add({name, *v.as_string(), true});
    }
  request.headers.set({"Content-Type", "application/json"});
  out.set_status_detail = std::move(request);
  return out;
}

WAYBILL_DECL std::string status_body(std::string_view text) {
  return json::compact(json::object{{"status_detail", text}});
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/protocol/valohai/api_error.hpp>

#include <waybill/http/retry.hpp>
#include <waybill/json/parse.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

/// A text, `{"code", "message"}`, or several of them.
inline std::string complaint(json::value const& v) {
  if (auto const* text = v.as_string()) return *text;
  if (auto const* message = v.find("message")) return complaint(*message);
  if (auto const* code = v.find("code")) return complaint(*code);
  std::string out;
  if (auto const* items = v.as_array())
    for (auto const& item : *items)
      if (auto const one = complaint(item); !one.empty()) out.append(out.empty() ? "" : ", ").append(one);
  return out;
}

}  // namespace detail

WAYBILL_DECL std::string error_text(std::string_view body) {
  auto const document = json::parse(body, {.max_depth = 16, .max_bytes = std::size_t{1} << 20});
  if (!document) return {};
  for (auto const* name : {"detail", "error", "non_field_errors"})
    if (auto const* member = document->find(name)) return detail::complaint(*member);
  std::string out;
  if (auto const* members = document->as_object())
    for (auto const& [name, v] : *members)
      if (auto const one = detail::complaint(v); !one.empty())
        out.append(out.empty() ? "" : "; ").append(name).append(": ").append(one);
  return out.empty() ? detail::complaint(*document) : out;
}

WAYBILL_DECL error api_failure(int status, header_list const& headers, std::string_view body, std::string_view url,
                               bool elsewhere) {
  auto out = status_error(status, headers, error_text(body), url);
  if (out.code == condition::not_found) out.code = errc::permanent;
  if (out.code == condition::denied)
    out.detail += elsewhere ? "; the API led here, and another host does not get the token: set VH_API_BASE_URL to the "
                              "platform's own address"
                            : "; check VH_API_TOKEN and what its owner may do";
  return out;
}

WAYBILL_DECL error download_failure(int status, header_list const& headers, std::string_view url) {
  auto out = status_error(status, headers, {}, url);
  if (out.code != condition::not_found && out.code != condition::denied) return out;
  out.code = errc::permanent;
  out.detail +=
      "; the platform named this address for the file, and it is good for a while only: repeat, and look "
      "whether the file was purged";
  return out;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

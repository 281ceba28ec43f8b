#pragma once

#include <waybill/protocol/clowder/api_error.hpp>

#include <waybill/core/shown_url.hpp>
#include <waybill/http/retry.hpp>
#include <waybill/json/parse.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

namespace detail {

/// A text, `{"error": …}`, a field's complaint `{"loc": […], "msg": …}`, or several of them.
inline std::string complaint(json::value const& v) {
  if (auto const* text = v.as_string()) return *text;
  if (auto const* inner = v.find("error")) return complaint(*inner);
  std::string out;
  if (auto const* message = v.find("msg")) {
    if (auto const* where = v.find("loc"); where != nullptr && where->as_array() != nullptr)
      for (auto const& part : *where->as_array())
        if (auto const* name = part.as_string()) out.append(out.empty() ? "" : ".").append(*name);
    return out + ": " + complaint(*message);
  }
  if (auto const* items = v.as_array())
    for (auto const& item : *items)
      if (auto const one = complaint(item); !one.empty()) out.append(out.empty() ? "" : ", ").append(one);
  return out;
}

}  // namespace detail

WAYBILL_DECL std::string error_text(std::string_view body) {
  auto const document = json::parse(body, {.max_depth = 16, .max_bytes = std::size_t{1} << 20});
  if (document) {
    auto const* member = document->find("detail");
    return detail::complaint(member != nullptr ? *member : *document);
  }
  bool const page = body.find('<') != std::string_view::npos || body.find('\n') != std::string_view::npos;
  return page ? std::string{} : std::string{body.substr(0, 200)};
}

WAYBILL_DECL error api_failure(int status, header_list const& headers, std::string_view body, std::string_view url) {
  auto out = status_error(status, headers, error_text(body), url);
  auto const* const location = headers.find("Location");
  if (status >= 300 && status < 400 && location != nullptr) {
    out.code = errc::permanent;
    out.detail += ", and leads to " + shown_url(*location) +
                  "; the key follows no redirect: is CLOWDER_URL the platform's own address, https and all?";
  }
  if (out.code == condition::denied) out.detail += "; check CLOWDER_TOKEN and what its owner may do";
  return out;
}

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

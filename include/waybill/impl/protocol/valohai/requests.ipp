#pragma once

#include <waybill/protocol/valohai/requests.hpp>

#include <waybill/core/percent.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

WAYBILL_DECL requests::requests(std::string base, std::string token)
    : base_{std::move(base)}, token_{std::move(token)} {
  if (!base_.ends_with('/')) base_ += '/';
  base_ += "api/v0/";
}

WAYBILL_DECL http_request requests::get(std::string path) const {
  return {.method = "GET",
          .url = base_ + path,
          .headers = {{"Authorization", "Token " + token_, true}, {"Accept", "application/json"}}};
}

WAYBILL_DECL http_request requests::dataset(std::string_view id) const {
  return get("datasets/" + percent_encoded(id, percent_part::component) + "/");
}
WAYBILL_DECL http_request requests::datasets() const { return get("datasets/?limit=100"); }
WAYBILL_DECL http_request requests::version(std::string_view id) const {
  return get("dataset-versions/" + percent_encoded(id, percent_part::component) + "/");
}
WAYBILL_DECL http_request requests::versions(std::string_view dataset) const {
  return get("dataset-versions/?dataset=" + percent_encoded(dataset, percent_part::component));
}
WAYBILL_DECL http_request requests::outputs(std::string_view execution, std::size_t limit, std::size_t offset) const {
  return get("data/?ordering=id&limit=" + std::to_string(limit) + "&offset=" + std::to_string(offset) +
             "&output_execution=" + percent_encoded(execution, percent_part::component) +
             "&exclude=output_execution%2Cproject&purged=false");
}
WAYBILL_DECL http_request requests::datum(std::string_view id) const {
  return get("data/" + percent_encoded(id, percent_part::component) + "/");
}
WAYBILL_DECL http_request requests::download(std::string_view id) const {
  return get("data/" + percent_encoded(id, percent_part::component) + "/download/");
}

WAYBILL_DECL http_request requests::create_version() const {
  auto out = get("dataset-versions/");
  out.method = "POST";
  out.headers.add({"Content-Type", "application/json"});
  return out;
}

WAYBILL_DECL http_request with_query(http_request request, std::string_view query) {
  request.url.resize(std::min(request.url.find('?'), request.url.size()));
  request.url.append("?").append(query);
  return request;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/protocol/clowder/requests.hpp>

#include <waybill/core/percent.hpp>
#include <waybill/json/write.hpp>
#include <waybill/protocol/clowder/records.hpp>
#include <waybill/version.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

namespace detail {

inline std::string encoded(std::string_view text) { return percent_encoded(text, percent_part::component); }

inline std::string page_query(std::uint64_t skip) {
  return "skip=" + std::to_string(skip) + "&limit=" + std::to_string(requests::rows_v2);
}

}  // namespace detail

WAYBILL_DECL requests::requests(std::string base, std::string key, api_version api)
    : base_{std::move(base)}, key_{std::move(key)}, api_{api} {
  if (!base_.ends_with('/')) base_ += '/';
}

WAYBILL_DECL std::string requests::page_of(std::string_view dataset) const {
  return base_ + "datasets/" + detail::encoded(dataset);
}

WAYBILL_DECL http_request requests::ask(std::string method, std::string path) const {
  return {.method = std::move(method),
          .url = base_ + (api_ == api_version::v1 ? "api/" : "api/v2/") + path,
          .headers = {{"X-API-Key", key_, true}, {"Accept", "application/json"}}};
}

WAYBILL_DECL call requests::post(std::string path, json::object body) const {
  call out{.request = ask("POST", std::move(path)), .body = json::compact(json::value{std::move(body)})};
  out.request.headers.add({"Content-Type", "application/json"});
  return out;
}

WAYBILL_DECL http_request requests::version() const {
  auto out = ask("GET", api_ == api_version::v1 ? "version" : "status");
  out.headers.remove("X-API-Key");
  return out;
}

WAYBILL_DECL call requests::key_check_v1() const { return post("datasets/createempty", {}); }

WAYBILL_DECL http_request requests::spaces_v1(std::string_view title) const {
  return ask("GET",
             "spaces?title=" + detail::encoded(literal_pattern(title)) + "&limit=" + std::to_string(most_rows_v1));
}
WAYBILL_DECL http_request requests::space_v1(std::string_view id) const {
  return ask("GET", "spaces/" + detail::encoded(id));
}

WAYBILL_DECL http_request requests::datasets(std::string_view title, std::uint64_t skip) const {
  if (api_ == api_version::v2)
    return ask("GET", "datasets?" + detail::page_query(skip) + (title.empty() ? "" : "&mine=true"));
  std::string query = "limit=" + std::to_string(most_rows_v1);
  if (!title.empty()) query += "&exact=true&title=" + detail::encoded(title);
  return ask("GET", "datasets?" + query);
}

WAYBILL_DECL http_request requests::files(std::string_view dataset, std::uint64_t skip) const {
  auto const path = "datasets/" + detail::encoded(dataset) + "/files";
  return ask("GET", api_ == api_version::v1 ? path : path + "?" + detail::page_query(skip));
}

WAYBILL_DECL http_request requests::folders(std::string_view dataset, std::string_view parent,
                                            std::uint64_t skip) const {
  auto const path = "datasets/" + detail::encoded(dataset) + "/folders";
  if (api_ == api_version::v1) return ask("GET", path);
  auto const within = parent.empty() ? std::string{} : "parent_folder=" + detail::encoded(parent) + "&";
  return ask("GET", path + "?" + within + detail::page_query(skip));
}

WAYBILL_DECL http_request requests::metadata(std::string_view dataset) const {
  auto const* const route = api_ == api_version::v1 ? "/metadata.jsonld" : "/metadata";
  return ask("GET", "datasets/" + detail::encoded(dataset) + route);
}

WAYBILL_DECL http_request requests::dataset(std::string_view id) const {
  return ask("GET", "datasets/" + detail::encoded(id));
}

WAYBILL_DECL call requests::create_space_v1(std::string_view title) const {
  return post("spaces", {{"name", title}, {"description", ""}});
}

WAYBILL_DECL call requests::create_dataset(new_dataset const& what) const {
  json::object body{{"name", what.title}, {"description", what.description}};
  if (api_ == api_version::v2) return post("datasets?license_id=" + detail::encoded(what.license), std::move(body));
  if (!what.space_id.empty()) body.emplace_back("space", json::array{what.space_id});
  return post("datasets/createempty", std::move(body));
}

WAYBILL_DECL call requests::create_folder(std::string_view dataset, std::string_view parent,
                                          std::string_view name) const {
  auto const path = "datasets/" + detail::encoded(dataset);
  if (api_ == api_version::v2) {
    json::object body{{"name", name}};
    if (!parent.empty()) body.emplace_back("parent_folder", parent);
    return post(path + "/folders", std::move(body));
  }
  bool const top = parent.empty();
  return post(path + "/newFolder",
              {{"name", name}, {"parentId", top ? dataset : parent}, {"parentType", top ? "dataset" : "folder"}});
}

WAYBILL_DECL call requests::add_metadata(std::string_view dataset, json::object content) const {
  auto const path = "datasets/" + detail::encoded(dataset);
  if (api_ == api_version::v2)
    return post(path + "/metadata",
                {{"@context", json::array{json::value{metadata_context()}}}, {"content", std::move(content)}});
  json::object agent{{"@type", "cat:extractor"},
                     {"name", "waybill/" WAYBILL_VERSION_STRING},
                     {"extractor_id", base_ + "api/extractors/waybill"}};
  return post(path + "/metadata.jsonld",
              {{"@context", metadata_context()}, {"agent", std::move(agent)}, {"content", std::move(content)}});
}

WAYBILL_DECL http_request requests::upload(std::string_view dataset, std::string_view folder, bool extract) const {
  std::string query = api_ == api_version::v1 ? (extract ? "extract=true" : "extract=false") : "";
  if (!folder.empty()) query.append(query.empty() ? "" : "&").append("folder_id=").append(detail::encoded(folder));
  auto const path = api_ == api_version::v1 ? "uploadToDataset/" + detail::encoded(dataset)
                                            : "datasets/" + detail::encoded(dataset) + "/files";
  return ask("POST", query.empty() ? path : path + "?" + query);
}

WAYBILL_DECL http_request requests::remove_file(std::string_view file) const {
  return ask("DELETE", "files/" + detail::encoded(file));
}
WAYBILL_DECL http_request requests::download(std::string_view file) const {
  auto out = ask("GET", "files/" + detail::encoded(file));
  out.headers.set({"Accept", "*/*"});
  return out;
}
WAYBILL_DECL http_request requests::byte_of_v1(std::string_view file, std::uint64_t at) const {
  auto out = download(file);
  out.headers.add({"Range", "bytes=" + std::to_string(at) + "-" + std::to_string(at)});
  return out;
}
WAYBILL_DECL http_request requests::link_v2(std::string_view file) const {
  return ask("GET", "files/" + detail::encoded(file) + "/url/");
}

WAYBILL_DECL http_request requests::bag(std::string_view dataset) const {
  auto const path = "datasets/" + detail::encoded(dataset) + "/download";
  auto out = ask("GET", api_ == api_version::v1 ? path + "?bagit=true" : path);
  out.headers.set({"Accept", "*/*"});
  return out;
}

WAYBILL_DECL http_request requests::freeze_v2(std::string_view dataset) const {
  return ask("POST", "datasets/" + detail::encoded(dataset) + "/freeze");
}
WAYBILL_DECL http_request requests::latest_freeze_v2(std::string_view dataset) const {
  return ask("GET", "datasets/" + detail::encoded(dataset) + "/freeze/latest_version_num");
}

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

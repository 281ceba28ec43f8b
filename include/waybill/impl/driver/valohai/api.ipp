#pragma once

#include <waybill/driver/valohai/api.hpp>

#include <waybill/core/secret.hpp>
#include <waybill/core/shown_url.hpp>
#include <waybill/http/redirect.hpp>
#include <waybill/http/url.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>
#include <waybill/protocol/valohai/api_error.hpp>
#include <waybill/protocol/valohai/names.hpp>
#include <waybill/protocol/valohai/page.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

inline constexpr std::uint64_t largest_answer = std::uint64_t{1} << 30;
inline constexpr std::size_t page_size = 100;

/// An answer of success that is not what the API promises: the server's fault, and asking again will not help.
inline error answer_error(error e, std::string_view url) {
  if (!e.path.empty()) e.detail += " (at " + e.path + ")";
  return make_error(errc::permanent, "the server's answer cannot be used: " + e.detail, shown_url(url));
}

inline error repeating_pages(std::string_view url) {
  return make_error(errc::permanent, "the server's list leads in a circle: a page came twice", shown_url(url));
}

}  // namespace detail

WAYBILL_DECL api::api(any_http_client& client, api_options options)
    : client_{&client}, options_{std::move(options)}, requests_{options_.base, options_.token} {}

/// A server may repeat in its complaint what it was sent.
WAYBILL_DECL error api::hide_token(error e) const { return without_secret(std::move(e), options_.token); }

/// The failure that an answer without success means. The token is the API's own matter: nobody else sees it.
WAYBILL_DECL error api::refusal(http_response& response, std::string_view url, wanted what) const {
  auto const asked = split_http_url(url), own = split_http_url(options_.base);
  bool const elsewhere = asked && own && asked->origin() != own->origin();
  if (elsewhere && what == wanted::bytes)
    return hide_token(download_failure(response.status(), response.headers(), url));
  auto const body = read_body(response, std::uint64_t{1} << 20);
  auto const text = body ? std::string_view{*body} : std::string_view{};
  return hide_token(api_failure(response.status(), response.headers(), text, url, elsewhere));
}

WAYBILL_DECL result<std::unique_ptr<http_response>> api::send(http_request const& request, wanted what) const {
  auto answered = request.url;
  auto response = send_following(*client_, request, options_.stop, {.answered = &answered});
  if (!response) return hide_token(response.error());
  if (!is_success((*response)->status())) return refusal(**response, answered, what);
  return response;
}

WAYBILL_DECL result<json::value> api::get(http_request const& request) const {
  auto const text = waybill::detail::repeat_transient(options_.retry, [&]() -> result<std::string> {
    auto const response = send(request);
    if (!response) return response.error();
    return read_body(**response, detail::largest_answer);
  });
  if (!text) return hide_token(text.error());
  auto document = json::parse(*text);
  if (!document) return hide_token(detail::answer_error(document.error(), request.url));
  return document;
}

/// Calls `f(row, pointer)` for each row of a list until it says true.
WAYBILL_DECL result<void> api::for_each_row(
    http_request request, std::function<result<bool>(json::value const&, std::string)> const& f) const {
  std::set<std::string> asked;
  for (;;) {
    if (!asked.insert(request.url).second) return detail::repeating_pages(request.url);
    auto body = get(request);
    if (!body) return body.error();
    auto const part = read_page(std::move(*body));
    if (!part) return detail::answer_error(part.error(), request.url);
    for (std::size_t i = 0; i < part->results.size(); ++i) {
      auto const enough = f(part->results[i], "/results/" + std::to_string(i));
      if (!enough) return hide_token(detail::answer_error(enough.error(), request.url));
      if (*enough) return {};
    }
    if (!part->next) return {};
    request = with_query(std::move(request), *part->next);
  }
}

WAYBILL_DECL result<dataset> api::get_dataset(std::string_view id) const {
  auto const request = requests_.dataset(id);
  auto const body = get(request);
  if (!body) return body.error();
  auto out = read_dataset(*body);
  return out ? out : hide_token(detail::answer_error(out.error(), request.url));
}

WAYBILL_DECL result<dataset> api::find_dataset(std::string_view id_or_name) const {
  if (is_id(id_or_name)) return get_dataset(id_or_name);
  std::vector<std::string> ids;
  auto const listed = for_each_row(requests_.datasets(), [&](json::value const& row, std::string at) -> result<bool> {
    json::record_reader record{row, std::move(at)};
    auto const name = record.required_string("name"), id = record.required_string("id");
    if (auto const r = record.finish(); !r) return r.error();
    if (name == id_or_name) ids.push_back(id);
    return false;
  });
  if (!listed) return listed.error();
  if (ids.size() == 1) return get_dataset(ids.front());
  auto why = ids.empty() ? std::string{"no dataset has this name, or the token's owner may not see it"}
                         : "several datasets have this name, " + ids[0] + " and " + ids[1] + "; give the id";
  return make_error(errc::permanent, std::move(why), std::string{id_or_name});
}

WAYBILL_DECL result<dataset_version> api::get_version(std::string_view id) const {
  auto const request = requests_.version(id);
  auto const body = get(request);
  if (!body) return body.error();
  auto out = read_version(*body);
  if (!out) return hide_token(detail::answer_error(out.error(), request.url));
  for (auto& file : out->files) {
    if (file.is_complete()) continue;
    auto const asked = requests_.datum(file.id);
    auto const one = get(asked);
    if (!one) return one.error();
    auto complete = read_datum(*one, "");
    if (complete && !complete->is_complete()) complete = make_error(errc::missing_member, "a datum has no name");
    if (!complete) return hide_token(detail::answer_error(complete.error(), asked.url));
    file = std::move(*complete);
  }
  return out;
}

WAYBILL_DECL result<std::optional<version_reference>> api::find_version(std::string_view dataset,
                                                                        std::string_view name) const {
  std::optional<version_reference> out;
  auto const listed =
      for_each_row(requests_.versions(dataset), [&](json::value const& row, std::string at) -> result<bool> {
        auto reference = read_version_reference(row, std::move(at));
        if (!reference) return reference.error();
        if (reference->name != name) return false;
        out = std::move(*reference);
        return true;
      });
  if (!listed) return listed.error();
  return out;
}

WAYBILL_DECL result<std::vector<datum>> api::outputs(std::string_view execution, paging how) const {
  std::vector<datum> out;
  std::set<std::string> asked;
  std::string first_id;
  auto request = requests_.outputs(execution, detail::page_size, 0);
  for (std::size_t offset = 0;;) {
    auto body = get(request);
    if (!body) return body.error();
    auto const part = read_page(std::move(*body));
    if (!part) return hide_token(detail::answer_error(part.error(), request.url));
    auto const before = out.size();
    for (std::size_t i = 0; i < part->results.size(); ++i) {
      auto row = read_datum(part->results[i], "/results/" + std::to_string(i));
      if (!row) return hide_token(detail::answer_error(row.error(), request.url));
      out.push_back(std::move(*row));
    }
    auto const rows = out.size() - before;
    if (rows != 0 && std::exchange(first_id, out[before].id) == out[before].id)
      return detail::repeating_pages(request.url);
    if (how == paging::until_empty ? rows == 0 : part->says_next ? !part->next : rows < detail::page_size) return out;
    offset += detail::page_size;
    if (how == paging::next && part->next) request = with_query(std::move(request), *part->next);
    else request = requests_.outputs(execution, detail::page_size, offset);
    if (!asked.insert(request.url).second) return detail::repeating_pages(request.url);
  }
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> api::open_datum(std::string_view id) const {
  auto const request = requests_.download(id);
  return waybill::detail::repeat_transient(options_.retry, [&]() -> result<std::unique_ptr<byte_source>> {
    auto response = send(request, wanted::bytes);
    if (!response) return response.error();
    auto const* type = (*response)->headers().find("Content-Type");
    bool const attached = (*response)->headers().find("Content-Disposition") != nullptr;
    if (attached || type == nullptr || !type->starts_with("application/json"))
      return std::unique_ptr<byte_source>{std::move(*response)};
    auto const text = read_body(**response, std::uint64_t{1} << 20);
    if (!text) return hide_token(text.error());
    auto const document = json::parse(*text);
    if (!document) return hide_token(detail::answer_error(document.error(), request.url));
    json::record_reader record{*document};
    http_request const bytes{.method = "GET", .url = record.required_string("url"), .headers = {}};
    if (auto const r = record.finish(); !r) return hide_token(detail::answer_error(r.error(), request.url));
    response = send(bytes, wanted::bytes);
    if (!response) return response.error();
    return std::unique_ptr<byte_source>{std::move(*response)};
  });
}

WAYBILL_DECL result<std::string> api::create_version(std::string_view body) const {
  auto const request = requests_.create_version();
  auto const content = body_of(body);
  auto& client = options_.posting != nullptr ? *options_.posting : *client_;
  auto const response = client.send(request, &content, options_.stop);
  if (!response) return hide_token(response.error());
  if (!is_success((*response)->status())) return refusal(**response, request.url);
  auto const text = read_body(**response, detail::largest_answer);
  if (!text) return hide_token(text.error());
  auto const document = json::parse(*text);
  if (!document) return hide_token(detail::answer_error(document.error(), request.url));
  json::record_reader record{*document};
  auto id = record.required_string("id");
  if (auto const r = record.finish(); !r) return hide_token(detail::answer_error(r.error(), request.url));
  return id;
}

WAYBILL_DECL result<void> api::wait(error const& failure, unsigned failures) const {
  if (failure.retry_after > options_.retry.max_asked) return failure;
  if (!options_.retry.sleep) return {};
  return options_.retry.sleep(std::max(options_.retry.delay(failures), failure.retry_after));
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/driver/clowder/api.hpp>

#include <waybill/core/secret.hpp>
#include <waybill/core/shown_url.hpp>
#include <waybill/http/redirect.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/protocol/clowder/api_error.hpp>

#include <array>
#include <set>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

namespace detail {

inline constexpr std::uint64_t largest_answer = std::uint64_t{1} << 30;

inline error refusal(http_response& response, std::string_view url) {
  auto const body = read_body(response, std::uint64_t{1} << 20);
  return api_failure(response.status(), response.headers(), body ? std::string_view{*body} : std::string_view{}, url);
}

}  // namespace detail

WAYBILL_DECL api::api(any_http_client& client, api_options options, api_version version)
    : client_{&client}, options_{std::move(options)}, requests_{options_.base, options_.key, version} {
  if (options_.uploads == 0) options_.uploads = version == api_version::v1 ? 8 : 4;
}

WAYBILL_DECL error api::without_key(error e) const { return without_secret(std::move(e), options_.key); }

WAYBILL_DECL error api::unusable(error e, std::string_view url) const {
  if (e.code == condition::transient) return e;
  if (!e.path.empty()) e.detail += " (at " + e.path + ")";
  return without_key(make_error(errc::permanent, "the platform's answer cannot be used: " + e.detail, shown_url(url)));
}

/// Version 2 does one thing at a time, and takes a second for each upload: what is asked meanwhile waits for them.
WAYBILL_DECL std::chrono::milliseconds api::queue() const noexcept {
  return version() == api_version::v2 ? std::chrono::milliseconds{1'500} * options_.uploads
                                      : std::chrono::milliseconds{0};
}

WAYBILL_DECL result<std::unique_ptr<http_response>> api::send(any_http_client& client, http_request const& request,
                                                              http_body const* body) const {
  auto asked = request;
  asked.answer_within += options_.stall + queue();
  auto response = client.send(asked, body, options_.stop);
  if (!response) return without_key(response.error());
  if (!is_success((*response)->status())) return without_key(detail::refusal(**response, request.url));
  return response;
}

WAYBILL_DECL result<json::value> api::get(http_request const& request) const {
  auto const text = waybill::detail::repeat_transient(options_.retry, [&]() -> result<std::string> {
    auto const response = send(*client_, request, nullptr);
    if (!response) return response.error();
    return read_body(**response, detail::largest_answer);
  });
  if (!text) return without_key(text.error());
  auto document = json::parse(*text);
  if (!document) return unusable(document.error(), request.url);
  return document;
}

WAYBILL_DECL result<json::array> api::get_all(std::function<http_request(std::uint64_t)> const& part) const {
  json::array out;
  std::set<std::string, std::less<>> ids;
  for (std::uint64_t skip = 0;;) {
    auto const request = part(skip);
    auto body = get(request);
    if (!body) return body.error();
    auto page = read_rows(version(), std::move(*body));
    if (!page) return unusable(page.error(), request.url);
    skip += page->items.size();
    bool const last = !page->total || page->items.empty() || skip >= *page->total;
    for (auto& item : page->items) {
      // The newest come first: what is made meanwhile moves others to the next page.
      auto const* id = item.find("id");
      auto const* text = id != nullptr ? id->as_string() : nullptr;
      if (text == nullptr || ids.insert(*text).second) out.push_back(std::move(item));
    }
    if (last) return out;
  }
}

WAYBILL_DECL result<json::value> api::post(http_request const& request, http_body const* body,
                                           std::chrono::milliseconds extra) const {
  auto asked = request;
  asked.answer_within = extra;
  auto const response = send(options_.posting != nullptr ? *options_.posting : *client_, asked, body);
  if (!response) return response.error();
  auto const text = read_body(**response, detail::largest_answer);
  if (!text) return without_key(text.error());
  auto document = json::parse(*text);
  if (!document) return unusable(document.error(), request.url);
  return document;
}

WAYBILL_DECL result<json::value> api::post(call const& c) const {
  if (c.body.empty()) return post(c.request, nullptr);
  auto const body = body_of(c.body);
  return post(c.request, &body);
}

WAYBILL_DECL result<void> api::remove_file(std::string_view id) const {
  auto const request = requests_.remove_file(id);
  return waybill::detail::repeat_transient(options_.retry, [&]() -> result<void> {
    auto const response = send(*client_, request, nullptr);
    // Version 1 answers 400 for a file that it does not know.
    bool const gone = !response && (response.error().code == condition::not_found ||
                                    response.error().detail.find("Invalid file ID") != std::string::npos);
    if (!response && !gone) return response.error();
    return {};
  });
}

WAYBILL_DECL result<std::string> api::release() const {
  auto const request = requests_.version();
  auto const body = get(request);
  if (!body && body.error().code == condition::not_found)
    return make_error(errc::permanent,
                      "version " + std::to_string(static_cast<int>(version())) +
                          " of Clowder does not answer here: " + body.error().detail + "; check CLOWDER_URL and --api",
                      body.error().path);
  if (!body) return body.error();
  auto out = read_version(version(), *body);
  if (!out) return unusable(out.error(), request.url);
  return out;
}

WAYBILL_DECL result<api> api::open(any_http_client& client, api_options options, std::optional<api_version> which) {
  if (which) return api{client, std::move(options), *which};
  api two{client, options, api_version::v2};
  auto const second = two.release();
  if (second) return two;
  auto const goes_on = [](error const& e) {
    return e.code == condition::permanent || e.code == condition::not_found || e.code == condition::denied;
  };
  if (!goes_on(second.error())) return second.error();
  api one{client, std::move(options), api_version::v1};
  auto const first = one.release();
  if (first) return one;
  if (!goes_on(first.error())) return first.error();
  return make_error(
      errc::permanent,
      "no Clowder answers here, neither version 2 nor version 1; check CLOWDER_URL. Of version 1 it says: " +
          first.error().detail,
      shown_url(one.options_.base));
}

WAYBILL_DECL result<void> api::check_key() const {
  if (version() == api_version::v2) {
    auto const asked = get(requests_.datasets({}, 0));
    if (!asked) return asked.error();
    return {};
  }
  // A dataset without a name is made by nobody: who may make datasets is told that it lacks one.
  auto const checked =
      waybill::detail::repeat_transient(options_.retry, [&] { return post(requests_.key_check_v1()); });
  if (!checked && checked.error().code != errc::permanent) return checked.error();
  return {};
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> api::open_bytes(http_request const& request) const {
  return waybill::detail::repeat_transient(options_.retry, [&]() -> result<std::unique_ptr<byte_source>> {
    auto response = send_following(*client_, request, options_.stop);
    if (!response) return without_key(response.error());
    if (!is_success((*response)->status())) return without_key(detail::refusal(**response, request.url));
    return std::unique_ptr<byte_source>{std::move(*response)};
  });
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> api::open_file(file_row const& file) const {
  if (version() == api_version::v1 || is_latin(file.name)) return open_bytes(requests_.download(file.id));
  auto const request = requests_.link_v2(file.id);
  auto link = read_answer(get(request), request.url, read_link);
  if (!link) return link.error();
  return open_bytes({.method = "GET", .url = std::move(*link), .headers = {}});
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> api::open_bag(std::string_view dataset) const {
  return open_bytes(requests_.bag(dataset));
}

WAYBILL_DECL result<bool> api::is_stored(std::string_view file, std::uint64_t size) const {
  auto const request = size == 0 ? requests_.download(file) : requests_.byte_of_v1(file, size - 1);
  return waybill::detail::repeat_transient(options_.retry, [&]() -> result<bool> {
    auto const response = client_->send(request, nullptr, options_.stop);
    if (!response) return without_key(response.error());
    auto const status = (*response)->status();
    if (status == 404 || status == 416) return false;
    if (!is_success(status)) return without_key(detail::refusal(**response, request.url));
    if (size == 0 || status != 206) return true;
    std::array<std::byte, 2> byte;
    auto const n = (*response)->read(byte);
    if (!n) return n.error();
    return *n == 1;
  });
}

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

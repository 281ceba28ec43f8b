#pragma once

#include <waybill/http/curl_easy.hpp>

#include <waybill/http/proxy.hpp>
#include <waybill/http/url.hpp>

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <new>
#include <span>
#include <utility>

namespace waybill::inline WAYBILL_ABI::detail {

/// One receive. Larger ones save system calls, until they leave the processor's cache.
inline constexpr std::uint64_t largest_receive = std::uint64_t{128} << 10;
/// Larger ones libcurl announces with `Expect: 100-continue`.
inline constexpr std::uint64_t smallest_expecting_body = std::uint64_t{1} << 20;
/// Up to this size a body goes into the same segment as the head: libcurl's own limit is 64 KiB.
inline constexpr std::uint64_t largest_small_body = 60'000;

WAYBILL_DECL curl_easy::curl_easy(std::shared_ptr<curl_share> share)
    : share_{std::move(share)}, handle_{curl_easy_init()} {
  if (handle_ == nullptr) throw std::bad_alloc{};
}

WAYBILL_DECL curl_easy::~curl_easy() {
  clear();
  curl_easy_cleanup(handle_);
}

WAYBILL_DECL void curl_easy::clear() noexcept {
  curl_slist_free_all(static_cast<curl_slist*>(std::exchange(fields_, nullptr)));
  body_.reset();
  refused_.reset();
  failure_.reset();
  address_refused_ = false;
  says_[0] = '\0';
}

WAYBILL_DECL result<void> curl_easy::prepare(http_request const& request, http_body const* body,
                                             curl_receiver const& receiver, bool anew) {
  clear();
  auto const parts = split_http_url(request.url);
  if (!parts) return parts.error();
  url_ = request.url;
  host_ = comparable_host(parts->host);
  origin_ = parts->origin();
  curl_easy_reset(handle_);
  set_connection();
  set_trust();
  set_route();
  set(CURLOPT_FRESH_CONNECT, anew ? 1L : 0L);
  set(CURLOPT_HEADERFUNCTION, receiver.on_head_line);
  set(CURLOPT_HEADERDATA, receiver.self);
  set(CURLOPT_WRITEFUNCTION, receiver.on_body);
  set(CURLOPT_WRITEDATA, receiver.self);
  if (auto const r = set_fields(request, body != nullptr ? body->size : 0); !r) return r.error();
  if (auto const r = set_method(request.method, body); !r) return r.error();
  if (refused_) return ended_with(*refused_);
  return {};
}

template <class Value>
void curl_easy::set(int option, Value value) {
  auto const code = curl_easy_setopt(handle_, static_cast<CURLoption>(option), value);
  if (code != CURLE_OK && !refused_) refused_ = code;
}

WAYBILL_DECL void curl_easy::set_connection() {
  auto const& options = share_->options();
  auto const limit = [](std::uint64_t rate) {  // eight pieces a second or more, so that a limited rate is even
    return static_cast<long>(rate == 0 ? largest_receive : std::clamp<std::uint64_t>(rate / 8, 1024, largest_receive));
  };
  set(CURLOPT_SHARE, share_->handle());
  set(CURLOPT_ERRORBUFFER, says_.data());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // a look-up that hangs does not hold up who gives up on it
  set(CURLOPT_URL, url_.c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_HTTP_CONTENT_DECODING, 0L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(options.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set(CURLOPT_DNS_SHUFFLE_ADDRESSES, 1L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_BUFFERSIZE, limit(options.max_download_rate));
  set(CURLOPT_UPLOAD_BUFFERSIZE, std::max(limit(options.max_upload_rate), 16'384L));
  set(CURLOPT_USERAGENT, options.user_agent.c_str());
}

/// Whom to trust. A file or a directory that is named takes the place of both that libcurl would look at.
WAYBILL_DECL void curl_easy::set_trust() {
  auto const& options = share_->options();
  for (auto const option : {CURLOPT_CAINFO, CURLOPT_PROXY_CAINFO})
    if (!options.ca_file.empty()) set(option, options.ca_file.c_str());
  for (auto const option : {CURLOPT_CAPATH, CURLOPT_PROXY_CAPATH})
    if (!options.ca_directory.empty()) set(option, options.ca_directory.c_str());
  if (!options.ca_directory.empty() && options.ca_file.empty()) set(CURLOPT_CAINFO, static_cast<char*>(nullptr));
  if (!options.ca_file.empty() && options.ca_directory.empty()) set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  set(CURLOPT_SSL_VERIFYPEER, options.insecure ? 0L : 1L);
  set(CURLOPT_SSL_VERIFYHOST, options.insecure ? 0L : 2L);
}

/// Through a proxy or straight on. Only without a proxy it is this side that connects to the host's address.
WAYBILL_DECL void curl_easy::set_route() {
  auto const& options = share_->options();
  auto const proxy = proxy_for(options.proxy, url_);
  set(CURLOPT_PROXY, proxy.c_str());  // empty: none, whatever the environment says
  set(CURLOPT_NOPROXY, "");
  if (!options.hosts || !proxy.empty()) return;
  set(
      CURLOPT_OPENSOCKETFUNCTION, +[](void* self, curlsocktype, curl_sockaddr* to) -> curl_socket_t {
        return static_cast<curl_easy*>(self)->open_socket(to->family, to->socktype, to->protocol, &to->addr);
      });
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
}

WAYBILL_DECL result<void> curl_easy::set_fields(http_request const& request, std::uint64_t body_size) {
  auto const add = [&](std::string const& line) {
    auto* const longer = curl_slist_append(static_cast<curl_slist*>(fields_), line.c_str());
    if (longer == nullptr) throw std::bad_alloc{};
    fields_ = longer;
  };
  for (auto const& field : request.headers) {
    if (same_header_name(field.name, "Content-Length")) continue;  // the body's size says it
    if (same_header_name(field.name, "Transfer-Encoding") || same_header_name(field.name, "Expect"))
      return make_error(errc::usage, "header field " + field.name + " is the client's own");
    add(field.value.empty() ? field.name + ';' : field.name + ": " + field.value);
  }
  // libcurl would say that a body is a form.
  if (request.headers.find("Content-Type") == nullptr) add("Content-Type:");
  // libcurl asks by itself, and not again after 417, which it would do with a field that is given to it.
  expects_continue_ = body_size > smallest_expecting_body && body_size >= share_->options().expect_continue_from;
  if (!expects_continue_) add("Expect:");
  set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(fields_));
  return {};
}

WAYBILL_DECL result<void> curl_easy::set_body(http_body const& body) {
  auto opened = outgoing_body::open(body);
  if (!opened) return opened.error();
  body_ = std::move(*opened);
  if (body.size > largest_small_body) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(body.size));
    set(CURLOPT_READFUNCTION, &curl_easy::on_upload);
    set(CURLOPT_READDATA, static_cast<void*>(this));
    set(CURLOPT_SEEKFUNCTION, &curl_easy::on_rewind);
    set(CURLOPT_SEEKDATA, static_cast<void*>(this));
    return {};
  }
  small_body_.resize(static_cast<std::size_t>(body.size));
  for (auto rest = std::as_writable_bytes(std::span{small_body_}); !rest.empty();) {
    auto const n = body_->read(rest);
    if (!n) return n.error();
    rest = rest.subspan(*n);
  }
  return {};
}

WAYBILL_DECL result<void> curl_easy::set_method(std::string const& method, http_body const* body) {
  small_body_.clear();
  if (body != nullptr)
    if (auto const r = set_body(*body); !r) return r.error();
  // POST here is libcurl's way to send a body that lies in memory; the method's name is set below.
  bool const promises_body = body != nullptr || method == "POST" || method == "PUT" || method == "PATCH";
  if (promises_body && (body == nullptr || body->size <= largest_small_body)) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(small_body_.size()));
    set(CURLOPT_POSTFIELDS, small_body_.c_str());
  }
  if (!promises_body && method == "HEAD") set(CURLOPT_NOBODY, 1L);
  else if (method != "GET") set(CURLOPT_CUSTOMREQUEST, method.c_str());
  return {};
}

WAYBILL_DECL std::uint64_t curl_easy::uploaded() const noexcept {
  if (!body_) return 0;
  curl_off_t bytes = 0;
  curl_easy_getinfo(handle_, CURLINFO_SIZE_UPLOAD_T, &bytes);
  return static_cast<std::uint64_t>(bytes);
}

WAYBILL_DECL long curl_easy::connections() const noexcept {
  long connected = 1;
  curl_easy_getinfo(handle_, CURLINFO_NUM_CONNECTS, &connected);
  return connected;
}

WAYBILL_DECL error curl_easy::ended_with(int code) const {
  curl_failure failure{.code = code, .says = says_.data(), .host = host_, .url = url_};
  curl_easy_getinfo(handle_, CURLINFO_OS_ERRNO, &failure.system_error);
  curl_easy_getinfo(handle_, CURLINFO_HTTP_CONNECTCODE, &failure.proxy_status);
  failure.reached = share_->was_reached(host_);
  failure.address_refused = address_refused_;
  return curl_error(failure);
}

WAYBILL_DECL std::size_t curl_easy::on_upload(char* buffer, std::size_t, std::size_t size, void* self) noexcept {
  auto& easy = *static_cast<curl_easy*>(self);
  std::size_t given = 0;
  bool const read = easy.guarded([&]() -> result<void> {
    auto const n = easy.body_->read(std::as_writable_bytes(std::span{buffer, size}));
    if (!n) return n.error();
    given = *n;
    return {};
  });
  return read ? given : std::size_t{CURL_READFUNC_ABORT};
}

WAYBILL_DECL int curl_easy::on_rewind(void* self, std::int64_t offset, int origin) noexcept {
  auto& easy = *static_cast<curl_easy*>(self);
  if (offset != 0 || origin != SEEK_SET) return CURL_SEEKFUNC_FAIL;
  return easy.guarded([&] { return easy.body_->rewind(); }) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

WAYBILL_DECL int curl_easy::open_socket(int family, int type, int protocol, void const* address) noexcept {
  std::optional<ip_address> ip;
  auto const take = [&](auto const& in) {
    ip = ip_from_bytes({reinterpret_cast<std::uint8_t const*>(&in), sizeof in});
  };
  if (family == AF_INET) take(static_cast<sockaddr_in const*>(address)->sin_addr);
  else if (family == AF_INET6) take(static_cast<sockaddr_in6 const*>(address)->sin6_addr);
  bool permitted = false;
  guarded([&]() -> result<void> {
    permitted = ip && share_->options().hosts->permits(host_, *ip);
    return {};
  });
  if (permitted) return ::socket(family, type | SOCK_CLOEXEC, protocol);
  address_refused_ = true;
  return static_cast<int>(CURL_SOCKET_BAD);
}

}  // namespace waybill::inline WAYBILL_ABI::detail

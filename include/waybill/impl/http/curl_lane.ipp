#pragma once

#include <waybill/http/curl_lane.hpp>

#include <waybill/core/shown_url.hpp>
#include <waybill/http/proxy.hpp>
#include <waybill/http/url.hpp>

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <new>
#include <utility>

namespace waybill::inline WAYBILL_ABI::detail {

/// One receive. Larger ones save system calls, until they leave the processor's cache.
inline constexpr std::uint64_t largest_receive = std::uint64_t{128} << 10;
/// libcurl goes on receiving while there is something, up to a hundred times; beyond so many bytes that nobody waits
/// for it pauses. Enough for a small object, which so comes whole with its head.
inline constexpr std::size_t largest_kept = std::size_t{64} << 10;
/// Larger ones libcurl announces with `Expect: 100-continue`.
inline constexpr std::uint64_t smallest_expecting_body = std::uint64_t{1} << 20;
/// Up to this size a body goes into the same segment as the head: libcurl's own limit is 64 KiB.
inline constexpr std::uint64_t largest_small_body = 60'000;

WAYBILL_DECL void curl_lane::wake::operator()() const noexcept { curl_multi_wakeup(multi); }

WAYBILL_DECL curl_lane::curl_lane(std::shared_ptr<curl_share> share)
    : share_{std::move(share)}, multi_{curl_multi_init()}, easy_{curl_easy_init()} {
  if (multi_ != nullptr && easy_ != nullptr) {
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 1L);
    return;
  }
  if (easy_ != nullptr) curl_easy_cleanup(easy_);
  if (multi_ != nullptr) curl_multi_cleanup(multi_);
  throw std::bad_alloc{};
}

WAYBILL_DECL curl_lane::~curl_lane() {
  finish();
  curl_easy_cleanup(easy_);
  curl_multi_cleanup(multi_);
}

template <class Value>
void curl_lane::set(int option, Value value) {
  auto const code = curl_easy_setopt(easy_, static_cast<CURLoption>(option), value);
  if (code != CURLE_OK && !ended_) ended_ = code;
}

WAYBILL_DECL void curl_lane::set_connection(std::string const& url) {
  auto const& options = share_->options();
  auto const limit = [](std::uint64_t rate) {  // eight pieces a second or more, so that a limited rate is even
    return static_cast<long>(rate == 0 ? largest_receive : std::clamp<std::uint64_t>(rate / 8, 1024, largest_receive));
  };
  set(CURLOPT_SHARE, share_->handle());
  set(CURLOPT_ERRORBUFFER, says_.data());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // a look-up that hangs does not hold up who gives up on it
  set(CURLOPT_URL, url.c_str());
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
  for (auto const option : {CURLOPT_CAINFO, CURLOPT_PROXY_CAINFO})
    if (!options.ca_file.empty()) set(option, options.ca_file.c_str());
  for (auto const option : {CURLOPT_CAPATH, CURLOPT_PROXY_CAPATH})
    if (!options.ca_directory.empty()) set(option, options.ca_directory.c_str());
  if (!options.ca_directory.empty() && options.ca_file.empty()) set(CURLOPT_CAINFO, static_cast<char*>(nullptr));
  if (!options.ca_file.empty() && options.ca_directory.empty()) set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  set(CURLOPT_SSL_VERIFYPEER, options.insecure ? 0L : 1L);
  set(CURLOPT_SSL_VERIFYHOST, options.insecure ? 0L : 2L);
  auto const proxy = proxy_for(options.proxy, url);
  proxied_ = !proxy.empty();
  set(CURLOPT_PROXY, proxy.c_str());  // empty: none, whatever the environment says
  set(CURLOPT_NOPROXY, "");
  if (options.hosts && !proxied_) {
    set(
        CURLOPT_OPENSOCKETFUNCTION, +[](void* self, curlsocktype, curl_sockaddr* to) -> curl_socket_t {
          return static_cast<curl_lane*>(self)->open_socket(to->family, to->socktype, to->protocol, &to->addr);
        });
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  }
  set(CURLOPT_HEADERFUNCTION, &curl_lane::on_head_line);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &curl_lane::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
}

WAYBILL_DECL result<void> curl_lane::set_fields(http_request const& request, std::uint64_t body_size) {
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

WAYBILL_DECL result<void> curl_lane::set_body(http_body const& body) {
  auto opened = outgoing_body::open(body);
  if (!opened) return opened.error();
  body_ = std::move(*opened);
  if (body.size > largest_small_body) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(body.size));
    set(CURLOPT_READFUNCTION, &curl_lane::on_upload);
    set(CURLOPT_READDATA, static_cast<void*>(this));
    set(CURLOPT_SEEKFUNCTION, &curl_lane::on_rewind);
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

WAYBILL_DECL result<void> curl_lane::set_method(std::string const& method, http_body const* body) {
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

WAYBILL_DECL result<void> curl_lane::start(http_request const& request, http_body const* body,
                                           std::stop_token const& stop) {
  auto const r = attempt(request, body, stop, false);
  return !r && met_a_closed_connection() ? attempt(request, body, stop, true) : r;
}

/// libcurl sees to this itself, except where it was sending a large body at that moment.
WAYBILL_DECL bool curl_lane::met_a_closed_connection() const noexcept {
  long connected = 1;
  curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &connected);
  return running_ && connected == 0 && !failure_ && ended_ == CURLE_SEND_ERROR && answer_.received() == 0;
}

WAYBILL_DECL result<void> curl_lane::attempt(http_request const& request, http_body const* body,
                                             std::stop_token const& stop, bool anew) {
  finish();
  auto const parts = split_http_url(request.url);
  if (!parts) return parts.error();
  url_ = request.url;
  host_ = comparable_host(parts->host);
  stop_ = stop;
  answer_ = incoming_answer{share_->options().max_head_size};
  curl_easy_reset(easy_);
  set_connection(url_);
  if (auto const r = set_fields(request, body != nullptr ? body->size : 0); !r) return r.error();
  if (auto const r = set_method(request.method, body); !r) return r.error();
  set(CURLOPT_FRESH_CONNECT, anew ? 1L : 0L);
  if (ended_) return failed();
  if (stop.stop_possible()) waker_.emplace(stop, wake{multi_});
  if (curl_multi_add_handle(multi_, easy_) != CURLM_OK) throw std::bad_alloc{};
  running_ = true;
  // After 417 libcurl sends the request again by itself, without asking first.
  auto const has_head = [&] { return answer_.head_complete() && !(expects_continue_ && answer_.status() == 417); };
  if (auto const r = drive(has_head); !r) return r.error();
  if (!answer_.head_complete()) {
    if (*ended_ != CURLE_OK) return failed();
    return make_error(errc::permanent, "the answer has no head; is it an HTTP server?", shown_url(url_));
  }
  share_->note_reached(host_);
  origin_ = parts->origin();
  return {};
}

WAYBILL_DECL result<std::size_t> curl_lane::read(std::span<std::byte> buffer) {
  if (auto const n = answer_.read_kept(buffer); n != 0) return n;
  answer_.wait_for(buffer);
  // Going on writes at once what was held back; an error of that ends the transfer, and `drive` finds it.
  if (std::exchange(paused_, false)) curl_easy_pause(easy_, CURLPAUSE_CONT);
  auto const moved = drive([&] { return answer_.has_delivered(); });
  if (auto const n = answer_.stop_waiting(); n != 0) return n;
  if (!moved) return moved.error();
  if (*ended_ != CURLE_OK) return failed();
  return std::size_t{0};
}

WAYBILL_DECL void curl_lane::finish() noexcept {
  waker_.reset();
  if (!running_ || !ended_ || *ended_ != CURLE_OK || failure_) origin_.clear();
  if (running_) curl_multi_remove_handle(multi_, easy_);
  curl_slist_free_all(static_cast<curl_slist*>(std::exchange(fields_, nullptr)));
  body_.reset();
  stop_ = {};
  running_ = paused_ = address_refused_ = false;
  ended_.reset();
  failure_.reset();
  says_[0] = '\0';
  seen_moving_ = paid_down_ = paid_up_ = 0;
  quiet_ = {};
}

template <class Done>
result<void> curl_lane::drive(Done const& done) {
  while (!done() && !ended_) {
    if (failure_) return *failure_;
    if (stop_.stop_requested())
      return *(failure_ = make_error(errc::interrupted, "stopped on request", shown_url(url_)));
    if (auto const r = wait_for_bandwidth(); !r) return r.error();
    if (auto const r = perform(); !r) return r.error();
    if (done() || ended_ || failure_) continue;
    if (auto const r = wait_for_network(); !r) return r.error();
  }
  // A transfer that a callback ended says why itself.
  if (ended_ && failure_) return *failure_;
  return {};
}

WAYBILL_DECL result<void> curl_lane::perform() {
  int running = 0;
  if (auto const code = curl_multi_perform(multi_, &running); code != CURLM_OK) {
    if (code == CURLM_OUT_OF_MEMORY) throw std::bad_alloc{};
    return *(failure_ = make_error(errc::permanent, curl_multi_strerror(code), shown_url(url_)));
  }
  if (running != 0) return {};
  int left = 0;
  while (auto const* const message = curl_multi_info_read(multi_, &left))
    if (message->msg == CURLMSG_DONE) ended_ = message->data.result;
  return {};
}

WAYBILL_DECL std::uint64_t curl_lane::uploaded() const noexcept {
  curl_off_t bytes = 0;
  curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &bytes);
  return static_cast<std::uint64_t>(bytes);
}

WAYBILL_DECL result<void> curl_lane::wait_for_network() {
  using namespace std::chrono;
  auto const limit = share_->options().stall_limit;
  if (auto const moved = answer_.received() + (body_ ? uploaded() : 0); moved != seen_moving_) {
    seen_moving_ = moved;
    quiet_ = {};
  }
  if (quiet_ >= limit) {
    auto const text = std::to_string(duration_cast<milliseconds>(quiet_).count());
    return *(failure_ = make_error(errc::temporary, "no byte came or went for " + text + " ms", shown_url(url_)));
  }
  auto const before = steady_clock::now();
  auto const longest = std::min<milliseconds>(ceil<milliseconds>(limit - quiet_), hours{1});
  if (auto const code = curl_multi_poll(multi_, nullptr, 0, static_cast<int>(longest.count()), nullptr);
      code != CURLM_OK)
    return *(failure_ = make_error(errc::permanent, curl_multi_strerror(code), shown_url(url_)));
  quiet_ += steady_clock::now() - before;
  return {};
}

WAYBILL_DECL result<void> curl_lane::wait_for_bandwidth() {
  auto& down = share_->download();
  auto& up = share_->upload();
  if (!down.limited() && !up.limited()) return {};
  auto const now = std::chrono::steady_clock::now();
  auto const sent = running_ ? uploaded() : 0;
  auto const received = answer_.received();
  auto const wait = std::max(down.take(received - std::exchange(paid_down_, received), now),
                             up.take(sent - std::exchange(paid_up_, sent), now));
  if (wait.count() == 0) return {};
  std::mutex mutex;
  std::unique_lock lock{mutex};
  std::condition_variable_any nobody_notifies;
  nobody_notifies.wait_for(lock, stop_, wait, [] { return false; });
  return {};
}

WAYBILL_DECL error curl_lane::failed() const {
  curl_failure failure{.code = *ended_, .says = says_.data(), .host = host_, .url = url_};
  curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &failure.system_error);
  curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &failure.proxy_status);
  failure.reached = share_->was_reached(host_);
  failure.address_refused = address_refused_;
  return curl_error(failure);
}

template <class Work>
bool curl_lane::guarded(Work const& work) noexcept {
  try {
    result<void> const r = work();
    if (r) return true;
    failure_ = r.error();
  } catch (std::exception const& e) {
    failure_ = make_error(errc::permanent, std::string{"a transfer was given up: "} + e.what());
  } catch (...) {
    failure_ = make_error(errc::permanent, "a transfer was given up");
  }
  if (failure_->path.empty()) failure_->path = shown_url(url_);
  return false;
}

WAYBILL_DECL std::size_t curl_lane::on_head_line(char* text, std::size_t, std::size_t size, void* self) noexcept {
  auto& lane = *static_cast<curl_lane*>(self);
  bool const taken = lane.guarded([&]() -> result<void> {
    bool const repeated = lane.expects_continue_ && lane.answer_.head_complete() && lane.answer_.status() == 417;
    if (repeated && std::string_view{text, size}.starts_with("HTTP/")) lane.answer_.expect_another_head();
    return lane.answer_.take_head_line({text, size});
  });
  return taken ? size : 0;
}

WAYBILL_DECL std::size_t curl_lane::on_body(char* bytes, std::size_t, std::size_t size, void* self) noexcept {
  auto& lane = *static_cast<curl_lane*>(self);
  lane.paused_ = lane.answer_.kept() >= largest_kept;
  if (lane.paused_) return CURL_WRITEFUNC_PAUSE;
  bool const taken = lane.guarded([&]() -> result<void> {
    lane.answer_.take_body(as_bytes({bytes, size}));
    return {};
  });
  return taken ? size : 0;
}

WAYBILL_DECL std::size_t curl_lane::on_upload(char* buffer, std::size_t, std::size_t size, void* self) noexcept {
  auto& lane = *static_cast<curl_lane*>(self);
  std::size_t given = 0;
  bool const read = lane.guarded([&]() -> result<void> {
    auto const n = lane.body_->read(std::as_writable_bytes(std::span{buffer, size}));
    if (!n) return n.error();
    given = *n;
    return {};
  });
  return read ? given : std::size_t{CURL_READFUNC_ABORT};
}

WAYBILL_DECL int curl_lane::on_rewind(void* self, std::int64_t offset, int origin) noexcept {
  auto& lane = *static_cast<curl_lane*>(self);
  if (offset != 0 || origin != SEEK_SET) return CURL_SEEKFUNC_FAIL;
  return lane.guarded([&] { return lane.body_->rewind(); }) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

WAYBILL_DECL int curl_lane::open_socket(int family, int type, int protocol, void const* address) noexcept {
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

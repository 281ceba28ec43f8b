#pragma once

#include <waybill/http/curl_share.hpp>

#include <waybill/core/shown_url.hpp>
#include <waybill/core/utf8.hpp>

#include <curl/curl.h>

#include <cerrno>
#include <new>
#include <utility>

namespace waybill::inline WAYBILL_ABI::detail {

inline void lock_curl_data(CURL*, curl_lock_data data, curl_lock_access, void* locks) noexcept {
  (*static_cast<std::array<std::mutex, 8>*>(locks))[static_cast<std::size_t>(data)].lock();
}

inline void unlock_curl_data(CURL*, curl_lock_data data, void* locks) noexcept {
  (*static_cast<std::array<std::mutex, 8>*>(locks))[static_cast<std::size_t>(data)].unlock();
}

/// Once for the program; never undone, since other parts of it may use libcurl too.
inline void start_curl() {
  static CURLcode const started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw std::bad_alloc{};
}

static_assert(CURL_LOCK_DATA_LAST <= 8);

WAYBILL_DECL curl_share::curl_share(curl_options options) : options_{std::move(options)} {
  if (!options_.upload_bucket) options_.upload_bucket = std::make_shared<token_bucket>(options_.max_upload_rate);
  if (!options_.download_bucket) options_.download_bucket = std::make_shared<token_bucket>(options_.max_download_rate);
  start_curl();
  auto* const share = curl_share_init();
  if (share == nullptr) throw std::bad_alloc{};
  curl_share_setopt(share, CURLSHOPT_LOCKFUNC, &lock_curl_data);
  curl_share_setopt(share, CURLSHOPT_UNLOCKFUNC, &unlock_curl_data);
  curl_share_setopt(share, CURLSHOPT_USERDATA, &locks_);
  curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  handle_ = share;
}

WAYBILL_DECL curl_share::~curl_share() { curl_share_cleanup(handle_); }

WAYBILL_DECL void curl_share::note_reached(std::string const& host) {
  std::scoped_lock const lock{reached_mutex_};
  reached_.insert(host);
}

WAYBILL_DECL bool curl_share::was_reached(std::string const& host) {
  std::scoped_lock const lock{reached_mutex_};
  return reached_.contains(host);
}

inline errc meaning_of_curl(curl_failure const& failure) noexcept {
  if (failure.proxy_status == 403 || failure.proxy_status == 407) return errc::denied;
  if (failure.proxy_status >= 400 && failure.proxy_status < 500) return errc::permanent;
  switch (static_cast<CURLcode>(failure.code)) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    // From a host that has answered: what an answer of a wrong length left on the connection.
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY: return failure.reached ? errc::temporary : errc::permanent;
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_AGAIN:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return errc::temporary;
    case CURLE_SSL_CONNECT_ERROR: {
      // Refused for good, unless the connection broke while the two sides were talking.
      auto const e = failure.system_error;
      return e == ECONNRESET || e == EPIPE || e == ETIMEDOUT ? errc::temporary : errc::permanent;
    }
    case CURLE_URL_MALFORMAT: return errc::malformed_url;
    default: return errc::permanent;
  }
}

inline std::string_view advice_for_curl(int code) noexcept {
  switch (static_cast<CURLcode>(code)) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return "; if the server is the right one, name the file with the certificate of its authority";
    case CURLE_SSL_CACERT_BADFILE: return "; is the file of trusted certificates readable, and in PEM form?";
    case CURLE_COULDNT_RESOLVE_HOST: return "; is the name right, and the network there?";
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY: return "; is it an HTTP server?";
    default: return "";
  }
}

WAYBILL_DECL error curl_error(curl_failure const& failure) {
  auto const code = static_cast<CURLcode>(failure.code);
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc{};
  if (failure.address_refused && code == CURLE_COULDNT_CONNECT)
    return make_error(errc::foreign_location,
                      std::string{failure.host} +
                          " leads to this host or a private network; name it as allowed if it is meant to be asked",
                      shown_url(failure.url));
  std::string const says{failure.says.empty() ? std::string_view{curl_easy_strerror(code)} : failure.says};
  return make_error(meaning_of_curl(failure), printable(says) + std::string{advice_for_curl(failure.code)},
                    shown_url(failure.url));
}

}  // namespace waybill::inline WAYBILL_ABI::detail

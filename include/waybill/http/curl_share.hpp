#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/http/curl_options.hpp>
#include <waybill/http/token_bucket.hpp>

#include <array>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI::detail {

/** What all transfers of a client have in common: options, limits of bandwidth, looked-up names and TLS sessions.
    @threads everything may be used concurrently */
class curl_share {
 public:
  explicit curl_share(curl_options options);
  ~curl_share();
  curl_share(curl_share const&) = delete;
  curl_share& operator=(curl_share const&) = delete;

  [[nodiscard]] curl_options const& options() const noexcept { return options_; }
  [[nodiscard]] token_bucket& upload() noexcept { return *options_.upload_bucket; }
  [[nodiscard]] token_bucket& download() noexcept { return *options_.download_bucket; }
  [[nodiscard]] void* handle() const noexcept { return handle_; }

  /// A host that answered once exists: when its name cannot be looked up later, that passes.
  void note_reached(std::string const& host);
  [[nodiscard]] bool was_reached(std::string const& host);

 private:
  curl_options options_;
  void* handle_;                     ///< CURLSH
  std::array<std::mutex, 8> locks_;  ///< one for each kind of shared data (curl_lock_data)
  std::mutex reached_mutex_;
  std::set<std::string, std::less<>> reached_;
};

/// What is known of a transfer that failed, besides curl's code.
struct curl_failure {
  int code;                 ///< CURLcode
  long system_error = 0;    ///< errno of the last failed system call, or 0
  long proxy_status = 0;    ///< what a proxy answered to CONNECT, or 0
  std::string_view says{};  ///< curl's own words; may be empty
  std::string_view host{};
  std::string_view url{};
  bool reached = false;          ///< the host has answered before
  bool address_refused = false;  ///< the policy refused an address of the host
};

/// The error that a caller gets for it. @exception-safety std::bad_alloc where curl had no memory
[[nodiscard]] WAYBILL_DECL error curl_error(curl_failure const& failure);

}  // namespace waybill::inline WAYBILL_ABI::detail

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/curl_share.ipp>
#endif

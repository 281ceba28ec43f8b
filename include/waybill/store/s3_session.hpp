#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/http/aws_credentials.hpp>
#include <waybill/http/client.hpp>
#include <waybill/http/sigv4.hpp>
#include <waybill/store/s3_error.hpp>
#include <waybill/store/s3_request.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/// How a bucket is used as a store.
struct s3_options {
  s3_bucket bucket;
  /// Asked before each request, from any thread; empty or anonymous credentials: requests go out unsigned.
  std::function<result<aws_credentials>()> credentials{};
  /// Told of credentials that the service no longer takes; the request is then signed anew, once. May be empty.
  std::function<void(aws_credentials const&)> expired{};
  std::function<timestamp()> clock{};  ///< what time it is; signatures need it within 15 minutes
  unsigned part_concurrency = 4;  ///< parts under way at once beside the calling threads, over all copies of the store
  algorithm checksum{algorithms::sha256};  ///< kept with objects: sha256 (the chunked digest comes of it) or crc64nvme
  bool force_unsafe_refs = false;          ///< also where conditional writes are ignored, so that writers can overtake
  std::stop_token stop{};                  ///< ends what is under way with errc::interrupted
};

namespace detail {

/// An answer; of a success that is to be streamed, the bytes are still to come.
struct s3_exchange {
  s3_reply reply;
  std::unique_ptr<http_response> rest{};
};

/** Signs and sends requests of one bucket, and finds the bucket's region.

    Where the service says that the bucket is in another region, the request is made anew for that region once: at the
    host the kit itself derives from the region's name, never at one the service names, and never in another partition
    (the `.cn` domain). A request that is refused because the credentials have ended is made with new ones, once.
    Nothing else is repeated. @threads any number at once; no lock is held while a request is under way
*/
class s3_session {
 public:
  /// @pre check_s3_bucket, options.clock
  s3_session(std::shared_ptr<any_http_client> client, s3_options options);

  using builder = std::function<s3_request(s3_requests const&)>;

  /// @param body  of the request, where the builder gave none  @errors the client's, the credentials', sigv4_signer's
  [[nodiscard]] result<s3_exchange> send(builder const& build, http_body const* body, bool stream) const;
  /// An answer with its body. @errors as send, and errc::too_large
  [[nodiscard]] result<s3_reply> ask(builder const& build, http_body const* body = nullptr) const;

  [[nodiscard]] s3_options const& options() const noexcept { return options_; }
  /// @lifetime refers to both texts and to this session
  [[nodiscard]] s3_subject subject(std::string_view doing, std::string_view key) const {
    return {doing, options_.bucket.name, key, options_.clock()};
  }

  /// Takes up to `wanted` threads from those all copies of the store share; give them back.
  [[nodiscard]] unsigned take_helpers(unsigned wanted) const noexcept;
  void give_helpers(unsigned taken) const noexcept { helpers_ += taken; }

 private:
  struct route {
    explicit route(s3_bucket const& bucket) : requests{bucket}, signer{{bucket.region, "s3"}} {}
    s3_requests requests;
    sigv4_signer signer;
  };
  [[nodiscard]] std::shared_ptr<route const> current() const;
  [[nodiscard]] bool move_to_region(s3_reply const& reply, std::shared_ptr<route const> const& used) const;
  [[nodiscard]] result<s3_exchange> send_once(route const& by, builder const& build, http_body const* body,
                                              bool stream) const;
  [[nodiscard]] result<s3_exchange> send_signed(route const& by, s3_request request, http_body const* body, bool stream,
                                                aws_credentials const& credentials) const;

  std::shared_ptr<any_http_client> client_;
  s3_options options_;
  mutable std::mutex guard_;
  mutable std::shared_ptr<route const> route_;
  mutable std::atomic<unsigned> helpers_;
};

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/s3_session.ipp>
#endif

#pragma once

#include <waybill/store/s3_session.hpp>

#include <waybill/core/stream.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::uint64_t s3_answer_limit = std::uint64_t{8} << 20;
inline constexpr std::uint64_t s3_refusal_limit = std::uint64_t{64} << 10;

WAYBILL_DECL s3_session::s3_session(std::shared_ptr<any_http_client> client, s3_options options)
    : client_{std::move(client)},
      options_{std::move(options)},
      route_{std::make_shared<route>(options_.bucket)},
      helpers_{options_.part_concurrency} {}

WAYBILL_DECL std::shared_ptr<s3_session::route const> s3_session::current() const {
  std::scoped_lock const lock{guard_};
  return route_;
}

WAYBILL_DECL unsigned s3_session::take_helpers(unsigned wanted) const noexcept {
  auto free = helpers_.load();
  while (free != 0) {
    auto const taken = std::min(free, wanted);
    if (helpers_.compare_exchange_weak(free, free - taken)) return taken;
  }
  return 0;
}

WAYBILL_DECL bool s3_session::move_to_region(s3_reply const& reply, std::shared_ptr<route const> const& used) const {
  if (reply.status != 301 && reply.status != 307 && reply.status != 400) return false;
  auto const said = read_s3_failure(reply).region;
  if (!said) return false;
  auto bucket = used->requests.bucket();
  auto const chinese = [](std::string_view region) { return region.starts_with("cn-"); };
  if (*said == bucket.region || chinese(*said) != chinese(bucket.region)) return false;
  bucket.region = *said;
  if (!check_s3_bucket(bucket)) return false;
  auto next = std::make_shared<route>(bucket);
  std::scoped_lock const lock{guard_};
  if (route_ == used) route_ = std::move(next);
  return true;
}

/// Whether a refusal is, or may be, one of credentials that have ended: answers to HEAD do not say why.
inline bool says_credentials_ended(s3_exchange const& answer, s3_request const& request) {
  if (answer.reply.status != 400 && answer.reply.status != 403) return false;
  auto const failure = read_s3_failure(answer.reply);
  if (request.http.method == "HEAD") return answer.reply.status == 400 && !failure.region;
  return failure.code == "ExpiredToken" || failure.code == "TokenRefreshRequired";
}

WAYBILL_DECL result<s3_exchange> s3_session::send_once(route const& by, builder const& build, http_body const* body,
                                                       bool stream) const {
  auto const request = build(by.requests);
  if (!options_.credentials) return send_signed(by, request, body, stream, {});
  auto const credentials = options_.credentials();
  if (!credentials) return credentials.error();
  auto answer = send_signed(by, request, body, stream, *credentials);
  if (!options_.expired || credentials->anonymous() || !answer || !says_credentials_ended(*answer, request))
    return answer;
  options_.expired(*credentials);
  auto const fresh = options_.credentials();
  if (!fresh) return fresh.error();
  return send_signed(by, request, body, stream, *fresh);
}

WAYBILL_DECL result<s3_exchange> s3_session::send_signed(route const& by, s3_request request, http_body const* body,
                                                         bool stream, aws_credentials const& credentials) const {
  if (auto const ok = by.signer.sign(request.http, credentials, options_.clock(), request.payload_hash); !ok)
    return ok.error();
  auto const own = body_of(request.body);
  if (body == nullptr && !request.body.empty()) body = &own;
  auto response = client_->send(request.http, body, options_.stop);
  if (!response) return response.error();
  s3_exchange out{{(*response)->status(), (*response)->headers()}};
  bool const good = is_success(out.reply.status);
  if (good && stream) {
    out.rest = std::move(*response);
    return out;
  }
  if (request.http.method == "HEAD") return out;
  auto text = read_body(**response, good ? s3_answer_limit : s3_refusal_limit);
  if (text) out.reply.body = std::move(*text);
  // What a refusal says besides is not needed to know that it is one.
  else if (good) return text.error();
  return out;
}

WAYBILL_DECL result<s3_exchange> s3_session::send(builder const& build, http_body const* body, bool stream) const {
  auto const first = current();
  auto answer = send_once(*first, build, body, stream);
  if (!answer || !move_to_region(answer->reply, first)) return answer;
  auto const second = current();
  return send_once(*second, build, body, stream);
}

WAYBILL_DECL result<s3_reply> s3_session::ask(builder const& build, http_body const* body) const {
  auto answer = send(build, body, false);
  if (!answer) return answer.error();
  return std::move(answer->reply);
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

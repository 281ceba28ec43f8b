#pragma once

#include <waybill/driver/aws_metadata.hpp>

#include <waybill/core/percent.hpp>
#include <waybill/core/shown_url.hpp>
#include <waybill/http/url.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::uint64_t largest_metadata_answer = 65'536;  // bytes

/// Asks to stop when a time is up or when the outer token asks for it.
class stop_after {
 public:
  stop_after(std::chrono::milliseconds limit, std::stop_token const& outer)
      : forward_{outer, [this] { source_.request_stop(); }}, timer_{[this, limit](std::stop_token const& done) {
          std::mutex mutex;
          std::unique_lock lock{mutex};
          std::condition_variable_any wake;
          wake.wait_for(lock, done, limit, [] { return false; });
          if (done.stop_requested()) return;
          expired_ = true;
          source_.request_stop();
        }} {}
  [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }
  [[nodiscard]] bool expired() const noexcept { return expired_; }

 private:
  std::stop_source source_;
  std::atomic<bool> expired_ = false;
  std::stop_callback<std::function<void()>> forward_;
  std::jthread timer_;  // the last member: it is stopped and joined before what it uses goes away
};

struct metadata_answer {
  int status = 0;
  std::string body;
};

inline result<metadata_answer> ask_metadata(aws_surroundings const& from, http_request const& request,
                                            std::stop_token const& stop) {
  if (stop.stop_requested()) return make_error(errc::interrupted, "stopped while credentials were fetched");
  stop_after const deadline{from.metadata_timeout, stop};
  auto const located = [&](error e) {
    if (stop.stop_requested()) return make_error(errc::interrupted, "stopped while credentials were fetched");
    if (deadline.expired())
      return make_error(errc::temporary, "no answer within " + std::to_string(from.metadata_timeout.count()) + " ms",
                        shown_url(request.url));
    if (e.path.empty()) e.path = shown_url(request.url);
    return e;
  };
  auto const response = from.client->send(request, nullptr, deadline.token());
  if (!response) return located(response.error());
  auto body = read_body(**response, largest_metadata_answer);
  if (!body) return located(body.error());
  return metadata_answer{(*response)->status(), std::move(*body)};
}

/// An answer that is none of credentials. A body is shown only by the code in it, which parsing looks for.
inline error metadata_refusal(metadata_answer const& answer, aws_credential_answer kind, std::string_view url) {
  bool const again = answer.status >= 500 || answer.status == 429;
  std::string detail = "the service answered with status " + std::to_string(answer.status);
  if (auto const parsed = parse_aws_credentials(answer.body, kind); !parsed && parsed.error().code == errc::denied)
    detail.append("; ").append(parsed.error().detail);
  return make_error(again ? errc::temporary : errc::denied, std::move(detail), shown_url(url));
}

inline result<aws_credentials> ask_for_credentials(aws_surroundings const& from, http_request const& request,
                                                   aws_credential_answer kind, std::stop_token const& stop) {
  auto const answer = ask_metadata(from, request, stop);
  if (!answer) return answer.error();
  if (answer->status != 200) return metadata_refusal(*answer, kind, request.url);
  auto credentials = parse_aws_credentials(answer->body, kind);
  if (credentials) return credentials;
  auto e = credentials.error();
  e.path = shown_url(request.url) + (e.path.empty() ? "" : ": ") + e.path;
  return e;
}

/// Four decimal numbers of at most 255, the first of them 127; no name can look like that.
inline bool is_loopback_ipv4(std::string_view host) noexcept {
  if (!host.starts_with("127.")) return false;
  for (int part = 0; part < 4; ++part) {
    std::uint8_t number = 0;
    auto const read = std::from_chars(host.data(), host.data() + host.size(), number);
    if (read.ec != std::errc{}) return false;
    host.remove_prefix(static_cast<std::size_t>(read.ptr - host.data()));
    if (part == 3) return host.empty();
    if (!host.starts_with('.')) return false;
    host.remove_prefix(1);
  }
  return false;
}

inline result<std::string> container_url(aws_surroundings const& from) {
  if (auto const relative = from.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); !relative.empty()) {
    if (relative.starts_with('/')) return "http://169.254.170.2" + std::string{relative};
    return make_error(errc::usage, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not start with '/'");
  }
  std::string full{from.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")};
  if (full.empty() || may_ask_for_credentials(full)) return full;
  return make_error(errc::usage,
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI may name an https URL, and by http only this machine or the "
                    "addresses of the ECS and EKS agents",
                    shown_url(full));
}

/// The token for a container's service; empty for none. Tools that write the file often end it with a line break.
inline result<std::string> container_token(aws_surroundings const& from) {
  auto const path = from.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  if (path.empty()) return std::string{from.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN")};
  if (!from.read_file) return make_error(errc::unsupported, "the file of the container's token cannot be read here");
  auto token = from.read_file(std::string{path});
  if (!token) return token;
  token->erase(token->find_last_not_of("\r\n") + 1);
  return token;
}

/// A session with the instance's metadata service; empty where there is none to be had.
inline result<std::string> instance_session(aws_surroundings const& from, std::string const& endpoint,
                                            std::stop_token const& stop) {
  http_request const request{
      "PUT", endpoint + "/latest/api/token", {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}}};
  if (auto const fits = check_request(request); !fits) return fits.error();
  auto answer = ask_metadata(from, request, stop);
  if (!answer && answer.error().code == errc::interrupted) return answer.error();
  // Most machines are no EC2 instance: whatever stands at that address there, it has no credentials.
  if (!answer || answer->status != 200) return std::string{};
  return std::move(answer->body);
}

}  // namespace detail

WAYBILL_DECL bool may_ask_for_credentials(std::string_view url) {
  auto const parts = split_http_url(url);
  if (!parts) return false;
  constexpr std::array<std::string_view, 5> agents{"169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "localhost",
                                                   "[::1]"};
  return parts->tls || detail::is_loopback_ipv4(parts->host) || std::ranges::find(agents, parts->host) != agents.end();
}

WAYBILL_DECL result<aws_credentials> fetch_container_credentials(aws_surroundings const& from,
                                                                 std::stop_token const& stop) {
  auto url = detail::container_url(from);
  if (!url) return url.error();
  if (url->empty()) return aws_credentials{};
  if (from.client == nullptr) return make_error(errc::unsupported, "container credentials need an HTTP client");
  auto token = detail::container_token(from);
  if (!token) return token.error();
  http_request request{"GET", std::move(*url), {{"Accept", "application/json"}}};
  if (!token->empty()) request.headers.add({"Authorization", std::move(*token), true});
  if (auto const fits = check_request(request); !fits) return fits.error();
  return detail::ask_for_credentials(from, request, aws_credential_answer::container, stop);
}

WAYBILL_DECL result<aws_credentials> fetch_instance_credentials(aws_surroundings const& from,
                                                                std::stop_token const& stop) {
  if (from.client == nullptr || same_header_name(from.variable("AWS_EC2_METADATA_DISABLED"), "true"))
    return aws_credentials{};
  std::string endpoint{from.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT")};
  if (endpoint.empty()) endpoint = "http://169.254.169.254";
  while (endpoint.ends_with('/')) endpoint.pop_back();
  auto const session = detail::instance_session(from, endpoint, stop);
  if (!session) return session.error();
  if (session->empty()) return aws_credentials{};
  http_request request{
      "GET", endpoint + "/latest/meta-data/iam/security-credentials/", {{"x-aws-ec2-metadata-token", *session, true}}};
  if (auto const fits = check_request(request); !fits) return fits.error();
  auto const roles = detail::ask_metadata(from, request, stop);
  if (!roles) return roles.error();
  if (roles->status == 404) return aws_credentials{};
  if (roles->status != 200) return detail::metadata_refusal(*roles, aws_credential_answer::instance, request.url);
  auto const role = std::string_view{roles->body}.substr(0, roles->body.find_first_of("\r\n"));
  if (role.empty()) return aws_credentials{};
  append_percent_encoded(request.url, role, percent_part::component);
  return detail::ask_for_credentials(from, request, aws_credential_answer::instance, stop);
}

}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/http/retry.hpp>

#include <waybill/core/shown_url.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/http/date.hpp>

#include <algorithm>
#include <string>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL std::chrono::milliseconds retry_policy::delay(unsigned failures) const {
  auto wait = std::min(first_delay, max_delay);
  for (unsigned i = 1; i < failures && wait < max_delay; ++i)
    wait = wait > max_delay / 2 ? max_delay : std::max(wait * 2, std::chrono::milliseconds{1});
  if (!jitter) return wait;
  auto const half = wait / 2;
  auto const random = static_cast<double>((wait - half).count()) * std::clamp(jitter(), 0.0, 1.0);
  return half + std::chrono::milliseconds{static_cast<std::chrono::milliseconds::rep>(random)};
}

WAYBILL_DECL std::chrono::milliseconds asked_wait(header_list const& headers) {
  using namespace std::chrono;
  constexpr seconds longest = days{1};
  auto const* const value = headers.find("Retry-After");
  if (value == nullptr || value->empty()) return {};
  if (std::ranges::all_of(*value, [](char c) { return c >= '0' && c <= '9'; })) {
    seconds asked{0};
    for (char const c : *value) asked = std::min(asked * 10 + seconds{c - '0'}, longest);
    return asked;
  }
  auto const* const sent = headers.find("Date");
  auto const until = parse_http_date(*value);
  auto const from = sent != nullptr ? parse_http_date(*sent) : std::nullopt;
  if (!until || !from) return {};
  return std::clamp(ceil<seconds>(*until - *from), seconds{0}, longest);
}

namespace detail {

inline errc meaning_of_status(int status) noexcept {
  switch (status) {
    case 401:
    case 403: return errc::denied;
    case 404:
    case 410: return errc::object_not_found;
    case 409:
    case 412: return errc::lost_race;
    case 408:
    case 425:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504: return errc::temporary;
    default: return errc::permanent;
  }
}

WAYBILL_DECL result<void> wait_to_repeat(retry_policy const& policy, error const& failure, unsigned failures) {
  if (failures >= policy.attempts || failure.code != condition::transient) return failure;
  if (failure.retry_after > policy.max_asked) return failure;
  return policy.sleep ? policy.sleep(std::max(policy.delay(failures), failure.retry_after)) : result<void>{};
}

}  // namespace detail

WAYBILL_DECL error status_error(int status, header_list const& headers, std::string_view message,
                                std::string_view url) {
  auto shown = std::min<std::size_t>(message.size(), 200);
  while (shown != 0 && shown < message.size() && (static_cast<unsigned char>(message[shown]) & 0xc0) == 0x80) --shown;
  auto const meaning = detail::meaning_of_status(status);
  auto detail = "the server answers " + std::to_string(status);
  if (!message.empty()) detail += ": " + printable(message.substr(0, shown));
  auto failure = make_error(meaning, std::move(detail), shown_url(url));
  if (meaning != errc::temporary) return failure;
  failure.retry_after = asked_wait(headers);
  auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(failure.retry_after).count();
  if (seconds != 0) failure.detail += "; it asks to wait " + std::to_string(seconds) + " s";
  return failure;
}

}  // namespace waybill::inline WAYBILL_ABI

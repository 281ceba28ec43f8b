#pragma once

#include <waybill/driver/aws_credentials.hpp>

#include <waybill/core/shell_words.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/driver/aws_metadata.hpp>

#include <algorithm>
#include <chrono>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::chrono::minutes renew_credentials_before{5};
inline constexpr std::chrono::seconds renew_credentials_again{30};

inline error from_source(std::string_view source, error e) {
  e.detail = std::string{source} + ": " + e.detail;
  return e;
}

/// Keys that stand somewhere as they are: a half pair is a mistake, none is none.
inline result<aws_credentials> whole_pair(aws_credentials keys) {
  if (!keys.anonymous() && keys.secret_access_key.empty())
    return make_error(errc::usage, "an access key without its secret access key; give both");
  return keys;
}

inline result<aws_credentials> environment_credentials(aws_surroundings const& from) {
  auto token = from.variable("AWS_SESSION_TOKEN");
  if (token.empty()) token = from.variable("AWS_SECURITY_TOKEN");
  aws_credentials keys{std::string{from.variable("AWS_ACCESS_KEY_ID")},
                       std::string{from.variable("AWS_SECRET_ACCESS_KEY")}, std::string{token}, std::nullopt};
  if (auto const end = from.variable("AWS_CREDENTIAL_EXPIRATION"); !end.empty() && !keys.anonymous()) {
    auto const at = parse_rfc3339(end);
    if (!at) return make_error(errc::usage, "AWS_CREDENTIAL_EXPIRATION is no RFC 3339 time");
    keys.expires = *at;
  }
  return whole_pair(std::move(keys));
}

/// What the AWS tools would follow here and the kit does not.
inline result<void> check_supported(aws_surroundings const& from, aws_settings const& settings) {
  std::string const advice = "; give a profile `credential_process = aws configure export-credentials --profile " +
                             printable(settings.profile_name) + " --format process` and choose it with AWS_PROFILE";
  if (!settings.profile.unsupported.empty())
    return make_error(errc::unsupported, "its " + settings.profile.unsupported + " is not followed" + advice);
  if (!from.variable("AWS_WEB_IDENTITY_TOKEN_FILE").empty() && !from.variable("AWS_ROLE_ARN").empty())
    return make_error(errc::unsupported, "AWS_WEB_IDENTITY_TOKEN_FILE is not followed" + advice);
  return {};
}

inline result<aws_credentials> process_credentials(aws_surroundings const& from, std::string_view command) {
  auto const words = shell_words(command);
  if (!words) return words.error();
  if (words->empty() || !from.run) return make_error(errc::unsupported, "no program can be run here");
  auto const answer = from.run(*words);
  if (!answer) return answer.error();
  return parse_aws_credentials(*answer, aws_credential_answer::process);
}

/// The first source that has credentials, expired or not.
inline result<found_aws_credentials> first_aws_credentials(aws_surroundings const& from, std::stop_token const& stop) {
  auto const found = [](std::string source, result<aws_credentials> r) -> result<found_aws_credentials> {
    if (!r) return from_source(source, r.error());
    return found_aws_credentials{std::move(*r), std::move(source)};
  };
  if (!from.variable("AWS_ACCESS_KEY_ID").empty()) return found("environment", environment_credentials(from));
  auto const settings = read_aws_settings(from);
  if (!settings) return settings.error();
  auto const profile = "profile '" + printable(settings->profile_name) + "'";
  if (auto const fits = check_supported(from, *settings); !fits) return from_source(profile, fits.error());
  if (!settings->profile.credential_process.empty())
    return found("credential_process of " + profile, process_credentials(from, settings->profile.credential_process));
  if (!settings->profile.keys.anonymous()) return found(profile, whole_pair(settings->profile.keys));
  auto container = fetch_container_credentials(from, stop);
  if (!container || !container->anonymous()) return found("container credentials", std::move(container));
  auto instance = fetch_instance_credentials(from, stop);
  if (!instance || !instance->anonymous()) return found("instance metadata", std::move(instance));
  return found_aws_credentials{};
}

}  // namespace detail

WAYBILL_DECL result<found_aws_credentials> find_aws_credentials(aws_surroundings const& from,
                                                                std::stop_token const& stop) {
  auto found = detail::first_aws_credentials(from, stop);
  if (found && found->credentials.expires && *found->credentials.expires <= from.now())
    return detail::from_source(found->source,
                               make_error(errc::denied, "these credentials ended at " +
                                                            to_rfc3339(*found->credentials.expires) + "; renew them"));
  return found;
}

WAYBILL_DECL result<found_aws_credentials> aws_credential_provider::get(std::stop_token const& stop) {
  std::lock_guard const lock{mutex_};
  auto const now = from_.now();
  if (found_ && (!renew_at_ || now < *renew_at_)) return *found_;
  auto fresh = find_aws_credentials(from_, stop);
  // A source that suddenly has none has failed as well; going on without a name would only look like a refusal.
  if (fresh && found_ && fresh->source.empty())
    fresh = detail::from_source(found_->source, make_error(errc::temporary, "gives no credentials any more"));
  if (!fresh && found_ && now < *found_->credentials.expires) {
    renew_at_ = std::min(now + detail::renew_credentials_again, *found_->credentials.expires);
    return *found_;
  }
  if (!fresh) return fresh;
  found_ = std::move(*fresh);
  renew_at_.reset();
  if (auto const& end = found_->credentials.expires)
    renew_at_ = std::max(*end - detail::renew_credentials_before, now + (*end - now) / 2);
  return *found_;
}

WAYBILL_DECL void aws_credential_provider::forget(aws_credentials const& used) {
  std::lock_guard const lock{mutex_};
  if (!found_ || found_->credentials.access_key_id != used.access_key_id ||
      found_->credentials.session_token != used.session_token)
    return;
  found_.reset();
  renew_at_.reset();
}

WAYBILL_DECL void aws_credential_provider::forget() {
  std::lock_guard const lock{mutex_};
  found_.reset();
  renew_at_.reset();
}

}  // namespace waybill::inline WAYBILL_ABI

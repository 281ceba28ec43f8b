#pragma once

#include <waybill/driver/aws_settings.hpp>

#include <waybill/core/utf8.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Where a file of the AWS tools is; empty where nothing says so. `~/` is the home directory.
inline std::string aws_file_path(aws_surroundings const& from, std::string_view variable, std::string_view below_home) {
  auto const home = from.variable("HOME");
  if (auto const chosen = from.variable(variable); !chosen.empty())
    return chosen.starts_with("~/") ? std::string{home}.append(chosen.substr(1)) : std::string{chosen};
  return home.empty() ? std::string{} : std::string{home}.append(below_home);
}

inline result<std::string> aws_file_text(aws_surroundings const& from, std::string const& path) {
  if (path.empty() || !from.read_file) return std::string{};
  auto text = from.read_file(path);
  if (!text && text.error().code == condition::not_found) return std::string{};
  return text;
}

inline error unknown_profile(std::string_view wanted, aws_profiles const& profiles) {
  std::string detail = "AWS_PROFILE names '" + printable(wanted) + "', which neither AWS file has; ";
  auto const names = profiles.names();
  if (names.empty()) return make_error(errc::usage, detail + "they hold no profile at all");
  detail += "they have ";
  for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 20); ++i)
    detail.append(i == 0 ? "" : ", ").append(printable(names[i]));
  return make_error(errc::usage, std::move(detail));
}

inline result<aws_profiles> read_aws_profiles(aws_surroundings const& from) {
  auto const keys_path = aws_file_path(from, "AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials");
  auto const config_path = aws_file_path(from, "AWS_CONFIG_FILE", "/.aws/config");
  auto const keys = aws_file_text(from, keys_path);
  if (!keys) return keys.error();
  auto const config = aws_file_text(from, config_path);
  if (!config) return config.error();
  auto profiles = aws_profiles::parse(*keys, *config);
  if (profiles) return profiles;
  auto e = profiles.error();
  for (auto const& [generic, path] : {std::pair{std::string_view{"credentials file"}, keys_path},
                                      std::pair{std::string_view{"config file"}, config_path}})
    if (e.path.starts_with(generic)) e.path.replace(0, generic.size(), path);
  return e;
}

}  // namespace detail

WAYBILL_DECL std::string_view aws_surroundings::variable(std::string_view name) const noexcept {
  auto const at = environment.find(name);
  return at == environment.end() ? std::string_view{} : std::string_view{at->second};
}

WAYBILL_DECL result<aws_settings> read_aws_settings(aws_surroundings const& from) {
  auto const profiles = detail::read_aws_profiles(from);
  if (!profiles) return profiles.error();
  aws_settings out;
  auto const chosen = from.variable("AWS_PROFILE");
  out.profile_name = chosen.empty() ? "default" : chosen;
  if (auto const* found = profiles->find(out.profile_name)) out.profile = *found;
  else if (!chosen.empty()) return detail::unknown_profile(chosen, *profiles);
  auto const first_of = [](std::initializer_list<std::string_view> values) {
    auto const at = std::ranges::find_if(values, [](auto value) { return !value.empty(); });
    return at == values.end() ? std::string{} : std::string{*at};
  };
  out.region = first_of({from.variable("AWS_REGION"), from.variable("AWS_DEFAULT_REGION"), out.profile.region});
  if (from.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") != "true")
    out.endpoint_url =
        first_of({from.variable("AWS_ENDPOINT_URL_S3"), from.variable("AWS_ENDPOINT_URL"), out.profile.endpoint_url});
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/http/aws_profiles.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/shell_words.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

using aws_settings_map = std::map<std::string, std::string, std::less<>>;
using aws_sections = std::map<std::string, aws_settings_map, std::less<>>;

inline std::string_view take_line(std::string_view& rest) noexcept {
  auto const line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  return line;
}

/// Reads sections as Python's RawConfigParser does; the file's lines are never part of an error.
class aws_file_reader {
 public:
  explicit aws_file_reader(std::string_view file) : file_{file} {}

  result<aws_sections> read(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    while (!text.empty()) {
      ++line_;
      auto const line = take_line(text);
      auto const content = ascii_trimmed(line);
      if (content.empty() || content.front() == '#' || content.front() == ';') continue;
      auto const indent = line.find_first_not_of(" \t\r\v\f");
      if (value_ != nullptr && indent > indent_) {
        value_->append("\n").append(content);
        continue;
      }
      indent_ = indent;
      if (auto const took = content.front() == '[' ? section(content) : setting(content); !took) return took.error();
    }
    return std::move(sections_);
  }

 private:
  result<void> section(std::string_view content) {
    auto const end = content.rfind(']');
    if (end == std::string_view::npos || end == 1) return refuse("a section is written [name]");
    auto const [at, fresh] = sections_.try_emplace(std::string{content.substr(1, end - 1)});
    if (!fresh) return refuse("a section of that name stands further up");
    settings_ = &at->second;
    value_ = nullptr;
    return {};
  }

  result<void> setting(std::string_view content) {
    if (settings_ == nullptr) return refuse("a file of profiles starts with a section, [default]");
    auto const mark = content.find_first_of("=:");
    if (mark == std::string_view::npos || mark == 0) return refuse("a setting is written name = value");
    std::string name{ascii_trimmed(content.substr(0, mark))};
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    auto const [at, fresh] = settings_->try_emplace(std::move(name), ascii_trimmed(content.substr(mark + 1)));
    if (!fresh) return refuse("a setting stands twice in a section");
    value_ = &at->second;
    return {};
  }

  [[nodiscard]] error refuse(std::string detail) const {
    return make_error(errc::usage, std::move(detail), std::string{file_} + ", line " + std::to_string(line_));
  }

  std::string_view file_;
  aws_sections sections_;
  aws_settings_map* settings_ = nullptr;
  std::string* value_ = nullptr;  ///< what an indented line continues
  std::size_t indent_ = 0;
  std::size_t line_ = 0;
};

inline std::string_view setting_of(aws_settings_map const& settings, std::string_view name) noexcept {
  auto const at = settings.find(name);
  return at == settings.end() ? std::string_view{} : std::string_view{at->second};
}

/// A setting that is a text; one with settings below it is none.
inline std::string_view text_setting(aws_settings_map const& settings, std::string_view name) noexcept {
  auto const value = setting_of(settings, name);
  return value.starts_with('\n') ? std::string_view{} : value;
}

/// A setting of the settings that stand below one, as `endpoint_url` below `s3 =`.
inline std::string_view nested_setting(std::string_view block, std::string_view name) noexcept {
  if (!block.starts_with('\n')) return {};
  std::string_view found;
  while (!block.empty()) {
    auto const line = take_line(block);
    auto const mark = line.find('=');
    if (mark != std::string_view::npos && ascii_trimmed(line.substr(0, mark)) == name)
      found = ascii_trimmed(line.substr(mark + 1));
  }
  return found;
}

/// NAME of a section `[kind NAME]`, which may stand in quotes; empty for another section.
inline std::string name_in_section(std::string_view section, std::string_view kind) {
  if (!section.starts_with(kind)) return {};
  auto words = shell_words(section);
  return words && words->size() == 2 && (*words)[0] == kind ? std::move((*words)[1]) : std::string{};
}

inline aws_credentials keys_of(aws_settings_map const& settings) {
  auto token = text_setting(settings, "aws_session_token");
  if (token.empty()) token = text_setting(settings, "aws_security_token");
  return {std::string{text_setting(settings, "aws_access_key_id")},
          std::string{text_setting(settings, "aws_secret_access_key")}, std::string{token}, std::nullopt};
}

inline std::string s3_endpoint_of(aws_settings_map const& profile, aws_sections const& config) {
  if (text_setting(profile, "ignore_configured_endpoint_urls") == "true") return {};
  if (auto const wanted = text_setting(profile, "services"); !wanted.empty())
    for (auto const& [section, settings] : config)
      if (name_in_section(section, "services") == wanted)
        if (auto const url = nested_setting(setting_of(settings, "s3"), "endpoint_url"); !url.empty())
          return std::string{url};
  return std::string{text_setting(profile, "endpoint_url")};
}

/// @param keys  the profile in the credentials file  @param settings  both, the credentials file's first
inline aws_profile profile_of(aws_settings_map const& keys, aws_settings_map const& settings,
                              aws_sections const& config) {
  aws_profile out;
  out.region = text_setting(settings, "region");
  out.endpoint_url = s3_endpoint_of(settings, config);
  for (auto const* const name : {"role_arn", "sso_session", "sso_start_url", "login_session"})
    if (out.unsupported.empty() && !text_setting(settings, name).empty()) out.unsupported = name;
  if (!text_setting(keys, "aws_access_key_id").empty()) out.keys = keys_of(keys);
  else if (auto const command = text_setting(settings, "credential_process"); !command.empty())
    out.credential_process = command;
  else out.keys = keys_of(settings);
  return out;
}

}  // namespace detail

WAYBILL_DECL result<aws_profiles> aws_profiles::parse(std::string_view credentials, std::string_view config) {
  auto keys = detail::aws_file_reader{"credentials file"}.read(credentials);
  if (!keys) return keys.error();
  auto const sections = detail::aws_file_reader{"config file"}.read(config);
  if (!sections) return sections.error();
  auto merged = *keys;
  for (auto const& [section, settings] : *sections) {
    auto const name = section == "default" ? section : detail::name_in_section(section, "profile");
    // insert keeps what is there: the credentials file goes first
    if (!name.empty()) merged[name].insert(settings.begin(), settings.end());
  }
  aws_profiles out;
  for (auto const& [name, settings] : merged)
    out.profiles_.emplace(name, detail::profile_of((*keys)[name], settings, *sections));
  return out;
}

WAYBILL_DECL aws_profile const* aws_profiles::find(std::string_view name) const {
  auto const at = profiles_.find(name);
  return at == profiles_.end() ? nullptr : &at->second;
}

WAYBILL_DECL std::vector<std::string> aws_profiles::names() const {
  std::vector<std::string> out;
  for (auto const& [name, profile] : profiles_) out.push_back(name);
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI

#include "common/settings.hpp"

#include <waybill/json/parse.hpp>
#include <waybill/json/write.hpp>
#include <waybill/scan/file.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <utility>

namespace waybill_cli {
namespace json = waybill::json;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

std::string xdg_directory(char const* variable, char const* below_home) {
  auto base = environment(variable);
  if (!base || !base->starts_with('/')) base = environment("HOME").value_or("/") + below_home;
  return *base + "/waybill";
}

using layer = std::map<std::string, setting, std::less<>>;

/// A configuration file's settings; an absent file has none.
result<layer> read_layer(std::string const& file, std::vector<std::string> const& allowed,
                         std::vector<std::string>& warnings) {
  layer out;
  auto const text = waybill::read_file(file, std::size_t{1} << 20);
  if (!text) {
    if (text.error().code == waybill::condition::not_found) return out;
    return text.error();
  }
  auto const document = json::parse(*text);
  if (!document)
    return make_error(document.error().code == errc::malformed_json ? errc::malformed_json : errc::wrong_type,
                      "not a configuration file: " + document.error().message(), file);
  if (document->as_object() == nullptr)
    return make_error(errc::wrong_type, "a configuration file holds a JSON object", file);
  for (auto const& [name, v] : *document->as_object()) {
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
      warnings.push_back(file + ": \"" + name + "\" is ignored; only " + allowed.front() +
                         " and the like can be set here");
      continue;
    }
    if (auto const* s = v.as_string()) out[name] = {*s, file};
    else if (auto const* n = v.as_number()) out[name] = {n->text, file};
    else return make_error(errc::wrong_type, "\"" + name + "\" must be a text or a number", file);
  }
  return out;
}

}  // namespace

result<std::uint64_t> parse_rate(std::string_view text) {
  auto const bad = [&] {
    return make_error(
        errc::usage, "a rate is a whole number of bytes a second, with k, M or G behind it for powers of 1024, not \"" +
                         std::string{text} + "\"");
  };
  std::uint64_t n = 0;
  auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failed != std::errc{} || n == 0) return bad();
  auto const unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.size() > 1) return bad();
  constexpr std::string_view units = "bkmg";
  auto const lower = unit.empty() ? 'b' : static_cast<char>(unit.front() | 0x20);
  auto const power = units.find(lower);
  if (power == std::string_view::npos) return bad();
  auto const shift = 10 * static_cast<unsigned>(power);
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (n > most >> shift) return bad();
  return n << shift;
}

std::optional<std::string> environment(char const* name) {
  char const* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::string data_home() { return xdg_directory("XDG_DATA_HOME", "/.local/share"); }
std::string cache_home() { return xdg_directory("XDG_CACHE_HOME", "/.cache"); }
std::string config_home() { return xdg_directory("XDG_CONFIG_HOME", "/.config"); }

std::string settings::user_file() { return config_home() + "/config.json"; }
std::string settings::workspace_file(std::string const& workspace) { return workspace + "/.waybill/config.json"; }

std::vector<std::string_view> const& settings::names() {
  static std::vector<std::string_view> const all{"registry", "jobs", "progress"};
  return all;
}

result<settings> settings::load(std::string const& workspace) {
  settings out;
  auto user = read_layer(user_file(), {names().begin(), names().end()}, out.warnings_);
  if (!user) return user.error();
  out.user_ = std::move(*user);
  if (workspace.empty()) return out;
  auto shared = read_layer(workspace_file(workspace), {"registry"}, out.warnings_);
  if (shared) out.workspace_ = std::move(*shared);
  else out.warnings_.push_back("ignored: " + shared.error().message());
  return out;
}

void settings::set_flag(std::string_view name, std::string value) {
  flags_[std::string{name}] = {std::move(value), "flag --" + std::string{name}};
}

setting settings::get(std::string_view name) const {
  if (auto const found = flags_.find(name); found != flags_.end()) return found->second;
  std::string variable = "WAYBILL_" + std::string{name};
  std::transform(variable.begin(), variable.end(), variable.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  if (auto value = environment(variable.c_str())) return {*value, "environment " + variable};
  if (auto const found = workspace_.find(name); found != workspace_.end()) return found->second;
  if (auto const found = user_.find(name); found != user_.end()) return found->second;
  if (name == "registry") return {data_home() + "/registry", "default"};
  return {name == "progress" ? "auto" : "0", "default"};
}

bool settings::of_workspace(std::string_view name) const {
  auto const found = workspace_.find(name);
  return found != workspace_.end() && get(name).origin == found->second.origin;
}

result<void> settings::store(std::string const& file, std::string_view name, std::string_view value) {
  if (std::find(names().begin(), names().end(), name) == names().end())
    return make_error(errc::usage,
                      "there is no setting \"" + std::string{name} + "\"; known: registry, jobs, progress");
  json::value document = json::object{};
  if (auto const text = waybill::read_file(file, std::size_t{1} << 20)) {
    auto parsed = json::parse(*text);
    if (!parsed) return parsed.error();
    if (parsed->as_object() == nullptr)
      return make_error(errc::wrong_type, "a configuration file holds a JSON object", file);
    document = std::move(*parsed);
  }
  auto& members = *document.as_object();
  if (value.empty()) std::erase_if(members, [&](auto const& m) { return m.first == name; });
  else json::set_member(members, name, value);
  return waybill::write_file_atomically(file, json::compact(document) + "\n");
}

}  // namespace waybill_cli

#pragma once

#include <waybill/error.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill_cli {

/// A setting's value and what won: `flag`, `environment WAYBILL_REGISTRY`, a configuration file, or `default`.
struct setting {
  std::string value;
  std::string origin;
};

/** Settings in their order of precedence: flag > environment > workspace `.waybill/config.json` >
    `$XDG_CONFIG_HOME/waybill/config.json` > default.

    A workspace's file may come from a stranger: it can name a registry and a package, and nothing else is read from it.
*/
class settings {
 public:
  /// The names people can set: `registry`, `jobs`, `progress`.
  static std::vector<std::string_view> const& names();

  /// Reads both files. @param workspace  the directory that has a `.waybill/`, or empty
  /// @errors errc::malformed_json, wrong_type in the user's own file; those of a workspace only make a warning
  [[nodiscard]] static waybill::result<settings> load(std::string const& workspace);

  void set_flag(std::string_view name, std::string value);
  [[nodiscard]] setting get(std::string_view name) const;
  /// True when a value is what the workspace's file says, which may come from a stranger.
  [[nodiscard]] bool of_workspace(std::string_view name) const;
  /// What was ignored, for people.
  [[nodiscard]] std::vector<std::string> const& warnings() const noexcept { return warnings_; }

  /// Writes one setting into the user's or the workspace's file; an empty value removes it.
  /// @errors errc::usage, system errors
  [[nodiscard]] static waybill::result<void> store(std::string const& file, std::string_view name,
                                                   std::string_view value);
  [[nodiscard]] static std::string user_file();
  [[nodiscard]] static std::string workspace_file(std::string const& workspace);

 private:
  std::map<std::string, setting, std::less<>> flags_, workspace_, user_;
  std::vector<std::string> warnings_;
};

/** Bytes a second, as curl's `--limit-rate` takes them: a whole number, then nothing or `B` for bytes, or `k`, `M`, `G`
    of either case for powers of 1024. @errors errc::usage, also for 0 and what exceeds 2^63-1 */
[[nodiscard]] waybill::result<std::uint64_t> parse_rate(std::string_view text);

/// Value of an environment variable; empty when unset or empty.
[[nodiscard]] std::optional<std::string> environment(char const* name);
/// `$XDG_DATA_HOME/waybill` and the like, by the XDG Base Directory Specification 0.8.
[[nodiscard]] std::string data_home();
[[nodiscard]] std::string cache_home();
[[nodiscard]] std::string config_home();

}  // namespace waybill_cli

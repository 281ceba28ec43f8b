#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/context.hpp"

namespace waybill_cli {

/** A binary with verbs: options every binary has, parsing, and the way from an error to an exit code.

    A verb is added with a function that defines its options on a CLI11 sub-command and returns what runs it.
*/
class application {
 public:
  using action = std::function<waybill::result<answer>(context&)>;

  /// What `--timeout` limits.
  enum class time_limit : std::uint8_t {
    run,     ///< the whole of it
    silence  ///< a transfer in which no byte moves: `context::stall`
  };

  application(std::string name, std::string description, time_limit limit = time_limit::run);

  enum class kind : std::uint8_t {
    plain,
    transfer  ///< moves bytes over the network where the registry is there: takes `--max-bandwidth`
  };

  /// @param define  adds options to the sub-command; the action it returns is called when the verb was chosen
  void verb(std::string const& name, std::string const& description, std::function<action(CLI::App&)> const& define,
            kind what = kind::plain);

  /// Parses, runs the chosen verb, prints. @return the exit code
  [[nodiscard]] int run(int argc, char const* const* argv);

 private:
  [[nodiscard]] waybill::result<answer> run_chosen(context& world);
  [[nodiscard]] waybill::result<context> make_context(std::stop_token const& stop);

  struct common_options {
    std::string json;
    std::string progress;
    std::string jobs;
    std::string registry;
    std::optional<std::string> max_bandwidth;
    std::optional<double> timeout;
    std::vector<std::string> allowed_hosts;
    bool allow_file_keys = false;
    bool force_unsafe_refs = false;
    bool dry_run = false;
    bool quiet = false;
    bool no_input = false;
    int verbosity = 0;
  };

  CLI::App app_;
  time_limit limit_;
  common_options options_;
  std::vector<std::pair<CLI::App*, action>> verbs_;
};

}  // namespace waybill_cli

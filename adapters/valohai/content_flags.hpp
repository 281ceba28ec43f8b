#pragma once

#include <waybill/driver/valohai/outputs.hpp>
#include <waybill/driver/valohai/preparation.hpp>
#include <waybill/error.hpp>

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "platform.hpp"

namespace waybill_cli {

/** The options of every verb that looks at content. Each is also a parameter of that name; flags win. */
struct content_flags {
  std::string content, missing, duplicates, version_name, stat_cache, staging;
  bool flat = false;
  bool compat = false;
  bool pass_sidecars = false;
  api_flags api;

  void define(CLI::App& sub);
  /// Takes from the parameters what no flag says. @errors errc::wrong_type
  [[nodiscard]] waybill::result<void> complete(waybill::valohai::parameters const& from);
  /// @errors errc::usage for words that mean nothing, and without a content directory
  [[nodiscard]] waybill::result<waybill::valohai::update_settings> settings(context const& world) const;
  /// The outputs of the execution; empty for a dry run. @errors as output_directory::open
  [[nodiscard]] waybill::result<std::optional<waybill::valohai::output_directory>> open_outputs(
      context const& world, platform const& around) const;
};

/// Adds the options of the API alone.
void define_api_flags(CLI::App& sub, api_flags& flags);

/// A text option that no flag gave, taken from the parameters.
[[nodiscard]] waybill::result<void> fill(std::string& option, waybill::valohai::parameters const& from,
                                         std::string_view name);
[[nodiscard]] waybill::result<void> fill(bool& option, waybill::valohai::parameters const& from, std::string_view name);

/// Options of the whole program that an execution gives as parameters: `jobs`, `dry-run`.
[[nodiscard]] waybill::result<void> fill_common(context& world, waybill::valohai::parameters const& from);

}  // namespace waybill_cli

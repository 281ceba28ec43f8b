#pragma once

#include <waybill/driver/valohai/api.hpp>
#include <waybill/error.hpp>
#include <waybill/http/curl.hpp>
#include <waybill/protocol/valohai/parameters.hpp>
#include <waybill/protocol/valohai/platform_calls.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/context.hpp"

namespace waybill_cli {

/// How the API is reached, beyond the environment.
struct api_flags {
  std::optional<std::string> token_file;  ///< `-` is standard input
  double stall = 30;                      ///< seconds without a byte after which a transfer is given up
};

/** The execution around the program: its directories, its configuration, and the ways to the platform.

    Inside an execution the directories are those of `VH_CONFIG_DIR`, `VH_INPUTS_DIR` and `VH_OUTPUTS_DIR`, else below
    `/valohai`; elsewhere below `.valohai` of the present directory, as in valohai-utils. */
class platform {
 public:
  /// Reads what the execution was given. @errors of its files, which may be absent
  [[nodiscard]] static waybill::result<platform> here(context const& world);

  [[nodiscard]] std::string config(std::string_view file) const { return config_ + "/" + std::string{file}; }
  [[nodiscard]] std::string input(std::string_view name) const { return inputs_ + "/" + std::string{name}; }
  [[nodiscard]] std::string const& outputs() const noexcept { return outputs_; }
  [[nodiscard]] waybill::valohai::parameters const& parameters() const noexcept { return parameters_; }
  /// The id of this execution; empty where nothing says it.
  [[nodiscard]] std::optional<std::string> execution_id() const;
  /// A text of `inputs.json`; empty where there is none.
  [[nodiscard]] waybill::result<std::optional<std::string>> inputs_text() const;

  /// The API as VH_API_BASE_URL and VH_API_TOKEN say. @errors errc::denied without a token
  [[nodiscard]] waybill::result<waybill::valohai::api> open_api(api_flags const& flags);
  /// True when there is a token to use.
  [[nodiscard]] static bool has_token(api_flags const& flags);
  /// Shows a text beside the execution where the platform lets us; failing to is a remark with `-v`.
  void show(std::string_view text);

 private:
  explicit platform(context const& world) : world_{&world} {}
  void open_clients(double stall);

  context const* world_;
  std::string config_, inputs_, outputs_;
  waybill::valohai::parameters parameters_;
  std::string execution_id_;
  waybill::valohai::platform_calls calls_;
  std::unique_ptr<waybill::curl_client> client_;
  std::unique_ptr<waybill::curl_client> posting_;  ///< keeps no connection open
};

}  // namespace waybill_cli

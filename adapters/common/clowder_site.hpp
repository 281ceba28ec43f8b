#pragma once

#include <waybill/driver/clowder/api.hpp>
#include <waybill/driver/clowder/upload.hpp>
#include <waybill/error.hpp>
#include <waybill/http/curl.hpp>

#include <memory>
#include <optional>
#include <string>

#include "common/context.hpp"

namespace waybill_cli {

/// How a Clowder is reached, beyond `CLOWDER_URL` and `CLOWDER_TOKEN`.
struct clowder_access {
  std::string api = "auto";               ///< `1`, `2` or `auto`
  double stall = 5;                       ///< seconds without a byte after which a transfer is given up
  unsigned retries = 3;                   ///< further attempts
  bool insecure = false;                  ///< any certificate is taken; said on each run
  std::optional<std::string> token_file;  ///< `-` is standard input
};

/// A Clowder and the clients it is reached by.
class clowder_site {
 public:
  /// @errors errc::usage without an address, or for options that mean nothing; errc::denied without a token; as
  ///         api::open
  [[nodiscard]] static waybill::result<clowder_site> open(context const& world, clowder_access const& how);

  [[nodiscard]] waybill::clowder::api const& api() const noexcept { return *api_; }

 private:
  clowder_site() = default;

  std::unique_ptr<waybill::curl_client> client_;
  std::unique_ptr<waybill::curl_client> posting_;  ///< keeps no connection open
  std::optional<waybill::clowder::api> api_;
};

/// The space that a flag names, else `SPACE_ID`; empty for none.
[[nodiscard]] std::string space_here(std::string const& flag);

/// Tells people what an upload remarked.
void tell_remarks(context const& world, waybill::clowder::upload_report const& done);

}  // namespace waybill_cli

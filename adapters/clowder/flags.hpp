#pragma once

#include <waybill/driver/clowder/comparison.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>

#include "common/clowder_site.hpp"

namespace waybill_cli {

/// The options of every verb.
struct site_flags : clowder_access {
  void define(CLI::App& sub);
  [[nodiscard]] waybill::result<clowder_site> open(context const& world);
};

/// The directory, and how sure it has to be that a dataset holds it.
struct directory_flags {
  std::string directory, how = "digest";

  void define(CLI::App& sub);
  /// `DIR`, else `DATASET_DIRECTORY`. @errors errc::usage without either
  [[nodiscard]] waybill::result<std::string> place() const;
  [[nodiscard]] waybill::result<waybill::clowder::proof> proof() const;
};

[[nodiscard]] inline waybill::json::value number(std::uint64_t n) { return waybill::json::value::integer(n); }

}  // namespace waybill_cli

#pragma once

#include <waybill/driver/dagster/process.hpp>
#include <waybill/driver/dagster/request.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/dagster_pipes/metadata.hpp>

#include <string>
#include <vector>

#include "common/clowder_site.hpp"
#include "common/context.hpp"

namespace waybill_cli {

struct load_flags {
  std::string to, request, root, name, asset, check, title, space;
  std::vector<std::string> tags;
  clowder_access clowder;
};

/// One dataset on its way.
struct loading {
  context& world;
  load_flags const& flags;
  waybill::dagster::process& step;
  waybill::dagster::load_request request;
  std::string directory;  ///< real path of the dataset
};

/// Each loads and reports, and says what it did.
[[nodiscard]] waybill::result<answer> load_to_registry(loading const& job);
[[nodiscard]] waybill::result<answer> load_to_clowder(loading const& job);

/// What was loaded, as the run shows it.
struct loaded {
  std::string text;  ///< for people
  std::string version;
  waybill::dagster_pipes::metadata metadata;
  bool arrived = false;
  bool as_scanned = true;
};

/// Reports the asset and its check, unless this is a dry run, and makes the answer.
[[nodiscard]] waybill::result<answer> report_loaded(loading const& job, loaded done);

}  // namespace waybill_cli

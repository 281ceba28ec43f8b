#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dagster_pipes {

struct key_range {
  std::string start, end;
};

/// Two instants as Dagster writes them: ISO 8601 with an offset.
struct time_window {
  std::string start, end;
};

/// What an asset was made of when it was last made.
struct provenance {
  std::optional<std::string> code_version{};
  std::map<std::string, std::optional<std::string>> input_data_versions{};  ///< by escaped asset key
  bool is_user_provided = false;
};

/// What Dagster says of the step a process runs for.
struct context {
  std::vector<std::string> asset_keys{};  ///< escaped and sorted; empty for an op
  std::map<std::string, std::optional<std::string>> code_version_by_asset_key{};
  std::map<std::string, std::optional<provenance>> provenance_by_asset_key{};
  std::optional<std::string> partition_key{};
  std::optional<key_range> partition_key_range{};
  std::optional<time_window> partition_time_window{};
  std::string run_id{};
  std::optional<std::string> job_name{};
  std::uint64_t retry_number = 0;
  json::value extras = json::object{};  ///< what the caller gave: an object
};

/** Reads a context. Members that may be null may be absent too; others are ignored.
    @param where  names it in errors, before the JSON pointer  @errors as json::record_reader
    @format dagster_pipes 1.13 `PipesContextData` */
[[nodiscard]] WAYBILL_DECL result<context> read_context(json::value const& document, std::string where = {});

}  // namespace dagster_pipes
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/dagster_pipes/context.ipp>
#endif

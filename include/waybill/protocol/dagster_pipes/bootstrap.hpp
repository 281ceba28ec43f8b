#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dagster_pipes {

inline constexpr char const* context_variable = "DAGSTER_PIPES_CONTEXT";
inline constexpr char const* messages_variable = "DAGSTER_PIPES_MESSAGES";

/// The two texts that tell a process that Dagster started it, as they were given: base64 of zlib of JSON.
struct encoded_parameters {
  std::optional<std::string> context, messages;
};

/** Takes `--dagster-pipes-context V` and `--dagster-pipes-messages V` (also with `=`) out of a command line, wherever
    they stand. @format dagster_pipes 1.13 `PipesCliArgsParamsLoader` */
[[nodiscard]] WAYBILL_DECL encoded_parameters take_parameters(std::vector<std::string>& arguments);

/// Gives what the arguments leave open from the environment. @param variable  its value by name; empty where unset
[[nodiscard]] WAYBILL_DECL encoded_parameters
or_environment(encoded_parameters given, std::function<std::optional<std::string>(char const*)> const& variable);

/** What an encoded parameter says.
    @param name  of its variable, for messages: values may hold secrets and are not shown
    @errors errc::wrong_type for what is no base64, no zlib stream or no JSON object
    @format dagster_pipes 1.13 `encode_param` */
[[nodiscard]] WAYBILL_DECL result<json::value> decode_parameter(std::string_view text, std::string const& name);

struct file_place {
  std::string path;
};
/// The context itself, as the environment injector gives it.
struct given_data {
  json::value data;
};
struct object_place {
  std::string bucket, key;
};
/// Objects `prefix/1.json`, `prefix/2.json`, …, each with some lines.
struct chunk_place {
  std::string bucket, prefix;
};
struct stream_place {
  bool standard_error = false;
  bool buffered = false;  ///< all at the end
};

using context_place = std::variant<file_place, given_data, object_place>;
using messages_place = std::variant<file_place, stream_place, chunk_place>;

/// Where a process that Dagster started finds its context, and where it is to leave its messages.
struct bootstrap {
  context_place context;
  messages_place messages;
};

/** Reads the parameters. Empty where there are none: the process was not started by Dagster.

    A process that cannot read them must fail: without messages its run would pass for a success that reported nothing.
    @errors errc::missing_member where only one of the two is there, or says nothing of a place; wrong_type; unsupported
            for places of a kind that is not known
    @format dagster_pipes 1.13, default, environment, stdio, buffered and S3 loaders and writers */
[[nodiscard]] WAYBILL_DECL result<std::optional<bootstrap>> read_bootstrap(encoded_parameters const& given);

}  // namespace dagster_pipes
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/dagster_pipes/bootstrap.ipp>
#endif

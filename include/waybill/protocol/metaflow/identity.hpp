#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/lineage/run_record.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace metaflow {

inline constexpr char const* pathspec_variable = "MF_PATHSPEC";
inline constexpr char const* attempt_variable = "MF_ATTEMPT";
inline constexpr char const* origin_variable = "WAYBILL_ORIGIN_RUN";
inline constexpr char const* index_variable = "WAYBILL_INDEX";

/// What a process was told of the task it runs for, as it was told.
struct identity_texts {
  std::optional<std::string> pathspec{};    ///< `Flow/run/step/task`
  std::optional<std::string> attempt{};     ///< from 0
  std::optional<std::string> origin_run{};  ///< empty where the run was not resumed
  std::optional<std::string> index{};       ///< a JSON array of whole numbers
};

/** Gives from the environment what is not given otherwise. Who gives a pathspec speaks of a task of his own: what the
    environment says of another one is then no part of it.
    @param variable  its value by name; empty where unset */
[[nodiscard]] WAYBILL_DECL identity_texts
or_environment(identity_texts given, std::function<std::optional<std::string>(char const*)> const& variable);

/// The attempt that a process runs for.
struct identity {
  lineage::attempt_id attempt;
  std::vector<std::uint64_t> index{};
  std::optional<std::string> origin_run{};
};

/** Reads an identity. No attempt is the first one; empty texts are as absent ones.
    @errors errc::usage where there is no pathspec, or a text is none of its kind; `error.path` names its variable
    @format Metaflow 2.19 on Batch, Kubernetes and Argo (`MF_PATHSPEC`, `MF_ATTEMPT`); docs/formats.md#run-records */
[[nodiscard]] WAYBILL_DECL result<identity> read_identity(identity_texts const& texts);

/// A record of that attempt, of which only kind, identity and time are set.
[[nodiscard]] WAYBILL_DECL lineage::run_record record_for(identity const& who, lineage::record_kind kind,
                                                          timestamp now);

/// Reads `Flow/run`. @errors errc::usage
[[nodiscard]] WAYBILL_DECL result<lineage::run_name> parse_run(std::string_view text);

}  // namespace metaflow
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/metaflow/identity.ipp>
#endif

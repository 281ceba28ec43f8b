#pragma once

#include <waybill/config.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {

/// A run of a flow: what records are kept together by.
struct run_name {
  std::string flow, run;
  friend auto operator<=>(run_name const&, run_name const&) = default;
};

/// One of the times a task of a run was tried; retries count from 0.
struct attempt_id {
  std::string flow, run, step, task;
  std::uint64_t number = 0;
  friend auto operator<=>(attempt_id const&, attempt_id const&) = default;
};

/// The run an attempt belongs to.
[[nodiscard]] inline run_name run_of(attempt_id const& id) { return {id.flow, id.run}; }

/// Rows of a table, as exactly as they are known.
struct table_version {
  std::string db{};  ///< as the caller names it; without a password
  std::string table{};
  std::optional<std::string> branch{};
  std::optional<std::string> commit{};  ///< empty: written, and not committed
  std::optional<std::string> hash{};    ///< of schema and rows; of the working set where that was read or written
  std::optional<std::string> query{};   ///< what was read of the table, where it was not all of it
  bool dirty = false;                   ///< the working set was read, and differed from the commit
  friend bool operator==(table_version const&, table_version const&) = default;
};

/// A version of a package of files.
struct package_version {
  std::string name{};  ///< `ns/name`
  std::string top_hash{};
  friend bool operator==(package_version const&, package_version const&) = default;
};

enum class record_kind : std::uint8_t { begin, read, write, end };
enum class end_status : std::uint8_t { ok, fail };

/// Who committed what another attempt wrote.
struct committer {
  std::string step, task;
  std::uint64_t attempt = 0;
  std::optional<std::string> run{};  ///< where it resumed the writer's run
  friend bool operator==(committer const&, committer const&) = default;
};

/** One thing that an attempt did: it began, read, wrote, or ended.

    A table is written first and committed later, maybe by another step. The commit is one more write record **of the
    writer**, now with `commit`; it stands for all writes of that table by that attempt which were recorded before it.
*/
struct run_record {
  record_kind kind = record_kind::begin;
  attempt_id attempt{};
  std::vector<std::uint64_t> index{};       ///< place in each foreach around the task, outermost first
  std::optional<std::string> origin_run{};  ///< of a resumed run: the run whose finished tasks it took over
  timestamp time{};                         ///< UTC, as the caller says; order is that of the records
  std::variant<std::monostate, table_version, package_version> data{};  ///< of reads and writes
  std::optional<end_status> status{};                                   ///< of ends
  std::optional<std::string> failure{};                                 ///< of failed ends: the error's type
  std::optional<committer> committed_by{};  ///< of writes with a commit, where it was not the writer
  json::object extra{};  ///< members that this version of the format does not know, as they were written

  [[nodiscard]] table_version const* table() const noexcept { return std::get_if<table_version>(&data); }
  [[nodiscard]] package_version const* package() const noexcept { return std::get_if<package_version>(&data); }
  friend bool operator==(run_record const&, run_record const&) = default;
};

/** Whether a record says all that its kind must say, and can be kept.

    @errors errc::usage for names that are empty, hold `/`, `\` or a control character, or are not UTF-8; for a read or
            write of nothing, data of a begin or end, an end without a status, a commit of another's without the commit,
            and a `db` with a password. The path is the member's JSON pointer */
[[nodiscard]] WAYBILL_DECL result<void> check_record(run_record const& r);

[[nodiscard]] WAYBILL_DECL std::string_view name_of(record_kind kind) noexcept;
[[nodiscard]] WAYBILL_DECL std::string_view name_of(end_status status) noexcept;

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/lineage/run_record.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/history/timeline.hpp>
#include <waybill/json/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/** What a dataset's log holds: one record a line. Everything a timeline is follows from its records. */
namespace records {

/// The first record of every log. A dataset without upstream starts with its initial import.
struct opened {
  std::string id, name, root;
  std::string base;  ///< as timeline::base
  std::optional<fork_point> upstream;
  std::string description;  ///< of the first savepoint, `<name>:0`
};

/// An action was done here, or replayed.
struct acted {
  landed what;
};

struct saved {
  std::string id, description, manifest;  ///< as savepoint
};

/// Back to a savepoint.
struct reverted {
  std::string to;
};

/// A merge that landed; the actions it played follow in the same batch.
struct merged {
  std::string source;  ///< the source's id
  std::string source_name;
  std::string status;                 ///< `merged`, `stopped` or `nothing`
  std::optional<std::size_t> cut;     ///< a forced merge kept so many effective actions
  std::vector<std::string> remember;  ///< hashes recorded as skipped
};

}  // namespace records

struct record {
  stamp by;
  std::variant<records::opened, records::acted, records::saved, records::reverted, records::merged> what;
};

/// `{"kind", "at", "by", …}`, without what the log adds. @format docs/history.md#log
[[nodiscard]] WAYBILL_DECL json::object to_json(record const& r);
/// Reads that form. @errors errc::missing_member, wrong_type, size_out_of_range, digest_mismatch (an action's hash);
///         unsupported (a kind of record of a later version)
[[nodiscard]] WAYBILL_DECL result<record> read_record(json::value const& v);

/** Makes a timeline what it is after a record.
    @param inherited  the upstream's timeline at the fork point, for the first record of a fork
    @errors errc::corrupt_state when the record does not follow from what was before */
[[nodiscard]] WAYBILL_DECL result<void> apply(timeline& t, record const& r, timeline const* inherited = nullptr);

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/record.ipp>
#endif

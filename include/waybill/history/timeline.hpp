#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/history/action.hpp>
#include <waybill/history/play.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/// Who does something, and when; given by the caller, as the kit asks neither clock nor system.
struct stamp {
  std::string user;
  std::string datetime;  ///< RFC 3339, UTC
  std::string nonce{};   ///< a text no other writer uses, by which one finds its own batch again; may be empty

  friend bool operator==(stamp const&, stamp const&) = default;
};

/// An action in a dataset's log. Copies share it.
struct landed {
  std::shared_ptr<action const> what;
  effect did = effect::applied;
  std::string user;      ///< who did it first, wherever that was
  std::string datetime;  ///< when
};

/// A marked point of a dataset's history.
struct savepoint {
  std::string id;  ///< `<name>:<n>`; never used twice
  std::string description;
  std::size_t position = 0;  ///< how many actions were effective
  std::string user;
  std::string datetime;
  /// Top hash of the manifest the dataset had there; empty where none was published.
  std::string manifest{};

  friend bool operator==(savepoint const&, savepoint const&) = default;
};

/// Where a dataset was forked from.
struct fork_point {
  std::string dataset;        ///< the upstream's id
  std::uint64_t records = 0;  ///< how many records of the upstream's log the fork inherited
  std::string sum;            ///< that of the last of them

  friend bool operator==(fork_point const&, fork_point const&) = default;
};

/** Everything of a dataset's history but its files: who it is, which actions are effective, which were thrown away, its
    savepoints and what it remembers as skipped.

    A value; whatever is done makes another one. @threads everything const may be called concurrently */
struct timeline {
  std::string id;    ///< unique among all datasets
  std::string name;  ///< what savepoints are called after
  std::string root;  ///< id of the dataset all its upstreams stem from; its own where there are none
  std::string base;  ///< top hash of the manifest before the first action; empty: nothing, or known to the caller only
  std::optional<fork_point> upstream;

  std::vector<landed> effective;               ///< in log order
  std::vector<landed> retracted;               ///< thrown away by a revert or a forced merge, in the order of that
  std::vector<savepoint> savepoints;           ///< oldest first, positions never fall
  std::unordered_set<std::string> inherited;   ///< hashes that were effective when it was forked
  std::unordered_set<std::string> remembered;  ///< hashes that later merges skip
  /// Top hashes of the manifests that were published, how often each; a revert does not take that back.
  std::unordered_map<std::string, std::uint64_t> published;
  std::string last_published;  ///< the newest of them; empty: none
  std::uint64_t next_seq = 1;
  std::uint64_t next_savepoint = 0;

  /// Hashes of the effective actions, and of those they cover. @complexity O(actions)
  [[nodiscard]] std::unordered_set<std::string> hashes() const;
  /// The effective action of that hash, or of which it is the only one with that prefix (6 digits or more); null: none.
  /// @lifetime until the timeline changes
  [[nodiscard]] landed const* find(std::string_view hash_or_prefix) const;
  /// The savepoint of that id, or null. @lifetime as find
  [[nodiscard]] savepoint const* find_savepoint(std::string_view wanted) const;

  /// Adds an action to the effective ones; it is then neither retracted nor remembered.
  void append(landed a);
  /// Keeps the first `length` effective actions; the later ones are retracted, savepoints after that point are gone.
  /// @return the hashes thrown away, in log order
  std::vector<std::string> cut(std::size_t length);
  /// Notes a published manifest; an empty hash is none.
  void note_published(std::string const& top_hash);
};

/// Where a dataset stands: what a fork of it begins with, however long its history is.
struct dataset_end {
  fork_point at;                 ///< the end of its log
  std::string root;              ///< as timeline::root
  std::uint64_t actions = 0;     ///< effective ones
  std::string manifest{};        ///< top hash of the newest savepoint, where nothing happened since; else empty
  std::string last_published{};  ///< as timeline::last_published
};

/// @param records, sum  where its log ends
[[nodiscard]] WAYBILL_DECL dataset_end end_of(timeline const& t, std::uint64_t records, std::string sum);

/// Actions effective in the first and not in the second, in the first one's order.
[[nodiscard]] WAYBILL_DECL std::vector<landed> difference(timeline const& of, timeline const& from);

/// How many effective actions two datasets share from the beginning.
[[nodiscard]] WAYBILL_DECL std::size_t common_prefix(timeline const& a, timeline const& b);

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/timeline.ipp>
#endif

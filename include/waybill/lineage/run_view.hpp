#pragma once

#include <waybill/config.hpp>
#include <waybill/lineage/record_store.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {

/// What became of an attempt: one that began and never ended was killed, or runs still.
enum class attempt_state : std::uint8_t { ok, failed, unfinished };

/// Which attempts of each task an answer is about.
struct attempt_choice {
  enum class kind : std::uint8_t { last_ok, all, numbered };
  kind which = kind::last_ok;
  std::uint64_t number = 0;  ///< of `numbered`
};

/// Reads `last-ok`, `all` or a number. @errors errc::usage
[[nodiscard]] WAYBILL_DECL result<attempt_choice> parse_attempt_choice(std::string_view text);

/** A run's records, seen together: which attempts went well, and which writes a commit stands for.

    An attempt without begin and end, of a program that records only what it reads and writes, counts as ok.
    @complexity O(n log n) to make, in records; the questions O(log n)
    @lifetime   refers to the log
*/
class run_view {
 public:
  explicit run_view(run_log const& log);

  [[nodiscard]] attempt_state state_of(attempt_id const& attempt) const;
  [[nodiscard]] bool chosen(attempt_id const& attempt, attempt_choice choice) const;
  /// True for a write that a later record of its commit stands for. @param position  of the record in the log
  [[nodiscard]] bool superseded(std::size_t position) const { return superseded_[position]; }

 private:
  using task_name = std::pair<std::string_view, std::string_view>;
  void note_states(run_log const& log);
  void note_commits(run_log const& log);

  std::map<task_name, std::map<std::uint64_t, attempt_state>> tasks_{};
  std::vector<bool> superseded_{};
};

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/lineage/run_view.ipp>
#endif

#pragma once

#include <waybill/history/act.hpp>
#include <waybill/history/dataset.hpp>
#include <waybill/history/fork.hpp>
#include <waybill/history/log_text.hpp>
#include <waybill/history/merge.hpp>
#include <waybill/history/savepoint.hpp>
#include <waybill/json/value.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace waybill_test {

/** Runs the steps of a history vector (tests/vectors/history/README.md) and tells what it saw, in the vector's labels.

    Every dataset is kept twice: as the operations made it, and as the text of its log; `disagreement` compares them.
*/
class scenario {
 public:
  /// Makes the datasets a vector begins with. @throws std::runtime_error for what is no vector
  explicit scenario(waybill::json::value const& vector);

  /** Does a step. @return what was seen: the members of the step's `expect`, or for a check those that it asks for;
      `error` where it was refused */
  waybill::json::value run(waybill::json::value const& step);

  /// What the log of a dataset and what the operations made differ in; empty: nothing.
  [[nodiscard]] std::string disagreement(std::string const& name) const;
  [[nodiscard]] std::vector<std::string> names() const;
  /// The log's text of a dataset.
  [[nodiscard]] std::string const& log_of(std::string const& name) const { return datasets_.at(name).log; }
  /// What a dataset holds now: `{"manifest", "meta", "actions", …}`, in labels.
  [[nodiscard]] waybill::json::value observe(std::string const& name) const;

 private:
  struct kept {
    waybill::history::dataset now;
    std::string log;
    waybill::history::log_end end;
    std::string upstream;
    waybill::history::dataset upstream_then;  ///< where it was forked
    waybill::history::state base;
  };

  waybill::json::value fork(waybill::json::value const& step);
  waybill::json::value act(waybill::json::value const& step);
  waybill::json::value mark(waybill::json::value const& step);
  waybill::json::value revert(waybill::json::value const& step);
  waybill::json::value merge(waybill::json::value const& step);
  waybill::json::value check(waybill::json::value const& step) const;

  void take(std::string const& name, waybill::history::change made);
  [[nodiscard]] waybill::json::array labels(std::vector<std::string> const& hashes) const;
  [[nodiscard]] std::string label(std::string const& hash) const;
  [[nodiscard]] waybill::history::stamp by() const;

  std::map<std::string, kept> datasets_;
  std::map<std::string, std::string> hash_of_;       ///< label → hash
  std::map<std::string, std::string> label_of_;      ///< hash → label
  std::map<std::string, std::string> savepoint_of_;  ///< label → id
  std::map<std::string, std::string> savepoint_label_;
  int steps_ = 0;
};

/// The content of a token, as params say it.
waybill::json::value token_content(std::string_view token);

}  // namespace waybill_test

#pragma once

#include <waybill/core/drain.hpp>
#include <waybill/driver/metaflow/task.hpp>
#include <waybill/driver/table/database.hpp>
#include <waybill/store/memory.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace waybill_test {

using namespace waybill;
using lineage::record_kind;

/// Whole tables in memory: commits are numbered, the hash of a table is its text.
class memory_tables final : public table::database {
 public:
  std::vector<table::commit_request> asked;
  std::vector<std::string> disputed;  ///< tables whose commits are conflicts
  std::string fails{};                ///< the member that fails

  explicit memory_tables(std::string name = "db") : name_{std::move(name)} {}

  [[nodiscard]] std::string const& name() const noexcept override { return name_; }

  [[nodiscard]] result<lineage::table_version> read(table::read_request const& what, byte_sink& csv) override {
    auto const own = pending_.find({what.writer, what.table});
    bool const dirty = !what.as_of && own != pending_.end();
    auto const* text = dirty ? &own->second : committed(what);
    if (text == nullptr) return make_error(errc::object_not_found, "no such table", what.table);
    if (auto const w = csv.write(as_bytes(*text)); !w) return w.error();
    if (fails == "read") return make_error(errc::temporary, "the database is gone");
    return lineage::table_version{.db = name_,
                                  .table = what.table,
                                  .branch = "main",
                                  .commit = what.as_of.value_or(name_of_commit(commits_.size())),
                                  .hash = *text,
                                  .dirty = dirty};
  }

  [[nodiscard]] result<lineage::table_version> write(table::write_request const& what, byte_source& csv) override {
    auto text = read_text(csv);
    if (!text) return text.error();
    if (fails == "write") return make_error(errc::temporary, "the database is gone");
    pending_[{what.writer, what.table}] = *text;
    return lineage::table_version{.db = name_, .table = what.table, .hash = std::move(*text)};
  }

  [[nodiscard]] result<std::vector<table::committed>> commit(table::commit_request const& what) override {
    asked.push_back(what);
    if (fails == "commit") return make_error(errc::temporary, "the database is gone");
    std::vector<table::committed> out;
    for (auto const& [writer, tables] : what.writers) {
      table::committed one{writer, {}, {}};
      auto next = commits_.empty() ? state{} : commits_.back();
      for (auto const& t : tables) {
        auto const mine = pending_.find({writer, t});
        if (mine == pending_.end() || next[t] == mine->second) continue;
        next[t] = mine->second;
        pending_.erase(mine);
        one.tables.push_back({.db = name_, .table = t, .branch = "main", .hash = next[t]});
        if (std::ranges::find(disputed, t) != disputed.end()) one.conflicts.push_back(t);
      }
      if (one.tables.empty() && !what.allow_empty) continue;
      commits_.push_back(std::move(next));
      for (auto& t : one.tables) t.commit = name_of_commit(commits_.size());
      out.push_back(std::move(one));
    }
    return out;
  }

  [[nodiscard]] result<void> diff(std::string_view, std::string_view, std::string_view,
                                  table::change_visitor const&) override {
    return make_error(errc::unsupported, "not asked for here");
  }
  [[nodiscard]] result<std::string> commit_of(std::string_view name) override { return std::string{name}; }

 private:
  using state = std::map<std::string, std::string>;
  static std::string name_of_commit(std::size_t number) { return "c" + std::to_string(number); }
  std::string const* committed(table::read_request const& what) const {
    for (std::size_t i = commits_.size(); i-- > 0;) {
      if (what.as_of && *what.as_of != name_of_commit(i + 1)) continue;
      auto const found = commits_[i].find(what.table);
      return found == commits_[i].end() ? nullptr : &found->second;
    }
    return nullptr;
  }

  std::string name_;
  std::vector<state> commits_{};
  std::map<std::pair<std::string, std::string>, std::string> pending_{};
};

/// A delivery that keeps what it gets.
struct kept_rows final : metaflow::delivery {
  std::string text;
  bool finished = false, fails = false;
  [[nodiscard]] result<void> write(byte_view bytes) override {
    text.append(as_text(bytes));
    return {};
  }
  [[nodiscard]] result<void> finish() override {
    if (fails) return make_error(errc::temporary, "the disk is full");
    finished = true;
    return {};
  }
};

/// A flow `F` with records in memory and a clock that goes on by a second each time it is asked.
struct sample_flow {
  lineage::record_store store{any_store{memory_store{}}};
  std::shared_ptr<int> second = std::make_shared<int>(0);

  metaflow::task task(std::string run, std::string step, std::string number, std::uint64_t attempt = 0,
                      std::optional<std::string> origin = {}, std::vector<std::uint64_t> index = {}) {
    metaflow::identity who{
        {"F", std::move(run), std::move(step), std::move(number), attempt}, std::move(index), std::move(origin)};
    return {store, std::move(who), [s = second] { return timestamp{std::chrono::seconds{1'700'000'000 + ++*s}}; }};
  }
  std::vector<lineage::run_record> records(std::string const& run) const {
    lineage::scan_report seen;
    return store.read_run({"F", run}, seen).value().records;
  }
};

inline lineage::run_record write_table(metaflow::task& by, table::database& db, std::string table, std::string csv) {
  memory_source rows{std::string_view{csv}};
  auto r = by.write(db, {.table = std::move(table), .primary_key = {"id"}}, rows);
  REQUIRE(ok(r));
  return *r;
}

/// What a whole attempt does between its begin and end.
template <class Work>
void attempt(metaflow::task by, Work const& work, lineage::end_status status = lineage::end_status::ok) {
  REQUIRE(ok(by.begin()));
  work(by);
  REQUIRE(ok(by.end(status, status == lineage::end_status::ok ? std::nullopt : std::optional<std::string>{"E"})));
}

}  // namespace waybill_test

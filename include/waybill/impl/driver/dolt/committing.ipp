#pragma once

#include <waybill/driver/dolt/committing.hpp>

#include <waybill/driver/dolt/author.hpp>
#include <waybill/driver/dolt/place.hpp>
#include <waybill/protocol/dolt/names.hpp>
#include <waybill/protocol/dolt/sql_text.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {
namespace detail {

/// What all steps of one writer's commit need.
struct commit_work {
  session& in;
  place const& at;
  table::writer_tables const& whose;
  std::string own{};      ///< his branch
  std::string message{};  ///< with the line that names him
  std::string author{};   ///< an argument for DOLT_COMMIT and DOLT_MERGE, or nothing
};

inline result<bool> is_clean(session& in) {
  auto const count = in.ask_one("SELECT COUNT(*) FROM dolt_status");
  if (!count) return count.error();
  return *count == "0";
}

/// Those of his tables that are not committed where the session is.
inline result<std::vector<std::string>> dirty_tables(commit_work const& w) {
  std::vector<std::string> out;
  for (auto const& table : w.whose.tables) {
    auto const dirty = is_dirty(w.in, table);
    if (!dirty) return dirty.error();
    if (*dirty) out.push_back(table);
  }
  return out;
}

/// Whether the last commit is one of his, which somebody made and could not finish.
inline result<bool> is_own_commit(commit_work const& w) {
  auto const message = w.in.ask_one("SELECT message FROM dolt_log LIMIT 1");
  if (!message) return message.error();
  return *message && (*message)->ends_with("\nwaybill-writer: " + w.whose.writer);
}

/// Commits those tables and nothing that somebody may have staged before.
inline result<void> make_commit(commit_work const& w, std::vector<std::string> const& tables) {
  std::vector<std::string> statements{"START TRANSACTION", "CALL DOLT_RESET()"};
  std::string names;
  for (auto const& table : tables) names += (names.empty() ? "" : ", ") + quoted_text(table);
  if (!names.empty()) statements.push_back("CALL DOLT_ADD(" + names + ")");
  statements.push_back("CALL DOLT_COMMIT('--allow-empty', '-m', " + quoted_text(w.message) + w.author + ")");
  for (auto const& s : statements)
    if (auto const r = w.in.ask(s); !r) return r.error();
  return {};
}

/// Makes sure that his branch has his commit at its head. @return the commit; empty for nothing to commit
inline result<std::optional<std::string>> own_commit(commit_work const& w, bool allow_empty) {
  using none = std::optional<std::string>;
  auto const head = head_of(w.in, w.own);
  if (!head) return head.error();
  if (!*head && !allow_empty) return none{};
  if (!*head)
    if (auto const r = make_branch(w.in, w.own, w.at.branch); !r) return r.error();
  if (auto const r = go_to(w.in, w.at, w.own); !r) return r.error();
  auto const dirty = dirty_tables(w);
  if (!dirty) return dirty.error();
  auto const made = is_own_commit(w);
  if (!made) return made.error();
  if (dirty->empty() && !allow_empty && !*made) return none{};
  if (!dirty->empty() || !*made)
    if (auto const r = make_commit(w, *dirty); !r) return r.error();
  auto commit = resolve(w.in, "HEAD");
  if (!commit) return commit.error();
  return none{std::move(*commit)};
}

inline result<void> tag_commit(commit_work const& w, std::string const& commit) {
  auto const tag = quoted_text(tag_of(commit));
  auto const known = w.in.ask_one("SELECT COUNT(*) FROM dolt_tags WHERE tag_name = " + tag);
  if (!known) return known.error();
  if (*known != "0") return {};
  return run(w.in, "CALL DOLT_TAG(" + tag + ", " + quoted_text(commit) + ")");
}

/// His tables as they are at the commit.
inline result<std::vector<lineage::table_version>> tables_at(commit_work const& w, std::string const& db,
                                                             std::string const& commit) {
  std::vector<lineage::table_version> out;
  if (auto const r = go_to(w.in, w.at, commit); !r) return r.error();
  for (auto const& table : w.whose.tables) {
    auto const there = has_table(w.in, table);
    if (!there) return there.error();
    if (!*there) continue;
    auto hash = hash_of(w.in, table);
    if (!hash) return hash.error();
    out.push_back({.db = db, .table = table, .branch = w.at.branch, .commit = commit, .hash = std::move(*hash)});
  }
  return out;
}

/// Tables in which a merge that is under way found what it cannot merge.
inline result<std::vector<std::string>> conflicting_tables(session& in) {
  std::vector<std::string> out;
  for (auto const* statement : {"SELECT `table` FROM dolt_conflicts", "SELECT table_name FROM dolt_schema_conflicts",
                                "SELECT `table` FROM dolt_constraint_violations"}) {
    auto const rows = in.ask(statement);
    if (!rows) return rows.error();
    for (auto const& r : *rows)
      if (!r.empty() && r.front() && std::ranges::find(out, *r.front()) == out.end()) out.push_back(*r.front());
  }
  return out;
}

/** Merges his commit into a branch beside the active one. There it meets what others committed, but nothing that they
    did not: with that in its working set, the active branch would refuse merges that have nothing to do with it. */
inline result<std::vector<std::string>> merge_beside(commit_work const& w, std::string const& beside) {
  if (auto const r = go_to(w.in, w.at, w.at.branch); !r) return r.error();
  if (auto const r = make_branch(w.in, beside, w.at.branch); !r) return r.error();
  if (auto const r = go_to(w.in, w.at, beside); !r) return r.error();
  for (auto const* statement : {"SET @@SESSION.autocommit = 0", "START TRANSACTION"})
    if (auto const r = run(w.in, statement); !r) return r.error();
  auto const merged =
      w.in.ask("CALL DOLT_MERGE(" + quoted_text(w.own) + ", '-m', " + quoted_text("Merge " + w.own) + w.author + ")");
  if (!merged) return merged.error();
  auto conflicts = conflicting_tables(w.in);
  if (!conflicts) return conflicts.error();
  for (auto const* statement : {conflicts->empty() ? "COMMIT" : "ROLLBACK", "SET @@SESSION.autocommit = 1"})
    if (auto const r = run(w.in, statement); !r) return r.error();
  return conflicts;
}

/** Lets merges of ours follow each other, on a server too: there one that meets another's would take for uncommitted
    what that one is about to commit. The lock ends with the session. */
inline result<void> await_turn_to_merge(commit_work const& w) {
  auto const got = w.in.ask_one("SELECT GET_LOCK('waybill: merge', 10)");
  if (!got) return got.error();
  if (*got == "1") return {};
  return make_error(errc::temporary, "others merge into the branch and it did not become free in time; repeat it",
                    w.at.database);
}

/// Puts his commit on the active branch. @return the tables that stand in the way
inline result<std::vector<std::string>> merge(commit_work const& w) {
  auto const beside = w.own + "%merge";  // no writer's: a `%` of his is followed by digits
  if (auto const r = await_turn_to_merge(w); !r) return r.error();
  auto conflicts = merge_beside(w, beside);
  if (!conflicts) return conflicts.error();
  if (auto const r = go_to(w.in, w.at, w.at.branch); !r) return r.error();
  if (conflicts->empty()) {
    conflicts = dirty_tables(w);
    if (!conflicts) return conflicts.error();
    if (conflicts->empty())
      if (auto const r = run(w.in, "CALL DOLT_MERGE(" + quoted_text(beside) + ", '--ff-only')"); !r) return r.error();
  }
  if (auto const r = run(w.in, "CALL DOLT_BRANCH('-D', " + quoted_text(beside) + ")"); !r) return r.error();
  return conflicts;
}

/// Removes his branch where nothing of his is on it any more.
inline result<void> drop_branch(commit_work const& w) {
  auto const there = head_of(w.in, w.own);
  if (!there) return there.error();
  if (!*there) return {};
  if (auto const r = go_to(w.in, w.at, w.own); !r) return r.error();
  auto const clean = is_clean(w.in);
  if (!clean) return clean.error();
  if (auto const r = go_to(w.in, w.at, w.at.branch); !r) return r.error();
  if (!*clean) return {};
  return run(w.in, "CALL DOLT_BRANCH('-D', " + quoted_text(w.own) + ")");
}

inline result<std::optional<table::committed>> commit_once(connection const& to, table::commit_request const& what,
                                                           table::writer_tables const& whose,
                                                           std::string const& author) {
  using none = std::optional<table::committed>;
  auto in = session::open(to);
  if (!in) return in.error();
  auto const at = place_of(*in);
  if (!at) return at.error();
  commit_work const w{*in,
                      *at,
                      whose,
                      branch_of(whose.writer),
                      what.message + "\n\nwaybill-writer: " + whose.writer,
                      author.empty() ? author : ", '--author', " + quoted_text(author)};
  auto const commit = own_commit(w, what.allow_empty);
  if (!commit) return commit.error();
  none out;
  if (*commit) {
    if (auto const r = tag_commit(w, **commit); !r) return r.error();
    auto tables = tables_at(w, to.name, **commit);
    if (!tables) return tables.error();
    auto conflicts = merge(w);
    if (!conflicts) return conflicts.error();
    out = table::committed{whose.writer, std::move(*tables), std::move(*conflicts)};
    if (!out->conflicts.empty())
      for (auto& t : out->tables) t.branch = w.own;
  }
  if (!out || out->conflicts.empty())
    if (auto const r = drop_branch(w); !r) return r.error();
  if (auto const r = in->end(); !r) return r.error();
  return out;
}

}  // namespace detail

WAYBILL_DECL result<std::vector<table::committed>> commit_tables(connection const& to,
                                                                 table::commit_request const& what) {
  auto const author = author_of(to);
  if (!author) return author.error();
  std::vector<table::committed> out;
  for (auto const& whose : what.writers) {
    if (whose.writer.empty()) return make_error(errc::usage, "a commit needs the writer whose rows it takes", to.name);
    for (auto const& table : whose.tables)
      if (auto const r = check_sayable(table, "the table"); !r) return r.error();
    auto done = repeat(to.wait, [&] { return detail::commit_once(to, what, whose, *author); });
    if (!done) return done.error();
    if (*done) out.push_back(std::move(**done));
  }
  return out;
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

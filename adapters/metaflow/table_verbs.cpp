#include <waybill/driver/metaflow/answer.hpp>
#include <waybill/driver/metaflow/commit.hpp>
#include <waybill/driver/metaflow/delivery.hpp>
#include <waybill/json/parse.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <memory>

#include "common/exit_code.hpp"
#include "common/tables.hpp"
#include "task.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace json = waybill::json;
namespace lineage = waybill::lineage;
namespace metaflow = waybill::metaflow;
namespace table = waybill::table;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

struct table_flags {
  task_flags task;
  std::string table, db, dolt, as_of, query, file = "-", schema, message;
  std::vector<std::string> primary_key;
  bool replace = false, append = false, allow_empty = false;
  CLI::Option const* has_message = nullptr;
};

void add_table(CLI::App& sub, table_flags& flags) {
  sub.add_option("--table", flags.table, "Table")->required();
  sub.add_option("--db", flags.db, "Its database: a directory, or dolt://USER@HOST:PORT/DB")->required();
  add_dolt(sub, flags.dolt);
  add_task(sub, flags.task);
}

/// `t@abcdef123`, as people see it.
std::string shown(lineage::table_version const& t) {
  return t.table + (t.commit ? "@" + short_hash(*t.commit) : " (not committed)");
}

// -- read ---------------------------------------------------------------------------------------------------------

class stdout_delivery final : public metaflow::delivery {
 public:
  explicit stdout_delivery(console const& out) : out_{out} {}
  [[nodiscard]] result<void> write(waybill::byte_view bytes) override { return out_.write(waybill::as_text(bytes)); }
  [[nodiscard]] result<void> finish() override { return {}; }

 private:
  console const& out_;
};

/// A dry run's rows.
class no_delivery final : public metaflow::delivery {
 public:
  [[nodiscard]] result<void> write(waybill::byte_view) override { return {}; }
  [[nodiscard]] result<void> finish() override { return {}; }
};

result<std::unique_ptr<metaflow::delivery>> start_delivery(context const& world, std::string const& file) {
  if (world.dry_run) return std::unique_ptr<metaflow::delivery>{std::make_unique<no_delivery>()};
  if (file == "-") return std::unique_ptr<metaflow::delivery>{std::make_unique<stdout_delivery>(world.out)};
  auto started = metaflow::file_delivery::start(file);
  if (!started) return started.error();
  return std::unique_ptr<metaflow::delivery>{std::make_unique<metaflow::file_delivery>(std::move(*started))};
}

result<answer> read(context const& world, metaflow::task& task, table_flags const& flags) {
  if (flags.file == "-" && world.out.format != output_format::text)
    return make_error(errc::usage, "the rows own standard output; with --json give --out FILE");
  table::read_request what{.table = flags.table};
  if (!flags.as_of.empty()) what.as_of = flags.as_of;
  if (!flags.query.empty()) what.query = flags.query;
  auto const db = open_tables(world, database_name(flags.db), flags.dolt, tables_use::read);
  if (!db) return db.error();
  auto rows = start_delivery(world, flags.file);
  if (!rows) return rows.error();
  auto const r = task.read(**db, std::move(what), **rows);
  if (!r) return r.error();
  return record_answer(world, *r, flags.file == "-" ? "" : "Read " + shown(*r->table()) + " into " + flags.file + "\n");
}

application::action read_verb(CLI::App& sub) {
  auto flags = std::make_shared<table_flags>();
  add_table(sub, *flags);
  sub.add_option("--as-of", flags->as_of, "Commit, branch or tag (default: as this task sees the table now)");
  sub.add_option("--query", flags->query, "SQL in the place of all rows");
  sub.add_option("--out", flags->file, "File that the rows go to as CSV, - for standard output")->default_val("-");
  return [=](context& world) {
    return run_task(world, flags->task, [&](metaflow::task& task) { return read(world, task, *flags); });
  };
}

// -- write --------------------------------------------------------------------------------------------------------

result<table::write_request> write_request_of(table_flags const& flags) {
  if (flags.replace && flags.append) return make_error(errc::usage, "give --replace or --append, not both");
  table::write_request out{.table = flags.table, .primary_key = flags.primary_key};
  if (flags.replace) out.mode = table::write_mode::replace;
  if (flags.append) out.mode = table::write_mode::append;
  if (flags.schema.empty()) return out;
  auto columns = read_table_schema(flags.schema, flags.primary_key);
  if (!columns) return columns.error();
  out.columns = std::move(*columns);
  return out;
}

result<answer> write(context const& world, metaflow::task& task, table_flags const& flags) {
  auto request = write_request_of(flags);
  if (!request) return request.error();
  if (world.dry_run) {
    auto planned = task.draft(lineage::record_kind::write);
    planned.data = lineage::table_version{.db = database_name(flags.db), .table = flags.table};
    return record_answer(world, planned, "Would write " + flags.table + "\n");
  }
  auto const db = open_tables(world, database_name(flags.db), flags.dolt, tables_use::write);
  if (!db) return db.error();
  waybill::file_descriptor const input{flags.file == "-" ? ::dup(STDIN_FILENO)
                                                         : ::open(flags.file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!input) return waybill::system_error(errno, "cannot open the rows", flags.file);
  waybill::file_source csv{input.get(), flags.file};
  auto const r = task.write(**db, std::move(*request), csv);
  return r ? result<answer>{record_answer(world, *r, "Wrote " + shown(*r->table()) + "\n")} : r.error();
}

application::action write_verb(CLI::App& sub) {
  auto flags = std::make_shared<table_flags>();
  add_table(sub, *flags);
  sub.add_option("--pk", flags->primary_key, "Columns of the primary key, joined by commas")->delimiter(',');
  sub.add_option("--schema", flags->schema, "JSON file with the columns of a new table (default: as the values say)");
  sub.add_option("--in", flags->file, "CSV file with a line of column names, - for standard input")->default_val("-");
  sub.add_flag("--replace", flags->replace, "The rows given are all there will be (default: new and changed rows)");
  sub.add_flag("--append", flags->append, "Refuse rows whose primary key is there");
  return [=](context& world) {
    return run_task(world, flags->task, [&](metaflow::task& task) { return write(world, task, *flags); });
  };
}

// -- commit -------------------------------------------------------------------------------------------------------

answer commit_answer(context const& world, metaflow::commit_report const& done) {
  answer out{.members = metaflow::document_of(done), .text = {}, .rows = "records"};
  for (auto const& r : done.records)
    out.text += (world.dry_run ? "Would commit " + r.table()->table : "Committed " + shown(*r.table())) + " of " +
                r.attempt.step + "/" + r.attempt.task + "\n";
  if (done.records.empty()) out.text = "Nothing to commit\n";
  for (auto const& c : done.conflicts)
    out.text += "Conflict: " + c.table + " of " + c.writer.step + "/" + c.writer.task +
                "; its commit is kept and is not part of the branch\n";
  for (auto const& l : done.lost)
    world.out.note("waybill: warning: " + l.table + " of " + l.writer.step + "/" + l.writer.task +
                   " was written, and the database has nothing of it that is uncommitted");
  if (!done.conflicts.empty()) out.exit = exit_differences;
  out.members.emplace_back("dry_run", world.dry_run);
  tell_damage(world, out, done.seen);
  return out;
}

/// What a commit would take, as the records are now.
result<answer> plan_commit(context const& world, metaflow::task const& task, table_flags const& flags) {
  metaflow::commit_report plan;
  auto const pending = metaflow::pending_for(task.store(), task.who(), database_name(flags.db), plan.seen);
  if (!pending) return pending.error();
  for (auto const& of : *pending)
    for (auto const& t : of.tables) {
      auto r = metaflow::record_for(of.writer, lineage::record_kind::write, task.now());
      r.data = t;
      plan.records.push_back(std::move(r));
    }
  return commit_answer(world, plan);
}

result<answer> commit(context const& world, metaflow::task& task, table_flags const& flags) {
  if (world.dry_run) return plan_commit(world, task, flags);
  auto const db = open_tables(world, database_name(flags.db), flags.dolt, tables_use::write);
  if (!db) return db.error();
  auto const message = *flags.has_message ? std::optional{flags.message} : std::nullopt;
  auto const done = metaflow::commit_writes(task, **db, {.message = message, .allow_empty = flags.allow_empty});
  return done ? result<answer>{commit_answer(world, *done)} : done.error();
}

application::action commit_verb(CLI::App& sub) {
  auto flags = std::make_shared<table_flags>();
  sub.add_option("--db", flags->db, "The database: a directory, or dolt://USER@HOST:PORT/DB")->required();
  add_dolt(sub, flags->dolt);
  flags->has_message = sub.add_option("-m,--message", flags->message, "Message (default: Run FLOW/RUN/STEP/TASK)");
  sub.add_flag("--allow-empty", flags->allow_empty, "Make a commit even where nothing changed");
  add_task(sub, flags->task);
  return [=](context& world) {
    return run_task(world, flags->task, [&](metaflow::task& task) { return commit(world, task, *flags); });
  };
}

}  // namespace

void add_table_verbs(application& app) {
  app.verb("read", "Rows of a table as CSV, and a record of exactly which rows they were", read_verb);
  app.verb("write", "Rows into a table, which is made when it is missing, and a record of it", write_verb);
  app.verb("commit", "Commit the tables that this task, and earlier steps of its run, wrote", commit_verb);
}

}  // namespace waybill_cli

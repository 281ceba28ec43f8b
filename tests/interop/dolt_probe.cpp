// A Dolt database as waybill uses it, for tests that are its other users at the same time:
//
//   dolt_probe DB write|append|replace TABLE WRITER [PRIMARY KEY,…]   rows from standard input
//   dolt_probe DB read TABLE WRITER [AS OF]                           rows to standard output; `-`: nobody, now
//   dolt_probe DB query TABLE SQL
//   dolt_probe DB commit WRITER [TABLE…]
//
// Says one line on its error output: `table=… branch=… commit=… hash=… dirty=… conflicts=…`, or the name of an error
// and its sentence. WAYBILL_TEST_DOLT names Dolt, WAYBILL_TEST_DEADLINE a deadline in milliseconds.

#include <waybill/driver/dolt/database.hpp>
#include <waybill/scan/file.hpp>

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace waybill;

namespace {

std::string environment(char const* name, char const* otherwise) {
  char const* text = std::getenv(name);
  return text ? text : otherwise;
}

dolt::open_options options() {
  dolt::open_options out;
  out.program = environment("WAYBILL_TEST_DOLT", "dolt");
  for (char** at = environ; *at != nullptr; ++at) out.environment.emplace_back(*at);
  out.wait.deadline = std::chrono::milliseconds{std::stoi(environment("WAYBILL_TEST_DEADLINE", "60000"))};
  out.wait.sleep = [](std::chrono::milliseconds w) -> result<void> {
    std::this_thread::sleep_for(w);
    return {};
  };
  return out;
}

int failed(error const& e) {
  std::cerr << name_of(e.code) << ": " << e.message() << "\n";
  return 1;
}

void say(lineage::table_version const& t, std::vector<std::string> const& conflicts = {}) {
  std::cerr << "table=" << t.table << " branch=" << t.branch.value_or("") << " commit=" << t.commit.value_or("")
            << " hash=" << t.hash.value_or("") << " dirty=" << (t.dirty ? "yes" : "no") << " conflicts=";
  for (auto const& c : conflicts) std::cerr << (&c == conflicts.data() ? "" : ",") << c;
  std::cerr << "\n";
}

std::vector<std::string> split(std::string const& text) {
  std::vector<std::string> out;
  std::istringstream in{text};
  for (std::string part; std::getline(in, part, ',');) out.push_back(part);
  return out;
}

int write(table::database& db, std::string const& mode, std::vector<std::string> const& words) {
  file_source rows{STDIN_FILENO, "standard input"};
  auto const how = mode == "append"    ? table::write_mode::append
                   : mode == "replace" ? table::write_mode::replace
                                       : table::write_mode::upsert;
  auto const r = db.write({.table = words.at(0),
                           .primary_key = words.size() > 2 ? split(words[2]) : std::vector<std::string>{},
                           .mode = how,
                           .writer = words.at(1)},
                          rows);
  if (!r) return failed(r.error());
  say(*r);
  return 0;
}

int read(table::database& db, table::read_request const& what) {
  file_sink out{STDOUT_FILENO, "standard output"};
  auto const r = db.read(what, out);
  if (!r) return failed(r.error());
  say(*r);
  return 0;
}

int commit(table::database& db, std::vector<std::string> words) {
  std::string const writer = words.at(0);
  words.erase(words.begin());
  auto const r = db.commit({.writers = {{writer, words}}, .message = "rows of " + writer});
  if (!r) return failed(r.error());
  for (auto const& done : *r)
    for (auto const& t : done.tables) say(t, done.conflicts);
  return 0;
}

int run(std::string const& name, std::string const& verb, std::vector<std::string> const& words) {
  auto const db = dolt::open_dolt(name, options());
  if (!db) return failed(db.error());
  if (verb == "commit") return commit(**db, words);
  if (verb == "query") return read(**db, {.table = words.at(0), .query = words.at(1)});
  if (verb != "read") return write(**db, verb, words);
  table::read_request what{.table = words.at(0)};
  if (words.at(1) != "-") what.writer = words[1];
  if (words.size() > 2) what.as_of = words[2];
  return read(**db, what);
}

}  // namespace

int main(int count, char** words) {
  if (count < 4) return 2;
  return run(words[1], words[2], {words + 3, words + count});
}

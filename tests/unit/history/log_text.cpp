#include <waybill/history/log_text.hpp>

#include <waybill/history/savepoint.hpp>
#include <waybill/json/parse.hpp>

#include <string>
#include <variant>
#include <vector>

#include "samples.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

/// A log of batches of one, two and three records.
struct sample {
  std::string text;
  std::vector<std::size_t> ends{0};  ///< of batches, bytes
  std::vector<std::uint64_t> records{0};
  history::log_end end;

  void add(std::vector<history::record> const& batch) {
    end = history::append_batch(text, end, batch);
    ends.push_back(text.size());
    records.push_back(end.records);
  }
};

sample sample_log() {
  sample out;
  auto d = history::open_dataset("id", "ns/name", "", {}, "import", somebody());
  out.add(d.records);
  auto const one = history::act(d.after, "Meta.set", json::object{{"name", "x"}, {"value", "é\n"}}, somebody()).value();
  auto const two =
      history::act(one.made.after, "Meta.set", json::object{{"name", "x"}, {"value", 1 == 1}}, somebody()).value();
  auto const mark = history::mark(two.made.after, "point", "", somebody());
  out.add({one.made.records[0], two.made.records[0]});
  out.add(mark.made.records);
  out.add({one.made.records[0], two.made.records[0], mark.made.records[0]});
  return out;
}

/// The records are those of the first batches, whole.
bool is_prefix(history::log_reading const& r, sample const& log) {
  for (std::size_t i = 0; i < log.ends.size(); ++i)
    if (log.records[i] == r.end.records)
      return r.records.size() == r.end.records && (r.length == log.ends[i] || r.length + 1 == log.ends[i]);
  return false;
}

}  // namespace

TEST_CASE("a log is read as it was written") {
  auto const log = sample_log();
  auto const r = history::read_log(log.text);
  CHECK_FALSE(r.damage);
  CHECK(r.records.size() == 7);
  CHECK(r.end == log.end);
  CHECK(r.torn == 0);
  std::string again;
  history::log_end end;
  std::vector<history::record> batch;
  for (auto const& e : r.records) {
    batch.push_back(e.what);
    if (!e.ends_batch) continue;
    end = history::append_batch(again, end, batch);
    batch.clear();
  }
  CHECK(again == log.text);
}

TEST_CASE("a log that was cut off anywhere is its whole batches before that") {
  auto const log = sample_log();
  for (std::size_t length = 0; length < log.text.size(); ++length) {
    auto const r = history::read_log(std::string_view{log.text}.substr(0, length));
    INFO(length);
    REQUIRE_FALSE(r.damage);
    REQUIRE(is_prefix(r, log));
    std::size_t whole = 0;
    for (auto const end : log.ends)
      if (end <= length + 1) whole = end;  // a line may lack its end alone
    REQUIRE(r.length + (r.needs_newline ? 1 : 0) == whole);
    REQUIRE(r.torn == length - r.length);
  }
}

TEST_CASE("every flipped bit of a log is found and its place is named") {
  auto const log = sample_log();
  std::size_t line = 0;
  for (std::size_t i = 0; i < log.text.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto text = log.text;
      text[i] = static_cast<char>(text[i] ^ (1 << bit));
      auto const r = history::read_log(text);
      INFO(i << " bit " << bit);
      REQUIRE(r.damage);
      REQUIRE(r.damage->code == errc::corrupt_state);
      REQUIRE(is_prefix(r, log));
      // A flipped newline joins two lines: the first of them is told.
      REQUIRE(r.damage->path == "record " + std::to_string(line));
    }
    if (log.text[i] == '\n') ++line;
  }
}

TEST_CASE("a line that is missing or repeated or in another place is found") {
  auto const log = sample_log();
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < log.text.size();) {
    auto const end = log.text.find('\n', begin) + 1;
    lines.push_back(log.text.substr(begin, end - begin));
    begin = end;
  }
  auto const joined = [](std::vector<std::string> const& all) {
    std::string out;
    for (auto const& l : all) out += l;
    return out;
  };
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    auto dropped = lines;
    dropped.erase(dropped.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(history::read_log(joined(dropped)).damage);
    auto swapped = lines;
    std::swap(swapped[i], swapped[i + 1]);
    CHECK(history::read_log(joined(swapped)).damage);
    auto repeated = lines;
    repeated.insert(repeated.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
    CHECK(history::read_log(joined(repeated)).damage);
  }
  // The rest of a log follows only from where it begins.
  history::log_end const first{1, history::read_log(lines[0]).end.sum};
  auto const rest = std::string_view{log.text}.substr(lines[0].size());
  CHECK(history::read_log(rest, first).end == log.end);
  CHECK(history::read_log(rest).damage);
}

TEST_CASE("what only Python reads as JSON is kept by a log") {
  auto strange = json::parse(R"({"a": "\ud800 \udfff \ud83d\ude00 \ud7ff", "b": [NaN, -Infinity, 1e400, 1.50]})",
                             {.python_extensions = true});
  REQUIRE(ok(strange));
  // As deep as a reader of manifests goes.
  auto const deep = json::parse(std::string(510, '[') + std::string(510, ']'));
  REQUIRE(ok(deep));
  strange->as_object()->emplace_back("c", *deep);
  auto const d = history::open_dataset("id", "ns/name", "", {}, "import", somebody());
  auto const done = history::act(d.after, "Meta.set", json::object{{"name", "x"}, {"value", *strange}}, somebody());
  REQUIRE(ok(done));
  std::string text;
  auto const end = history::append_batch(text, history::append_batch(text, {}, d.records), done->made.records);
  auto const r = history::read_log(text);
  CHECK_FALSE(r.damage);
  CHECK(r.end == end);
  auto const& a = std::get<history::records::acted>(r.records.back().what.what).what.what;
  CHECK(*a->params.find("new") == *strange);
  CHECK(a->hash == done->hash);
}

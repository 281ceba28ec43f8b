#include <waybill/lineage/record_line.hpp>

#include <waybill/hash/crc64nvme.hpp>
#include <waybill/json/parse.hpp>

#include "samples.hpp"
#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

run_record full_record() {
  auto r = write_of({"Flow", "7", "work", "3", 1}, "t", "c1");
  r.data = table_version{.db = "dolt://me@host/db",
                         .table = "prices, \"é\"",
                         .branch = "main",
                         .commit = "c1",
                         .hash = "h1",
                         .query = "SELECT 1\n",
                         .dirty = true};
  r.index = {4, 0};
  r.origin_run = "5";
  r.committed_by = committer{"join", "9", 2, {}};
  r.extra = json::object{{"rows", json::value{json::number{"9007199254740993"}}},
                         {"ratio", json::value{json::number{"1.10"}}}};
  return r;
}

/// A line with a right sum around any members.
std::string summed(std::string const& members) {
  return members + ",\"sum\":\"" + hash_bytes<crc64nvme_hasher>(as_bytes(members)).hex() + "\"}";
}

std::string without_end(std::string line) {
  line.pop_back();
  return line;
}

}  // namespace

TEST_CASE("a record is one line with a fixed form") {
  auto r = read_of({"Flow", "7", "work", "3", 1}, "t", "c1", "h1");
  r.index = {2};
  auto const line = record_line(r).value();
  std::string const members =
      R"({"schema":"waybill/run-record/1","kind":"read","flow":"Flow","run":"7","step":"work","task":"3","attempt":1,)"
      R"("index":[2],"time":"2026-11-20T19:03:43.500Z","table":"t","db":"db","branch":"main","commit":"c1",)"
      R"("table_hash":"h1")";
  CHECK(line == summed(members) + "\n");
}

TEST_CASE("every record is read as it was written") {
  auto package = record_of(record_kind::write, {"F", "1", "s", "t", 0});
  package.data = package_version{"ns/name", "abc"};
  auto failed = end_of({"F", "1", "s", "t", 18446744073709551615u}, end_status::fail);
  failed.failure = "ValueError";
  for (auto const& r : {full_record(), package, failed, record_of(record_kind::begin, {"F", "1", "s", "t", 0})}) {
    auto const again = read_record_line(without_end(record_line(r).value()));
    REQUIRE(ok(again));
    CHECK(*again == r);
    CHECK(record_line(*again).value() == record_line(r).value());
  }
}

TEST_CASE("members of later versions are kept and numbers keep their text") {
  auto const line = without_end(record_line(full_record()).value());
  CHECK_THAT(line, contains("\"rows\":9007199254740993,\"ratio\":1.10,"));
  CHECK(read_record_line(line).value().extra == full_record().extra);
}

TEST_CASE("a line that was cut or changed or mixed with another is damage") {
  auto const line = without_end(record_line(full_record()).value());
  for (std::size_t n = 0; n < line.size(); ++n) {
    CAPTURE(n);
    REQUIRE(code_of(read_record_line(line.substr(0, n))) == "corrupt_state");
  }
  for (std::size_t at = 0; at < line.size(); ++at) {
    auto changed = line;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    CAPTURE(changed);
    REQUIRE(code_of(read_record_line(changed)) == "corrupt_state");
  }
  auto other = full_record();
  other.attempt.task = "8";
  auto const second = without_end(record_line(other).value());
  CHECK(code_of(read_record_line(line.substr(0, 100) + second.substr(100))) == "corrupt_state");
  CHECK(code_of(read_record_line(std::string(4096, '\0'))) == "corrupt_state");
}

TEST_CASE("a whole line that says nonsense is refused with its place") {
  std::string const start = R"({"schema":"waybill/run-record/1","kind":"begin","flow":"F","run":"7","step":"s")";
  std::string const rest = R"(,"time":"2026-11-20T19:03:43Z")";
  auto const refusal = [](std::string const& members) {
    auto const e = failure(read_record_line(summed(members)));
    return name_of(e.code) + " " + e.path;
  };
  CHECK(ok(read_record_line(summed(start + R"(,"task":"1","attempt":0)" + rest))));
  CHECK(refusal(start + R"(,"attempt":0)" + rest) == "missing_member /task");
  CHECK(refusal(start + R"(,"task":"1","attempt":-1)" + rest) == "size_out_of_range /attempt");
  CHECK(refusal(start + R"(,"task":"1","attempt":0,"time":"noon")") == "wrong_type /time");
  CHECK(refusal(start + R"(,"task":"../1","attempt":0)" + rest) == "usage /task");
  CHECK(refusal(start + R"(,"task":"1","attempt":0,"index":[-1])" + rest) == "wrong_type /index");
  CHECK(refusal(start + R"(,"task":"1","attempt":0,"status":"maybe")" + rest) == "wrong_type /status");
  CHECK(refusal(start + R"(,"task":"1","attempt":0,"committed_by":{"step":"j"})" + rest) == "wrong_type /committed_by");
  CHECK(refusal(start + R"(,"task":"1","task":"2","attempt":0)" + rest).starts_with("duplicate_member"));
  CHECK(refusal(R"({"schema":"waybill/run-record/2","anything":1)") == "unsupported /schema");
  CHECK(refusal(R"({"schema":"waybill/run-record/1","kind":"dream")") == "unsupported /kind");
}

TEST_CASE("what could not be read again is not written") {
  auto r = full_record();
  r.extra = json::object{{"db", "twice"}};
  CHECK(code_of(record_line(r)) == "usage");
  r.extra = json::object{{"sum", "twice"}};
  CHECK(code_of(record_line(r)) == "usage");
  r.extra = json::object{{"x", json::value{json::number{"NaN"}}}};
  CHECK(code_of(record_line(r)) == "not_representable");
  r.extra = json::object{{"x", "\xff"}};
  CHECK(code_of(record_line(r)) == "not_representable");
  r = full_record();
  std::get<table_version>(r.data).query = std::string(largest_line, 'x');
  CHECK(code_of(record_line(r)) == "too_large");
  r.attempt.flow = "a/b";
  CHECK(code_of(record_line(r)) == "usage");
}

TEST_CASE("a committer of another run is kept with its run") {
  auto r = full_record();
  r.committed_by->run = "8";
  auto const line = record_line(r);
  REQUIRE(ok(line));
  CHECK(line->find(R"("committed_by":{"step":"join","task":"9","attempt":2,"run":"8"})") != std::string::npos);
  CHECK(read_record_line(without_end(*line)).value() == r);
  r.committed_by->run = "a/b";
  CHECK(code_of(record_line(r)) == "usage");
}

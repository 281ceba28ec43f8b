#include <waybill/lineage/plain_record.hpp>

#include <waybill/json/write.hpp>
#include <waybill/lineage/record_line.hpp>

#include "samples.hpp"
#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

attempt_id const who{"Flöw", "7", "work", "3", 18446744073709551615u};

std::vector<run_record> plain_records() {
  auto read = read_of(who, "t", "c1", "h1");
  read.index = {4, 0, 12};
  read.origin_run = "5";
  auto full = read;
  full.data = table_version{
      .db = "db", .table = "t", .branch = "b", .commit = "c", .hash = "h", .query = "SELECT é", .dirty = true};
  auto bare = write_of(who, "t");
  auto package = record_of(record_kind::write, who);
  package.data = package_version{"ns/n", "abc"};
  auto failed = end_of(who, end_status::fail);
  failed.failure = "ValueError";
  return {record_of(record_kind::begin, who), read, full, bare, package, end_of(who), failed};
}

std::string members_of(run_record const& r) {
  auto text = json::compact(record_members(r));
  text.pop_back();
  return text;
}

}  // namespace

TEST_CASE("what the writer writes plainly is read as it was") {
  for (auto const& r : plain_records()) {
    CAPTURE(members_of(r));
    CHECK(scan_plain_record(members_of(r)) == r);
  }
}

TEST_CASE("what is not plain is left to the general reader") {
  auto quoted = read_of(who, "a \"b\"", "c1", "h1");
  CHECK_FALSE(scan_plain_record(members_of(quoted)));
  auto committed = write_of(who, "t", "c1");
  committed.committed_by = committer{"join", "9", 0, {}};
  CHECK_FALSE(scan_plain_record(members_of(committed)));
  auto later = read_of(who, "t", "c1", "h1");
  later.extra = json::object{{"rows", json::value::integer(std::int64_t{1})}};
  CHECK_FALSE(scan_plain_record(members_of(later)));
  for (auto const& r : {quoted, committed, later}) {
    auto line = record_line(r).value();
    line.pop_back();
    CHECK(read_record_line(line).value() == r);
  }
}

TEST_CASE("a text that was cut or spoilt gives no other record than the general reader") {
  for (auto const& r : plain_records()) {
    auto const text = members_of(r);
    for (std::size_t n = 0; n < text.size(); ++n) {
      auto const cut = scan_plain_record(text.substr(0, n));
      // Where a member ends, what stands before it is whole.
      if (cut) CHECK(members_of(*cut) == text.substr(0, n));
    }
    for (char const spoilt : {'\xff', '\n', '"', '\\', '0', ','})
      for (std::size_t at = 0; at < text.size(); ++at) {
        auto changed = text;
        changed[at] = spoilt;
        auto const found = scan_plain_record(changed);
        if (!found) continue;
        CAPTURE(changed);
        auto const again = members_of(*found);
        // A time may be written in several ways.
        CHECK((again == changed || found->time != r.time));
      }
  }
  CHECK_FALSE(scan_plain_record(R"({"schema":"waybill/run-record/1","kind":"begin","flow":"F","run":"1","step":"s",)"
                                R"("task":"t","attempt":00,"time":"2026-11-20T19:03:43Z")"));
}

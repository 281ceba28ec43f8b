#include <waybill/lineage/run_record.hpp>

#include "samples.hpp"
#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

attempt_id const who{"Flow", "7", "work", "3", 1};

/// Code and place of what is wrong with a record.
std::string wrong(run_record const& r) {
  auto const usable = check_record(r);
  return usable ? "ok" : name_of(usable.error().code) + " " + usable.error().path;
}

}  // namespace

TEST_CASE("a record says what its kind must say") {
  CHECK(wrong(record_of(record_kind::begin, who)) == "ok");
  CHECK(wrong(read_of(who, "t", "c", "h")) == "ok");
  CHECK(wrong(write_of(who, "t")) == "ok");
  CHECK(wrong(end_of(who)) == "ok");
  CHECK(wrong(record_of(record_kind::read, who)) == "usage /kind");
  CHECK(wrong(record_of(record_kind::end, who)) == "usage /status");
  auto r = record_of(record_kind::begin, who);
  r.data = package_version{"ns/n", "abc"};
  CHECK(wrong(r) == "usage /kind");
  r = end_of(who);
  r.failure = "ValueError";
  CHECK(wrong(r) == "usage /error");
  r.status = end_status::fail;
  CHECK(wrong(r) == "ok");
}

TEST_CASE("names that make no key are refused") {
  for (std::string const name : {"", "a/b", "a\\b", "a\nb", "\x7f", "\xff"}) {
    CAPTURE(name);
    CHECK(wrong(record_of(record_kind::begin, {name, "7", "s", "t", 0})) == "usage /flow");
    CHECK(wrong(record_of(record_kind::begin, {"F", name, "s", "t", 0})) == "usage /run");
    CHECK(wrong(record_of(record_kind::begin, {"F", "7", name, "t", 0})) == "usage /step");
    CHECK(wrong(record_of(record_kind::begin, {"F", "7", "s", name, 0})) == "usage /task");
    auto r = record_of(record_kind::begin, who);
    r.origin_run = name;
    CHECK(wrong(r) == "usage /origin_run");
  }
  CHECK(wrong(record_of(record_kind::begin, {"Flöw", "argo-f-x7", "..", "t-1", 0})) == "ok");
}

TEST_CASE("a password of a database is not recorded") {
  auto r = write_of(who, "t");
  auto const with_db = [&](std::string db) {
    std::get<table_version>(r.data).db = std::move(db);
    return wrong(r);
  };
  CHECK(with_db("dolt://me:secret@host:3306/db") == "usage /db");
  CHECK(with_db("dolt://me@host:3306/db") == "ok");
  CHECK(with_db("dolt://host:3306/a@b:c") == "ok");
  CHECK(with_db("data/db") == "ok");
  CHECK(with_db("") == "usage /table");
  std::get<table_version>(r.data).db = "dolt://me:secret@host/db";
  CHECK(failure(check_record(r)).message().find("secret") == std::string::npos);
}

TEST_CASE("only a committed write of a table has a committer of its own") {
  auto r = write_of(who, "t", "c1");
  r.committed_by = committer{"join", "9", 0, {}};
  CHECK(wrong(r) == "ok");
  r.committed_by->task = "a/b";
  CHECK(wrong(r) == "usage /committed_by");
  r = write_of(who, "t");
  r.committed_by = committer{"join", "9", 0, {}};
  CHECK(wrong(r) == "usage /committed_by");
  r = write_of(who, "t", "");
  CHECK(wrong(r) == "usage /commit");
}

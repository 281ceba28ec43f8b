#pragma once

#include <waybill/lineage/run_record.hpp>

#include <string>
#include <utility>

namespace waybill_test {

using namespace waybill::lineage;

inline run_record record_of(record_kind kind, attempt_id who) {
  run_record r;
  r.kind = kind;
  r.attempt = std::move(who);
  r.time = waybill::parse_rfc3339("2026-11-20T19:03:43.5Z").value();
  return r;
}

inline run_record read_of(attempt_id who, std::string table, std::string commit, std::string hash) {
  auto r = record_of(record_kind::read, std::move(who));
  r.data = table_version{
      .db = "db", .table = std::move(table), .branch = "main", .commit = std::move(commit), .hash = std::move(hash)};
  return r;
}

inline run_record write_of(attempt_id who, std::string table, std::optional<std::string> commit = {}) {
  auto r = record_of(record_kind::write, std::move(who));
  r.data = table_version{.db = "db", .table = std::move(table), .commit = std::move(commit)};
  return r;
}

inline run_record end_of(attempt_id who, end_status status = end_status::ok) {
  auto r = record_of(record_kind::end, std::move(who));
  r.status = status;
  return r;
}

}  // namespace waybill_test

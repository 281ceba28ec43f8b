#pragma once

#include <waybill/lineage/run_record.hpp>

#include <waybill/core/utf8.hpp>

#include <algorithm>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {
namespace detail {

inline error bad_member(std::string_view name, std::string why) {
  return make_error(errc::usage, std::move(why), "/" + std::string{name});
}

/// Names make keys and `run/step` texts: what could be taken apart in two ways is none.
inline result<void> check_name(std::string_view text, std::string_view member) {
  if (text.empty()) return bad_member(member, "a run record must say which " + std::string{member} + " it is of");
  bool const bad = std::ranges::any_of(
      text, [](char c) { return c == '/' || c == '\\' || c == '\x7F' || static_cast<unsigned char>(c) < 0x20; });
  if (bad || find_invalid_utf8(text) != std::string_view::npos)
    return bad_member(member, "'" + printable(text) + "' is no name: UTF-8 without /, \\ and control characters");
  return {};
}

inline result<void> check_text(std::string_view text, std::string_view member) {
  if (find_invalid_utf8(text) == std::string_view::npos) return {};
  return bad_member(member, "'" + printable(text) + "' is not UTF-8");
}

inline result<void> check_text(std::optional<std::string> const& text, std::string_view member) {
  return text ? check_text(std::string_view{*text}, member) : result<void>{};
}

inline bool holds_password(std::string_view db) noexcept {
  auto const scheme = db.find("://");
  if (scheme == std::string_view::npos) return false;
  auto const authority = db.substr(scheme + 3, db.find('/', scheme + 3) - (scheme + 3));
  auto const at = authority.rfind('@');
  return at != std::string_view::npos && authority.substr(0, at).find(':') != std::string_view::npos;
}

inline result<void> check_table(table_version const& t) {
  if (t.db.empty() || t.table.empty()) return bad_member("table", "a table has a db and a name");
  if (holds_password(t.db))
    return bad_member("db", "it holds a password, which no record keeps; name the database without it");
  for (auto const& [text, member] : {std::pair{&t.db, "db"}, {&t.table, "table"}})
    if (auto const r = check_text(std::string_view{*text}, member); !r) return r;
  for (auto const& [text, member] :
       {std::pair{&t.branch, "branch"}, {&t.commit, "commit"}, {&t.hash, "table_hash"}, {&t.query, "query"}})
    if (auto const r = check_text(*text, member); !r) return r;
  for (auto const& [text, member] : {std::pair{&t.commit, "commit"}, {&t.hash, "table_hash"}})
    if (*text && (*text)->empty()) return bad_member(member, "it is empty; leave out what is not known");
  return {};
}

inline result<void> check_package(package_version const& p) {
  if (p.name.empty() || p.top_hash.empty()) return bad_member("package", "a package has a name and a top hash");
  if (auto const r = check_text(std::string_view{p.name}, "package"); !r) return r;
  return check_text(std::string_view{p.top_hash}, "top_hash");
}

inline result<void> check_committer(run_record const& r) {
  if (!r.committed_by) return {};
  for (auto const* text : {&r.committed_by->step, &r.committed_by->task})
    if (auto const usable = check_name(*text, "committed_by"); !usable) return usable;
  return r.committed_by->run ? check_name(*r.committed_by->run, "committed_by") : result<void>{};
}

inline result<void> check_kind(run_record const& r) {
  bool const has_data = r.data.index() != 0;
  bool const wants_data = r.kind == record_kind::read || r.kind == record_kind::write;
  if (has_data != wants_data)
    return bad_member("kind", wants_data ? "a read or write is of a table or a package" : "a begin or end has no data");
  if (r.status.has_value() != (r.kind == record_kind::end))
    return bad_member("status", "an end has a status, and nothing else has one");
  if (r.failure && r.status != end_status::fail) return bad_member("error", "only a failed end has an error");
  bool const commits = r.kind == record_kind::write && r.table() != nullptr && r.table()->commit;
  if (r.committed_by && !commits)
    return bad_member("committed_by", "only the write of a table can be committed by another, and then has a commit");
  return {};
}

}  // namespace detail

WAYBILL_DECL result<void> check_record(run_record const& r) {
  for (auto const& [text, member] : {std::pair{&r.attempt.flow, "flow"},
                                     {&r.attempt.run, "run"},
                                     {&r.attempt.step, "step"},
                                     {&r.attempt.task, "task"}})
    if (auto const usable = detail::check_name(*text, member); !usable) return usable;
  if (r.origin_run)
    if (auto const usable = detail::check_name(*r.origin_run, "origin_run"); !usable) return usable;
  if (auto const usable = detail::check_committer(r); !usable) return usable;
  if (auto const usable = detail::check_kind(r); !usable) return usable;
  if (auto const usable = detail::check_text(r.failure, "error"); !usable) return usable;
  if (auto const* t = r.table()) return detail::check_table(*t);
  if (auto const* p = r.package()) return detail::check_package(*p);
  return {};
}

WAYBILL_DECL std::string_view name_of(record_kind kind) noexcept {
  switch (kind) {
    case record_kind::begin: return "begin";
    case record_kind::read: return "read";
    case record_kind::write: return "write";
    case record_kind::end: return "end";
  }
  return {};
}

WAYBILL_DECL std::string_view name_of(end_status status) noexcept { return status == end_status::ok ? "ok" : "fail"; }

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/lineage/record_line.hpp>

#include <waybill/hash/crc64nvme.hpp>
#include <waybill/json/number.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>
#include <waybill/json/write.hpp>
#include <waybill/lineage/plain_record.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {
namespace detail {

inline constexpr std::string_view sum_member = ",\"sum\":\"";
inline constexpr std::size_t sum_digits = 16;
inline constexpr std::size_t sum_size = sum_member.size() + sum_digits + 2;  // `"}`

inline constexpr std::array<std::string_view, 23> known_members{
    "attempt", "branch", "commit",     "committed_by", "db",    "dirty", "error",   "flow",
    "index",   "kind",   "origin_run", "package",      "query", "run",   "schema",  "status",
    "step",    "sum",    "table",      "table_hash",   "task",  "time",  "top_hash"};
static_assert(std::ranges::is_sorted(known_members));

inline bool is_known(std::string_view name) noexcept { return std::ranges::binary_search(known_members, name); }

inline std::string sum_of(std::string_view text) { return hash_bytes<crc64nvme_hasher>(as_bytes(text)).hex(); }

inline void add(json::object& o, char const* name, std::optional<std::string> const& text) {
  if (text) o.emplace_back(name, *text);
}

inline void add_table(json::object& o, table_version const& t) {
  o.emplace_back("table", t.table);
  o.emplace_back("db", t.db);
  add(o, "branch", t.branch);
  add(o, "commit", t.commit);
  add(o, "table_hash", t.hash);
  add(o, "query", t.query);
  if (t.dirty) o.emplace_back("dirty", true);
}

inline json::object committer_members(committer const& who) {
  json::object o{{"step", who.step}, {"task", who.task}, {"attempt", json::value::integer(who.attempt)}};
  add(o, "run", who.run);
  return o;
}

/// The text before the sum, when the sum is right.
inline result<void> check_sum(std::string_view line) {
  auto const damaged = [](char const* why) {
    return make_error(errc::corrupt_state, std::string{why} + "; the line was cut off, mixed with another or changed");
  };
  if (line.size() <= sum_size || !line.ends_with("\"}")) return damaged("a run record does not end with its sum");
  auto const tail = line.substr(line.size() - sum_size);
  if (!tail.starts_with(sum_member)) return damaged("a run record does not end with its sum");
  if (tail.substr(sum_member.size(), sum_digits) != sum_of(line.substr(0, line.size() - sum_size)))
    return damaged("the sum of a run record is wrong");
  return {};
}

inline std::vector<std::uint64_t> read_index(json::record_reader& in) {
  std::vector<std::uint64_t> out;
  auto const* items = in.optional_array("index");
  if (items == nullptr) return out;
  for (auto const& item : *items) {
    auto const* n = item.as_number();
    auto const i = n != nullptr ? json::to_uint64(n->text) : std::nullopt;
    if (!i) in.fail(errc::wrong_type, "must hold whole numbers only", "index");
    out.push_back(i.value_or(0));
  }
  return out;
}

inline void read_data(json::record_reader& in, run_record& r) {
  if (auto table = in.optional_string("table")) {
    r.data = table_version{.db = in.required_string("db"),
                           .table = std::move(*table),
                           .branch = in.optional_string("branch"),
                           .commit = in.optional_string("commit"),
                           .hash = in.optional_string("table_hash"),
                           .query = in.optional_string("query"),
                           .dirty = in.optional_bool("dirty").value_or(false)};
  } else if (auto package = in.optional_string("package")) {
    r.data = package_version{.name = std::move(*package), .top_hash = in.required_string("top_hash")};
  }
}

inline record_kind read_kind(json::record_reader& in) {
  auto const text = in.required_string("kind");
  for (auto const kind : {record_kind::begin, record_kind::read, record_kind::write, record_kind::end})
    if (text == name_of(kind)) return kind;
  in.fail(errc::unsupported, "a record of a kind that is not known", "kind");
  return record_kind::begin;
}

inline std::optional<end_status> read_status(json::record_reader& in) {
  auto const text = in.optional_string("status");
  if (!text) return std::nullopt;
  if (*text != "ok" && *text != "fail") in.fail(errc::wrong_type, "must be ok or fail", "status");
  return *text == "ok" ? end_status::ok : end_status::fail;
}

inline std::optional<committer> read_committer(json::record_reader& in) {
  auto const* who = in.optional_object("committed_by");
  if (who == nullptr) return std::nullopt;
  json::record_reader inner{*who, "/committed_by"};
  committer out{inner.required_string("step"), inner.required_string("task"), inner.required_uint64("attempt"),
                inner.optional_string("run")};
  if (auto const r = inner.finish(); !r) in.fail(errc::wrong_type, r.error().detail, "committed_by");
  return out;
}

inline result<run_record> read_members(json::value const& document) {
  json::record_reader in{document};
  if (in.required_string("schema") != record_schema && in.ok())
    return make_error(errc::unsupported, "a run record of another schema; a newer waybill wrote it", "/schema");
  run_record r;
  r.kind = read_kind(in);
  r.attempt = {in.required_string("flow"), in.required_string("run"), in.required_string("step"),
               in.required_string("task"), in.required_uint64("attempt")};
  r.index = read_index(in);
  r.origin_run = in.optional_string("origin_run");
  auto const time = parse_rfc3339(in.required_string("time"));
  if (time) r.time = *time;
  else in.fail(errc::wrong_type, time.error().detail, "time");
  read_data(in, r);
  r.status = read_status(in);
  r.failure = in.optional_string("error");
  r.committed_by = read_committer(in);
  if (auto const whole = in.finish(); !whole) return whole.error();
  for (auto const& m : *document.as_object())
    if (!is_known(m.first)) r.extra.push_back(m);
  return r;
}

}  // namespace detail

WAYBILL_DECL json::object record_members(run_record const& r) {
  json::object o;
  o.emplace_back("schema", record_schema);
  o.emplace_back("kind", name_of(r.kind));
  o.emplace_back("flow", r.attempt.flow);
  o.emplace_back("run", r.attempt.run);
  o.emplace_back("step", r.attempt.step);
  o.emplace_back("task", r.attempt.task);
  o.emplace_back("attempt", json::value::integer(r.attempt.number));
  if (!r.index.empty()) {
    json::array index;
    for (auto const i : r.index) index.push_back(json::value::integer(i));
    o.emplace_back("index", std::move(index));
  }
  detail::add(o, "origin_run", r.origin_run);
  o.emplace_back("time", to_rfc3339(r.time));
  if (auto const* t = r.table()) detail::add_table(o, *t);
  if (auto const* p = r.package()) {
    o.emplace_back("package", p->name);
    o.emplace_back("top_hash", p->top_hash);
  }
  if (r.status) o.emplace_back("status", name_of(*r.status));
  detail::add(o, "error", r.failure);
  if (r.committed_by) o.emplace_back("committed_by", detail::committer_members(*r.committed_by));
  o.insert(o.end(), r.extra.begin(), r.extra.end());
  return o;
}

WAYBILL_DECL result<std::string> record_line(run_record const& r) {
  if (auto const usable = check_record(r); !usable) return usable.error();
  for (auto const& [name, v] : r.extra) {
    if (detail::is_known(name))
      return make_error(errc::usage, "a run record has this member already", "/" + json::pointer_token(name));
    std::string unused;
    if (auto const writable = json::append_manifest_form(unused, json::object{{name, v}}); !writable)
      return writable.error();
  }
  std::string line = json::compact(record_members(r));
  line.pop_back();
  auto const sum = detail::sum_of(line);
  line.append(detail::sum_member).append(sum).append("\"}\n");
  if (line.size() > largest_line)
    return make_error(errc::too_large, "a run record of more than 1 MiB is not kept; record a shorter query");
  return line;
}

WAYBILL_DECL result<run_record> read_record_line(std::string_view line) {
  if (auto const whole = detail::check_sum(line); !whole) return whole.error();
  if (auto plain = scan_plain_record(line.substr(0, line.size() - detail::sum_size))) {
    if (auto const usable = check_record(*plain); !usable) return usable.error();
    return std::move(*plain);
  }
  auto const document = json::parse(line, {.max_depth = 64, .max_bytes = largest_line, .refuse_duplicates = true});
  if (!document) return document.error();
  auto r = detail::read_members(*document);
  if (!r) return r;
  if (auto const usable = check_record(*r); !usable) return usable.error();
  return r;
}

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

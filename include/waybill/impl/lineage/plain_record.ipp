#pragma once

#include <waybill/lineage/plain_record.hpp>

#include <waybill/core/utf8.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {
namespace detail {

/// Takes a text apart from the front; every step answers whether it could, and moves only then.
struct plain_cursor {
  std::string_view rest;

  bool literal(std::string_view expected) noexcept {
    if (!rest.starts_with(expected)) return false;
    rest.remove_prefix(expected.size());
    return true;
  }
  /// A string without escapes, from behind its opening quote.
  bool text(std::string_view& out) noexcept {
    std::size_t n = 0;
    while (n < rest.size() && rest[n] != '"' && rest[n] != '\\' && static_cast<unsigned char>(rest[n]) >= 0x20) ++n;
    if (n == rest.size() || rest[n] != '"') return false;
    out = rest.substr(0, n);
    rest.remove_prefix(n + 1);
    return true;
  }
  bool text(std::string& out) {
    std::string_view found;
    if (!text(found)) return false;
    out = found;
    return true;
  }
  bool number(std::uint64_t& out) noexcept {
    auto const* const end = rest.data() + rest.size();
    auto const [stop, failed] = std::from_chars(rest.data(), end, out);
    if (failed != std::errc{}) return false;
    auto const size = static_cast<std::size_t>(stop - rest.data());
    if (size > 1 && rest.front() == '0') return false;
    rest.remove_prefix(size);
    return true;
  }
  /// A string member that may be missing. False only when it is there and is not plain.
  bool optional(std::string_view start, std::optional<std::string>& out) {
    return !literal(start) || text(out.emplace());
  }
};

inline bool scan_kind(plain_cursor& in, record_kind& out) noexcept {
  std::string_view word;
  if (!in.literal(",\"kind\":\"") || !in.text(word)) return false;
  for (auto const kind : {record_kind::begin, record_kind::read, record_kind::write, record_kind::end}) {
    if (word != name_of(kind)) continue;
    out = kind;
    return true;
  }
  return false;
}

inline bool scan_attempt(plain_cursor& in, attempt_id& out) {
  return in.literal(",\"flow\":\"") && in.text(out.flow) && in.literal(",\"run\":\"") && in.text(out.run) &&
         in.literal(",\"step\":\"") && in.text(out.step) && in.literal(",\"task\":\"") && in.text(out.task) &&
         in.literal(",\"attempt\":") && in.number(out.number);
}

inline bool scan_index(plain_cursor& in, std::vector<std::uint64_t>& out) {
  if (!in.literal(",\"index\":[")) return true;
  do {
    if (!in.number(out.emplace_back())) return false;
  } while (in.literal(","));
  return in.literal("]");
}

inline bool scan_time(plain_cursor& in, timestamp& out) {
  std::string_view text;
  if (!in.literal(",\"time\":\"") || !in.text(text)) return false;
  auto const time = parse_rfc3339(text);
  if (time) out = *time;
  return time.has_value();
}

inline bool scan_data(plain_cursor& in, run_record& r) {
  if (in.literal(",\"table\":\"")) {
    auto& t = r.data.emplace<table_version>();
    if (!in.text(t.table) || !in.literal(",\"db\":\"") || !in.text(t.db)) return false;
    if (!in.optional(",\"branch\":\"", t.branch) || !in.optional(",\"commit\":\"", t.commit)) return false;
    if (!in.optional(",\"table_hash\":\"", t.hash) || !in.optional(",\"query\":\"", t.query)) return false;
    t.dirty = in.literal(",\"dirty\":true");
    return true;
  }
  if (!in.literal(",\"package\":\"")) return true;
  auto& p = r.data.emplace<package_version>();
  return in.text(p.name) && in.literal(",\"top_hash\":\"") && in.text(p.top_hash);
}

inline bool scan_status(plain_cursor& in, std::optional<end_status>& out) noexcept {
  if (in.literal(",\"status\":\"ok\"")) out = end_status::ok;
  else if (in.literal(",\"status\":\"fail\"")) out = end_status::fail;
  return true;
}

}  // namespace detail

WAYBILL_DECL std::optional<run_record> scan_plain_record(std::string_view members) {
  // The general reader refuses other bytes everywhere, check_record only in names and texts.
  if (find_invalid_utf8(members) != std::string_view::npos) return std::nullopt;
  detail::plain_cursor in{members};
  std::optional<run_record> out{std::in_place};
  bool const plain = in.literal("{\"schema\":\"waybill/run-record/1\"") && detail::scan_kind(in, out->kind) &&
                     detail::scan_attempt(in, out->attempt) && detail::scan_index(in, out->index) &&
                     in.optional(",\"origin_run\":\"", out->origin_run) && detail::scan_time(in, out->time) &&
                     detail::scan_data(in, *out) && detail::scan_status(in, out->status) &&
                     in.optional(",\"error\":\"", out->failure) && in.rest.empty();
  return plain ? std::move(out) : std::nullopt;
}

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/history/log_text.hpp>

#include <waybill/hash/openssl.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>
#include <waybill/json/write.hpp>

#include <cstdint>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace history {
namespace detail {

inline constexpr std::string_view sum_start = ",\"sum\":\"";
inline constexpr std::size_t sum_size = sum_start.size() + 64 + 2;  // and `"}`

inline std::string sum_of(std::string_view text) { return hash_bytes<sha256_hasher>(as_bytes(text)).hex(); }

/// One line of a log whose sum is right.
struct log_line {
  record what;
  std::uint64_t number = 0;
  std::uint64_t index = 0;  ///< in its batch, from 1
  std::uint64_t of = 0;     ///< records of its batch
  std::string prev, sum;
};

inline result<log_line> read_line(std::string_view line) {
  auto const damaged = [](std::string why) { return make_error(errc::corrupt_state, std::move(why)); };
  if (line.size() < sum_size) return damaged("a line is too short");
  auto const covered = line.substr(0, line.size() - sum_size);
  auto const sum = sum_of(covered);
  if (line.substr(covered.size()) != std::string{sum_start} + sum + "\"}")
    return damaged("its text and its sum do not agree");
  auto const v = parse_line(std::string{covered} + "}");
  if (!v) return damaged(v.error().message());
  json::record_reader in{*v};
  log_line out;
  out.number = in.required_uint64("n");
  auto const& batch = in.required_array("batch");
  out.prev = in.required_string("prev");
  if (auto const ok = in.finish(); !ok) return damaged(ok.error().message());
  auto const whole = [&](std::size_t i) -> std::uint64_t {
    if (i >= batch.size()) return 0;
    json::value const item = json::object{{"i", batch[i]}};
    json::record_reader one{item};
    auto const n = one.required_uint64("i");
    return one.ok() ? n : 0;
  };
  out.index = whole(0);
  out.of = whole(1);
  out.sum = sum;
  auto what = read_record(*v);
  if (!what) return damaged(what.error().message());
  out.what = std::move(*what);
  return out;
}

inline error at_record(error e, std::uint64_t number) {
  e.path = "record " + std::to_string(number);
  e.detail += "; the records before it are good, and nothing is written to a damaged log: restore it from a copy";
  return e;
}

/// Does a line follow from what was before? @return what is wrong, or an empty text
inline std::string misplaced(log_line const& l, log_end const& before, std::uint64_t batch_index,
                             std::uint64_t batch_size) {
  if (l.number != before.records) return "a record is missing before it, or it stands in the wrong place";
  if (l.prev != before.sum) return "it does not follow from the record before";
  if (l.index != batch_index || l.index == 0 || l.index > l.of) return "its batch is not whole";
  if (l.index > 1 && l.of != batch_size) return "its batch is not whole";
  return {};
}

template <class Items, class Each>
void append_list(std::string& out, char open, char close, Items const& items, Each const& each) {
  out.push_back(open);
  bool first = true;
  for (auto const& item : items) {
    if (!std::exchange(first, false)) out.push_back(',');
    each(item);
  }
  out.push_back(close);
}

WAYBILL_DECL void append_line(std::string& out, json::value const& v) {
  if (auto const* const text = v.as_string()) {
    json::append_canonical_string(out, *text);
  } else if (auto const* const number = v.as_number()) {
    out.append(number->text);
  } else if (auto const* const items = v.as_array()) {
    append_list(out, '[', ']', *items, [&](json::value const& item) { append_line(out, item); });
  } else if (auto const* const members = v.as_object()) {
    append_list(out, '{', '}', *members, [&](json::member const& m) {
      json::append_canonical_string(out, m.first);
      out.push_back(':');
      append_line(out, m.second);
    });
  } else if (auto const* const truth = v.as_bool()) {
    out.append(*truth ? "true" : "false");
  } else {
    out.append("null");
  }
}

WAYBILL_DECL result<json::value> parse_line(std::string_view line) {
  return json::parse(line, {.max_depth = 1024, .max_bytes = SIZE_MAX, .python_extensions = true});
}

}  // namespace detail

WAYBILL_DECL log_end append_batch(std::string& out, log_end const& end, std::span<record const> records) {
  auto now = end;
  for (std::size_t i = 0; i < records.size(); ++i) {
    json::object line{{"n", json::value::integer(now.records)},
                      {"batch", json::array{json::value::integer(std::uint64_t{i + 1}),
                                            json::value::integer(std::uint64_t{records.size()})}}};
    for (auto& member : to_json(records[i])) line.push_back(std::move(member));
    line.emplace_back("prev", std::move(now.sum));
    auto const start = out.size();
    detail::append_line(out, json::value{std::move(line)});
    out.pop_back();  // the brace: the sum covers what stands before it
    now.sum = detail::sum_of(std::string_view{out}.substr(start));
    out.append(detail::sum_start).append(now.sum).append("\"}\n");
    ++now.records;
  }
  return now;
}

WAYBILL_DECL log_reading read_log(std::string_view text, log_end const& start) {
  log_reading out;
  out.end = start;
  auto at = start;
  std::vector<log_entry> batch;
  std::uint64_t batch_size = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    auto const newline = text.find('\n', begin);
    bool const ended = newline != std::string_view::npos;
    auto line = detail::read_line(text.substr(begin, ended ? newline - begin : std::string_view::npos));
    // Only the newline itself was changed: no crash leaves a whole line and something else behind it.
    bool const spoilt_end =
        !ended && !line && text.size() - begin > 1 && detail::read_line(text.substr(begin, text.size() - begin - 1));
    auto const why = line ? detail::misplaced(*line, at, batch.size() + 1, batch_size) : std::string{};
    if (!ended && !line && !spoilt_end) break;
    if (!line || !why.empty()) {
      auto e = spoilt_end ? make_error(errc::corrupt_state, "its line does not end as it should")
               : line     ? make_error(errc::corrupt_state, why)
                          : line.error();
      out.damage = detail::at_record(std::move(e), at.records);
      return out;
    }
    at = {line->number + 1, line->sum};
    batch_size = line->of;
    bool const last = line->index == line->of;
    batch.push_back({std::move(line->what), at, last});
    begin = ended ? newline + 1 : text.size();
    if (!last) continue;
    for (auto& r : batch) out.records.push_back(std::move(r));
    batch.clear();
    out.end = at;
    out.length = begin;
    out.needs_newline = !ended;
  }
  out.torn = text.size() - out.length;
  return out;
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/protocol/dolt/answer.hpp>

#include <waybill/core/stream.hpp>
#include <waybill/protocol/dolt/sql_text.hpp>
#include <waybill/protocol/table/csv.hpp>

#include <algorithm>
#include <cstddef>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {
namespace detail {

/// Length of the record at the front with its line end, or 0 when it is not complete.
inline std::size_t record_length(std::string_view text) noexcept {
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (text[at] == '\n' && !quoted) return at + 1;
  }
  return 0;
}

/// What a server says to a statement without a result; no line of names is empty.
inline bool is_empty_line(table::row const& r) noexcept { return r.size() == 1 && !r.front(); }

inline result<std::vector<table::row>> read_records(std::string_view text) {
  memory_source from{text};
  table::csv_reader reader{from};
  std::vector<table::row> out;
  for (;;) {
    auto const r = reader.next();
    if (!r) return r.error();
    if (!*r) return out;
    auto& cells = out.emplace_back();
    for (auto const& cell : **r) cells.push_back(cell ? table::cell{std::string{*cell}} : table::cell{});
  }
}

}  // namespace detail

WAYBILL_DECL std::string answer_splitter::mark() {
  ++number_;
  return "SELECT 1 AS " + name() + std::string{statement_end};
}

WAYBILL_DECL result<std::optional<std::vector<table::row>>> answer_splitter::take(std::string& text) {
  auto const mark = name() + "\n";
  while (auto const length = detail::record_length(std::string_view{text}.substr(seen_))) {
    bool const marked = std::string_view{text}.substr(seen_, length) == mark;
    if (marked && detail::record_length(std::string_view{text}.substr(seen_ + length)) == 0) break;
    if (marked) {
      auto records = detail::read_records(std::string_view{text}.substr(0, seen_));
      text.erase(0, seen_ + length + detail::record_length(std::string_view{text}.substr(seen_ + length)));
      seen_ = 0;
      if (!records) return records.error();
      auto const first = std::ranges::find_if_not(*records, detail::is_empty_line);
      records->erase(records->begin(), first);
      return std::optional{std::move(*records)};
    }
    seen_ += length;
  }
  return std::optional<std::vector<table::row>>{};
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

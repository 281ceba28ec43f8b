#pragma once

#include <waybill/protocol/table/csv.hpp>

#include <waybill/core/bytes.hpp>
#include <waybill/core/utf8.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

inline constexpr std::size_t csv_buffer = std::size_t{256} << 10;

/// Bytes at which the look at a field that does not begin with a quote stops.
inline constexpr auto csv_special = [] {
  std::array<bool, 256> out{};
  for (char const c : {',', '\n', '\r', '"'}) out[static_cast<unsigned char>(c)] = true;
  return out;
}();

/// White space of Unicode, as Go's `unicode.IsSpace` knows it.
inline bool begins_with_space(std::string_view text) {
  auto const c = decode_utf8(text).value;
  return c == ' ' || (c >= 9 && c <= 13) || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
         c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

inline constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

inline bool needs_quotes(std::string_view text) {
  if (text.empty() || text == "\\." || text.starts_with(byte_order_mark)) return true;
  if (std::any_of(text.begin(), text.end(), [](char c) { return csv_special[static_cast<unsigned char>(c)]; }))
    return true;
  return (static_cast<unsigned char>(text[0]) <= ' ' || static_cast<unsigned char>(text[0]) >= 0x80) &&
         begins_with_space(text);
}

}  // namespace detail

WAYBILL_DECL csv_reader::csv_reader(byte_source& from, csv_limits limits)
    : from_{&from}, limits_{limits}, buffer_(std::min(detail::csv_buffer, limits.max_row) + 1) {}

WAYBILL_DECL result<std::optional<std::span<cell_view const>>> csv_reader::next() {
  begin_ = row_end_;
  for (;;) {
    if (begin_ != end_) {
      auto const found = scan();
      if (!found) return found.error();
      if (*found == scan_end::whole) break;
    } else if (source_ended_) {
      return std::optional<std::span<cell_view const>>{};
    }
    if (auto const filled = fill(); !filled) return filled.error();
  }
  row_line_ = next_line_;
  next_line_ += 1;
  cells_.clear();
  for (auto const& f : fields_) {
    std::string_view const text{buffer_.data() + f.start, f.end - f.start};
    if (f.quoted) next_line_ += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    if (!f.quoted && text.empty()) cells_.emplace_back(std::nullopt);
    else cells_.emplace_back(f.doubled ? text.substr(0, undouble(f)) : text);
  }
  return std::optional{std::span<cell_view const>{cells_}};
}

/// Finds the end of the row at `begin_`; a row that is not there as a whole is looked at again when more was read.
WAYBILL_DECL result<csv_reader::scan_end> csv_reader::scan() {
  fields_.clear();
  buffer_[end_] = '\n';  // ends every look at the latest
  for (std::size_t at = begin_, start = at;; start = at) {
    bool const quoted = at != end_ && buffer_[at] == '"';
    if (quoted) {
      auto const closed = scan_quoted(at);
      if (!closed) return closed.error();
      if (!*closed) return scan_end::needs_more;
    }
    for (;;) {
      while (!detail::csv_special[static_cast<unsigned char>(buffer_[at])]) {
        if (quoted) return at_place(errc::malformed_table, "more text stands behind the closing quote of a field", at);
        ++at;
      }
      if (buffer_[at] != '\r' || (at + 1 == end_ && source_ended_)) break;
      if (at + 1 == end_) return scan_end::needs_more;
      if (buffer_[at + 1] == '\n') break;
      if (quoted) return at_place(errc::malformed_table, "more text stands behind the closing quote of a field", at);
      ++at;  // a carriage return inside a line is data
    }
    if (buffer_[at] == '"')
      return at_place(errc::malformed_table,
                      "a quote stands inside a field that does not begin with one; such a field is written \"…\", with "
                      "its quotes doubled",
                      at);
    if (at == end_ && !source_ended_) return scan_end::needs_more;
    if (!quoted)
      if (auto const noted = note_field({start, at, false, false}); !noted) return noted.error();
    if (buffer_[at] == ',') {
      ++at;
      continue;
    }
    row_end_ = std::min(end_, at + (buffer_[at] == '\r' ? 2 : 1));
    return scan_end::whole;
  }
}

/// Notes the field whose opening quote stands at `at`, which comes to stand behind the closing one; false where that
/// was not read yet.
WAYBILL_DECL result<bool> csv_reader::scan_quoted(std::size_t& at) {
  bool doubled = false;
  for (std::size_t from = at + 1;;) {
    auto const* const found = static_cast<char const*>(std::memchr(buffer_.data() + from, '"', end_ - from));
    if (found == nullptr) {
      if (!source_ended_) return false;
      return at_place(errc::malformed_table, "the quote that opens here is not closed before the end", at);
    }
    auto const quote = static_cast<std::size_t>(found - buffer_.data());
    // At the end it may be the first of two: then the whole row is looked at again.
    if (quote + 1 == end_ || buffer_[quote + 1] != '"') {
      if (auto const noted = note_field({at + 1, quote, true, doubled}); !noted) return noted.error();
      at = quote + 1;
      return true;
    }
    doubled = true;
    from = quote + 2;
  }
}

WAYBILL_DECL result<void> csv_reader::note_field(field f) {
  if (f.end - f.start > limits_.max_field)
    return at_place(errc::too_large, "a field has more than " + std::to_string(limits_.max_field) + " bytes", f.start);
  if (fields_.size() == limits_.max_columns)
    return at_place(errc::too_large, "a row has more than " + std::to_string(limits_.max_columns) + " fields", f.start);
  fields_.push_back(f);
  return {};
}

/// Reads until the buffer is full, and makes it larger where one row fills it: so a row is looked at few times.
WAYBILL_DECL result<void> csv_reader::fill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  row_end_ = begin_ = 0;
  if (auto const room = buffer_.size() - 1; end_ == room) {
    if (room >= limits_.max_row)
      return at_place(errc::too_large, "a row has more than " + std::to_string(limits_.max_row) + " bytes", 0);
    buffer_.resize(std::min(2 * room, limits_.max_row) + 1);
  }
  while (end_ != buffer_.size() - 1 && !source_ended_) {
    auto const n = from_->read(std::as_writable_bytes(std::span{buffer_}.subspan(end_, buffer_.size() - 1 - end_)));
    if (!n) return n.error();
    end_ += *n;
    source_ended_ = *n == 0;
  }
  if (!std::exchange(started_, true) && std::string_view{buffer_.data(), end_}.starts_with(detail::byte_order_mark))
    begin_ = detail::byte_order_mark.size();
  return {};
}

/// Makes each doubled quote of a field one, in its place. @return bytes of the value
WAYBILL_DECL std::size_t csv_reader::undouble(field const& f) noexcept {
  char* to = buffer_.data() + f.start;
  for (auto from = f.start; from != f.end; ++from) {
    *to++ = buffer_[from];
    if (buffer_[from] == '"') ++from;
  }
  return static_cast<std::size_t>(to - buffer_.data()) - f.start;
}

WAYBILL_DECL error csv_reader::at_place(errc code, std::string detail, std::size_t at) const {
  std::string_view const before{buffer_.data() + begin_, at - begin_};
  auto const line = next_line_ + static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n'));
  auto const column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
  return make_error(code, std::move(detail), "line " + std::to_string(line) + ", column " + std::to_string(column));
}

WAYBILL_DECL void append_csv_field(std::string& out, cell_view value) {
  if (!value) return;
  if (!detail::needs_quotes(*value)) {
    out.append(*value);
    return;
  }
  out += '"';
  for (auto rest = *value;;) {
    auto const quote = rest.find('"');
    out.append(rest.substr(0, quote));
    if (quote == std::string_view::npos) break;
    out.append("\"\"");
    rest.remove_prefix(quote + 1);
  }
  out += '"';
}

WAYBILL_DECL void append_csv_row(std::string& out, std::span<cell_view const> values) {
  for (std::size_t i = 0; i != values.size(); ++i) {
    if (i != 0) out += ',';
    append_csv_field(out, values[i]);
  }
  out += '\n';
}

WAYBILL_DECL result<void> csv_writer::write(std::span<cell_view const> values) {
  append_csv_row(held_, values);
  return held_.size() < detail::csv_buffer ? result<void>{} : flush();
}

WAYBILL_DECL result<void> csv_writer::write_names(std::span<std::string const> names) {
  std::vector<cell_view> const values(names.begin(), names.end());
  return write(values);
}

WAYBILL_DECL result<void> csv_writer::flush() {
  auto const written = held_.empty() ? result<void>{} : to_->write(as_bytes(held_));
  held_.clear();
  return written;
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

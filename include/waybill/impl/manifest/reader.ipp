#pragma once

#include <waybill/manifest/reader.hpp>

#include <waybill/core/logical_key.hpp>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>
#include <variant>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::size_t first_line_buffer = std::size_t{64} << 10;

inline bool is_blank(std::string_view line) noexcept {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace detail

WAYBILL_DECL result<bool> line_reader::next(std::string_view& line) {
  auto const take = [&](std::size_t length, std::size_t end_bytes) -> result<bool> {
    if (length > max_line_)
      return make_error(errc::too_large, "the line is over " + std::to_string(max_line_) + " bytes",
                        "line " + std::to_string(number_ + 1));
    line = {buffer_.data() + begin_, length};
    begin_ += length + end_bytes;
    ++number_;
    return true;
  };
  for (std::size_t searched = 0;; searched = end_ - begin_) {
    // Nothing but a line that is too long can be found once this much was read.
    if (searched > max_line_ && searched - max_line_ > 1) return take(searched, 0);
    if (auto const more = searched == end_ - begin_ ? refill() : result<bool>{true}; !more) return more.error();
    else if (!*more) return begin_ == end_ ? result<bool>{false} : take(end_ - begin_, 0);
    auto const* const start = buffer_.data() + begin_;
    auto const* const end = static_cast<char const*>(std::memchr(start + searched, '\n', end_ - begin_ - searched));
    if (end == nullptr) continue;
    auto const length = static_cast<std::size_t>(end - start);
    bool const carriage = length != 0 && start[length - 1] == '\r';
    return take(carriage ? length - 1 : length, carriage ? 2 : 1);
  }
}

WAYBILL_DECL result<bool> line_reader::next_if_equal(line_reader& other, std::string_view& line) {
  auto const longest = std::min(max_line_, other.max_line_);
  for (;;) {
    auto const common = std::min(end_ - begin_, other.end_ - other.begin_);
    auto const* const start = buffer_.data() + begin_;
    auto const* const end = common == 0 ? nullptr : static_cast<char const*>(std::memchr(start, '\n', common));
    auto length = end == nullptr ? common : static_cast<std::size_t>(end - start);
    if (length > longest) return false;
    if (auto const bytes = length + (end == nullptr ? 0 : 1);
        bytes != 0 && std::memcmp(start, other.buffer_.data() + other.begin_, bytes) != 0)
      return false;
    if (end != nullptr) {
      begin_ += length + 1;
      other.begin_ += length + 1;
      ++number_;
      ++other.number_;
      if (length != 0 && start[length - 1] == '\r') --length;
      line = {start, length};
      return true;
    }
    // All that is there of the line is equal; whoever has less needs more.
    auto const more = end_ - begin_ == common ? refill() : other.refill();
    if (!more || !*more) return more;
  }
}

WAYBILL_DECL result<bool> line_reader::refill() {
  if (at_end_) return false;
  if (begin_ != 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.empty() ? detail::first_line_buffer : buffer_.size() * 2);
  auto const got = source_->read(std::as_writable_bytes(std::span{buffer_}.subspan(end_)));
  if (!got) return got.error();
  end_ += *got;
  at_end_ = *got == 0;
  return !at_end_;
}

WAYBILL_DECL result<manifest_reader> manifest_reader::open(byte_source& source, read_limits limits) {
  manifest_reader out{source, limits};
  std::string_view text;
  auto const more = out.lines_.next(text);
  if (!more) return more.error();
  if (!*more || detail::is_blank(text))
    return make_error(errc::malformed_manifest, "no header; a manifest starts with a line like {\"version\": \"v0\"}",
                      "line 1");
  auto header = quilt::parse_header(text);
  if (!header) return header.error();
  out.header_ = std::move(*header);
  return out;
}

WAYBILL_DECL result<manifest_reader::item const*> manifest_reader::next() {
  std::string_view text;
  item_ = {};
  auto const more = lines_.next(text);
  if (!more) return more.error();
  if (!*more) return static_cast<item const*>(nullptr);
  if (auto const accepted = accept(text); !accepted) return accepted.error();
  return &item_;
}

WAYBILL_DECL result<void> manifest_reader::accept(std::string_view text) {
  item_ = {};
  item_.text = text;
  auto const number = lines_.number();
  if (detail::is_blank(text))
    return make_error(errc::malformed_manifest, "blank line; remove it", "line " + std::to_string(number));
  item_.plain = quilt::scan_plain_line(text);
  if (item_.plain && quilt::is_valid(*item_.plain)) {
    item_.key = item_.plain->key;
  } else {
    item_.plain.reset();
    auto parsed = quilt::parse_line(text, number);
    if (!parsed) return parsed.error();
    item_.parsed = std::move(*parsed);
    item_.key = std::visit([](auto const& line) { return std::string_view{line.key}; }, *item_.parsed);
    if (std::holds_alternative<directory_meta>(*item_.parsed)) return {};
  }
  if (auto const counted = count_entry(); !counted) return counted;
  return check_order(item_.key);
}

WAYBILL_DECL result<void> manifest_reader::count_entry() {
  if (++entries_ <= limits_.max_entries) return {};
  return make_error(errc::too_large, "the manifest has over " + std::to_string(limits_.max_entries) + " entries",
                    "line " + std::to_string(lines_.number()));
}

WAYBILL_DECL result<std::uint64_t> manifest_reader::skip_equal(manifest_reader& other) {
  item_ = {};
  other.item_ = {};
  std::uint64_t equal = 0;
  bool sorted_before = true;
  for (std::string_view text;;) {
    auto const same = lines_.next_if_equal(other.lines_, text);
    if (!same) return same.error();
    if (!*same) break;
    auto const plain = quilt::scan_plain_line(text);
    std::string_view key;
    if (plain && quilt::is_valid(*plain)) {
      key = plain->key;
      if (auto const counted = count_entry(); !counted) return counted.error();
      if (auto const ordered = check_order(key); !ordered) return ordered.error();
    } else {
      if (auto const accepted = accept(text); !accepted) return accepted.error();
      if (item_.parsed && std::holds_alternative<directory_meta>(*item_.parsed)) continue;
      key = item_.key;
    }
    if (auto const counted = other.count_entry(); !counted) return counted.error();
    // From the second line on both sides have the same line before it, so that one check serves both.
    if (equal++ != 0) continue;
    if (auto const ordered = other.check_order(key); !ordered) return ordered.error();
    sorted_before = std::exchange(sorted_, true);
  }
  if (equal != 0) {
    other.previous_key_ = previous_key_;
    other.sorted_ = other.sorted_ && sorted_;
    sorted_ = sorted_ && sorted_before;
  }
  return equal;
}

WAYBILL_DECL result<void> manifest_reader::check_order(std::string_view key) {
  if (!previous_key_.empty()) {
    auto ordered = detail::check_neighbours(previous_key_, key);
    if (!ordered) {
      auto e = ordered.error();
      e.path = "/logical_key";
      return detail::at_line(std::move(e), lines_.number());
    }
    if (!*ordered) sorted_ = false;
  }
  previous_key_ = key;
  return {};
}

WAYBILL_DECL result<entry> manifest_reader::to_entry(item const& i) const {
  if (i.parsed) return std::get<entry>(*i.parsed);
  return quilt::to_entry(*i.plain);
}

WAYBILL_DECL result<entry> manifest_reader::take_entry() {
  if (item_.parsed) return std::get<entry>(std::move(*item_.parsed));
  return quilt::to_entry(*item_.plain);
}

}  // namespace waybill::inline WAYBILL_ABI

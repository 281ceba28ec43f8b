#pragma once

#include <waybill/http/incoming.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline std::string_view without_blanks(std::string_view text) noexcept {
  auto const from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n") + 1 - from);
}

/// The three digits of `HTTP/1.1 200 OK`, or 0.
inline int status_of_line(std::string_view line) noexcept {
  line.remove_prefix(std::min(line.find(' '), line.size()));
  line = without_blanks(line);
  int status = 0;
  auto const read = std::from_chars(line.data(), line.data() + std::min<std::size_t>(line.size(), 3), status);
  bool const three = read.ec == std::errc{} && read.ptr == line.data() + 3;
  return three && (line.size() == 3 || line[3] == ' ') ? status : 0;
}

}  // namespace detail

WAYBILL_DECL result<void> incoming_answer::take_head_line(std::string_view line) {
  received_ += line.size();
  head_size_ += line.size();
  if (head_size_ > max_head_size_)
    return make_error(errc::permanent, "the answer's head has more than " + std::to_string(max_head_size_) + " bytes");
  if (head_complete_) return {};
  auto const text = detail::without_blanks(line);
  if (line.starts_with("HTTP/")) {
    headers_ = {};
    status_ = detail::status_of_line(text);
  } else if (text.empty()) {
    if (status_ == 0) return make_error(errc::permanent, "the answer has no status; is it an HTTP server?");
    head_complete_ = status_ >= 200;
  } else if (line.front() == ' ' || line.front() == '\t') {
    headers_.extend_last(text);
  } else if (auto const colon = line.find(':'); colon != std::string_view::npos) {
    headers_.add({std::string{detail::without_blanks(line.substr(0, colon))},
                  std::string{detail::without_blanks(line.substr(colon + 1))}});
  }
  return {};
}

WAYBILL_DECL void incoming_answer::expect_another_head() noexcept {
  head_complete_ = false;
  kept_.clear();
}

WAYBILL_DECL void incoming_answer::take_body(byte_view bytes) {
  received_ += bytes.size();
  auto const n = std::min(bytes.size(), wanted_.size());
  if (n != 0) std::memcpy(wanted_.data(), bytes.data(), n);
  wanted_ = wanted_.subspan(n);
  delivered_ += n;
  kept_.insert(kept_.end(), bytes.begin() + static_cast<std::ptrdiff_t>(n), bytes.end());
}

WAYBILL_DECL std::size_t incoming_answer::read_kept(std::span<std::byte> buffer) noexcept {
  auto const n = std::min(buffer.size(), kept_.size() - kept_from_);
  if (n != 0) std::memcpy(buffer.data(), kept_.data() + kept_from_, n);
  kept_from_ += n;
  if (kept_from_ == kept_.size()) {
    kept_.clear();
    kept_from_ = 0;
  }
  return n;
}

WAYBILL_DECL void incoming_answer::wait_for(std::span<std::byte> buffer) noexcept {
  wanted_ = buffer;
  delivered_ = 0;
}

WAYBILL_DECL std::size_t incoming_answer::stop_waiting() noexcept {
  wanted_ = {};
  return std::exchange(delivered_, 0);
}

}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/scan/load_manifest.hpp>

#include <waybill/manifest/part.hpp>
#include <waybill/scan/pool.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Text that one worker reads at a time: enough to make a hand-over cheap, little enough for all to have some.
inline constexpr std::size_t text_of_a_part = std::size_t{256} << 10;

/// Cuts a stream into pieces of whole lines.
class line_pieces {
 public:
  line_pieces(byte_source& source, std::size_t max_line) : source_{&source}, max_line_{max_line} {}

  /** The next lines. A line that is too long comes without its end, for its reader to refuse.
      @return false at the end  @errors whatever the source says, once what it gave before was handed out */
  [[nodiscard]] result<bool> next(std::string& piece, std::size_t& lines_before) {
    lines_before = lines_;
    piece = std::exchange(rest_, {});
    std::size_t end = 0;  // behind the last whole line
    while (!failed_ && !at_end_ && (end == 0 ? !too_long(piece.size()) : piece.size() < text_of_a_part)) {
      auto const had = piece.size();
      read_more(piece);
      // Only what is new: a line may be long.
      auto const found = std::string_view{piece}.substr(had).rfind('\n');
      if (found != std::string_view::npos) end = had + found + 1;
    }
    if (failed_ && end == 0) return std::move(*failed_);
    if (!at_end_ && end != 0) {
      rest_ = piece.substr(end);
      piece.resize(end);
    }
    lines_ += static_cast<std::size_t>(std::ranges::count(piece, '\n'));
    return !piece.empty();
  }
  /// Nothing is left to hand out.
  [[nodiscard]] bool at_end() const noexcept { return at_end_ && rest_.empty(); }

 private:
  [[nodiscard]] bool too_long(std::size_t bytes) const noexcept { return bytes > 2 && bytes - 2 > max_line_; }
  void read_more(std::string& piece) {
    auto const had = piece.size();
    piece.resize(had + text_of_a_part);
    auto const got = source_->read(std::as_writable_bytes(std::span{piece}.subspan(had)));
    piece.resize(had + (got ? *got : 0));
    if (!got) failed_ = got.error();
    else at_end_ = *got == 0;
  }

  byte_source* source_;
  std::size_t max_line_;
  std::string rest_{};
  std::size_t lines_ = 0;
  std::optional<error> failed_{};
  bool at_end_ = false;
};

/// What one worker reads.
struct piece_of_manifest {
  std::string text{};
  std::size_t lines_before = 0;
  std::optional<manifest_header> header{};
  manifest_part part{};

  [[nodiscard]] result<void> read(read_limits const& limits) {
    memory_source lines{std::string_view{text}};
    auto reader = lines_before == 0 ? manifest_reader::open(lines, limits)
                                    : result<manifest_reader>{manifest_reader::behind(lines, lines_before, limits)};
    if (!reader) return reader.error();
    if (lines_before == 0) header = reader->header();
    part = {};
    auto const ended = part.read(*reader, std::numeric_limits<std::size_t>::max());
    if (!ended) return ended.error();
    return {};
  }
};

}  // namespace detail

WAYBILL_DECL result<manifest> load_manifest(byte_source& source, job_control const& control, read_limits limits) {
  detail::line_pieces pieces{source, limits.max_line};
  detail::piece_of_manifest first;
  if (auto const more = pieces.next(first.text, first.lines_before); !more) return more.error();
  if (auto const read = first.read(limits); !read) return read.error();
  manifest_assembly all{std::move(*first.header), limits};
  if (auto const added = all.add(std::move(first.part)); !added) return added.error();
  if (pieces.at_end()) return all.finish();
  std::vector<detail::piece_of_manifest> each(worker_count(control));
  auto const done = parallel_stream(
      control, [&](unsigned worker) { return pieces.next(each[worker].text, each[worker].lines_before); },
      [&](unsigned worker) { return each[worker].read(limits); },
      [&](unsigned worker) { return all.add(std::move(each[worker].part)); });
  if (!done) return done.error();
  return all.finish();
}

}  // namespace waybill::inline WAYBILL_ABI

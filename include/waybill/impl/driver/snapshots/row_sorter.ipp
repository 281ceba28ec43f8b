#pragma once

#include <waybill/driver/snapshots/row_sorter.hpp>

#include <waybill/core/bytes.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/store/object.hpp>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/// Rows of one file, in order.
class row_sorter::run {
 public:
  explicit run(byte_source& from) : reader_{from} {}
  [[nodiscard]] result<void> advance(std::span<std::size_t const> at) {
    auto const next = reader_.next();
    if (!next) return next.error();
    row = *next;
    key.clear();
    if (row)
      for (auto const i : at) key.push_back((*row)[i]);
    return {};
  }

  std::optional<std::span<cell_view const>> row{};
  std::vector<cell_view> key{};

 private:
  csv_reader reader_;
};

WAYBILL_DECL result<void> row_sorter::add(std::span<cell_view const> values) {
  held_row held;
  for (auto const at : at_) held.key.push_back(values[at] ? std::optional{std::string{*values[at]}} : std::nullopt);
  append_csv_row(held.line, values);
  held_bytes_ += held.line.size() + sizeof(held_row) + at_.size() * sizeof(held.key[0]);
  held_.push_back(std::move(held));
  return held_bytes_ < memory_ ? result<void>{} : spill();
}

/// Writes what is held into a file that ends with the sorter.
WAYBILL_DECL result<void> row_sorter::spill() {
  std::stable_sort(held_.begin(), held_.end(), [&](held_row const& a, held_row const& b) {
    std::vector<cell_view> const key_a(a.key.begin(), a.key.end()), key_b(b.key.begin(), b.key.end());
    return compare_keys(key_.kinds, key_a, key_b) < 0;
  });
  auto const file = in_->create(0600);
  if (!file) return file.error();
  file_sink sink{file->fd(), in_->path()};
  std::string block;
  std::uint64_t size = 0;
  for (std::size_t i = 0; i != held_.size(); ++i) {
    block += held_[i].line;
    size += held_[i].line.size();
    if (block.size() < (std::size_t{1} << 18) && i + 1 != held_.size()) continue;
    if (auto const r = sink.write(as_bytes(block)); !r) return r;
    block.clear();
  }
  file_descriptor own{::fcntl(file->fd(), F_DUPFD_CLOEXEC, 0)};
  if (!own) return system_error(errno, "cannot open again what was kept", in_->path());
  runs_.push_back(std::make_unique<file_range_source>(std::move(own), size, byte_range{}, in_->path()));
  held_.clear();
  held_bytes_ = 0;
  return {};
}

WAYBILL_DECL result<void> row_sorter::drain(values_visitor const& visit) {
  if (!held_.empty())
    if (auto const r = spill(); !r) return r;
  std::vector<run> runs;
  for (auto const& source : runs_) {
    if (auto const r = runs.emplace_back(*source).advance(at_); !r) return r;
  }
  for (;;) {
    run* least = nullptr;
    // Of equal keys the first file has the row that came first.
    for (auto& r : runs)
      if (r.row && (least == nullptr || compare_keys(key_.kinds, r.key, least->key) < 0)) least = &r;
    if (least == nullptr) return {};
    if (auto const r = visit(*least->row); !r) return r;
    if (auto const r = least->advance(at_); !r) return r;
  }
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

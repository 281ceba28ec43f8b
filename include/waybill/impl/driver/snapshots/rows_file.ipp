#pragma once

#include <waybill/driver/snapshots/rows_file.hpp>

#include <waybill/json/write.hpp>
#include <waybill/store/object.hpp>

#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace table {

WAYBILL_DECL result<rows_writer> rows_writer::begin(root_directory const& in, schema const& s) {
  auto file = in.create(0644);
  if (!file) return file.error();
  auto sink = std::make_unique<detail::hashed_file_sink>(file->fd(), in.path());
  sink->hasher.update(as_bytes("waybill-table-v1\n" + json::compact(to_json(s)) + "\n"));
  rows_writer out{std::move(*file), std::move(sink)};
  if (auto const r = out.csv_.write_names(names_of(s)); !r) return r.error();
  return out;
}

WAYBILL_DECL result<void> rows_writer::add(std::span<cell_view const> values) { return csv_.write(values); }

WAYBILL_DECL result<std::string> rows_writer::finish() {
  if (auto const r = csv_.flush(); !r) return r.error();
  return sink_->hasher.finish().hex();
}

WAYBILL_DECL result<void> rows_writer::name(std::string_view key) && {
  return std::move(file_).commit(key, durability::each);
}

WAYBILL_DECL result<readable_rows> read_rows(std::unique_ptr<byte_source> source) {
  auto table = csv_table::open(*source);
  if (!table) return table.error();
  return readable_rows{std::move(source), std::move(*table)};
}

WAYBILL_DECL result<readable_rows> read_rows(root_directory const& in, std::string_view key) {
  auto source = open_bytes(in, key);
  if (!source) return source.error();
  return read_rows(std::move(*source));
}

WAYBILL_DECL readable_rows no_rows(std::span<std::string const> columns) {
  std::string text;
  std::vector<cell_view> const names(columns.begin(), columns.end());
  append_csv_row(text, names);
  auto bytes = std::make_shared<std::string const>(std::move(text));
  return read_rows(std::make_unique<shared_source>(std::move(bytes), byte_range{})).value();
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> open_bytes(root_directory const& in, std::string_view key) {
  auto file = in.open_file(key);
  if (!file) return file.error();
  return std::unique_ptr<byte_source>{
      std::make_unique<file_range_source>(std::move(file->fd), file->state.size, byte_range{}, std::move(file->path))};
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

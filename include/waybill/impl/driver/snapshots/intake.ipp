#pragma once

#include <waybill/driver/snapshots/intake.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/driver/snapshots/row_sorter.hpp>
#include <waybill/protocol/table/inference.hpp>
#include <waybill/protocol/table/row_order.hpp>
#include <waybill/protocol/table/value.hpp>
#include <waybill/store/object.hpp>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

/// Rows of a source that is read once, to be read again.
struct spooled_rows {
  std::unique_ptr<byte_source> source;
  schema columns;
};

/// Puts the rows aside, and says what schema they ask for.
inline result<spooled_rows> spool(root_directory const& in, csv_table& rows, std::vector<std::string> const& key) {
  auto file = in.create(0600);
  if (!file) return file.error();
  file_sink sink{file->fd(), in.path()};
  csv_writer writer{sink};
  schema_inference seen{rows.columns()};
  if (auto const r = writer.write_names(rows.columns()); !r) return r.error();
  for (;;) {
    auto const row = rows.next();
    if (!row) return row.error();
    if (!*row) break;
    seen.see(**row);
    if (auto const r = writer.write(**row); !r) return r.error();
  }
  if (auto const r = writer.flush(); !r) return r.error();
  auto columns = seen.finish(key);
  if (!columns) return columns.error();
  file_descriptor own{::fcntl(file->fd(), F_DUPFD_CLOEXEC, 0)};
  if (!own) return system_error(errno, "cannot open again what was kept", in.path());
  auto const state = state_of(own.get(), in.path());
  if (!state) return state.error();
  return spooled_rows{std::make_unique<file_range_source>(std::move(own), state->size, byte_range{}, in.path()),
                      std::move(*columns)};
}

/// The columns of a schema that rows of CSV have, in the order of the schema.
class incoming_columns {
 public:
  static result<incoming_columns> match(schema const& s, std::vector<std::string> const& given) {
    incoming_columns out;
    for (auto const& name : given)
      if (std::none_of(s.columns.begin(), s.columns.end(), [&](column const& c) { return c.name == name; }))
        return make_error(errc::malformed_table,
                          "the table has no column '" + printable(name) +
                              "'; rows with other columns replace all others, with a schema",
                          "line 1");
    for (auto const& c : s.columns) {
      auto const at = std::find(given.begin(), given.end(), c.name);
      if (at == given.end() && std::find(s.primary_key.begin(), s.primary_key.end(), c.name) != s.primary_key.end())
        return make_error(errc::malformed_table, "column '" + printable(c.name) + "' of the primary key is missing",
                          "line 1");
      out.from_.push_back(at == given.end() ? std::nullopt
                                            : std::optional{static_cast<std::size_t>(at - given.begin())});
      out.types_.push_back(parse_type(c.type).value());
    }
    out.columns_ = &s.columns;
    out.scratch_.resize(out.types_.size());
    out.values_.resize(out.types_.size());
    return out;
  }

  [[nodiscard]] bool is_given(std::size_t column) const noexcept { return from_[column].has_value(); }
  /// The values in canonical form and the order of the schema, NULL where none is given. @lifetime until the next call
  result<std::span<cell_view const>> take(std::span<cell_view const> row, std::uint64_t line) {
    for (std::size_t i = 0; i != from_.size(); ++i) {
      values_[i] = from_[i] ? row[*from_[i]] : cell_view{};
      if (!values_[i]) {
        if (from_[i] && !(*columns_)[i].nullable) return at_place(no_null(), line, i);
        continue;
      }
      auto const form = canonical_value(types_[i], *values_[i], scratch_[i]);
      if (!form) return at_place(form.error(), line, i);
      values_[i] = *form;
    }
    return std::span<cell_view const>{values_};
  }
  /// Whether a row without a predecessor can stand without the values that are not given.
  result<void> check_new() const {
    for (std::size_t i = 0; i != from_.size(); ++i)
      if (!from_[i] && !(*columns_)[i].nullable)
        return make_error(errc::malformed_table,
                          "a new row has no value for column '" + printable((*columns_)[i].name) + "', which needs one",
                          "line 1");
    return {};
  }

 private:
  static error no_null() {
    return make_error(errc::malformed_table, "NULL stands where there must be a value (an empty text is written \"\")");
  }
  error at_place(error e, std::uint64_t line, std::size_t column) const {
    e.path = "line " + std::to_string(line) + ", column '" + printable((*columns_)[column].name) + "'";
    return e;
  }

  std::vector<column> const* columns_ = nullptr;
  std::vector<std::optional<std::size_t>> from_;
  std::vector<sql_type> types_;
  std::vector<std::string> scratch_;
  std::vector<cell_view> values_;
};

/// Rows that come in the order of their key meet those that are there.
class row_meeting {
 public:
  row_meeting(write_mode mode, key_columns const& key, incoming_columns const& columns, ordered_rows* there,
              rows_writer& out)
      : mode_{mode}, key_{&key}, columns_{&columns}, there_{there}, out_{&out} {}

  /// @param key_at  positions of the key in a row
  result<void> take(std::span<cell_view const> row, std::span<std::size_t const> key_at) {
    if (held_ && same_key(row, key_at)) {
      if (mode_ != write_mode::upsert) return twice(row, key_at);
    } else if (held_) {
      if (auto const r = emit(key_at); !r) return r;
    }
    held_ = std::vector<std::optional<std::string>>(row.begin(), row.end());
    return {};
  }
  result<void> finish(std::span<std::size_t const> key_at) {
    if (held_)
      if (auto const r = emit(key_at); !r) return r;
    while (there_ != nullptr && !there_->at_end())
      if (auto const r = pass(); !r) return r;
    return {};
  }

 private:
  bool same_key(std::span<cell_view const> row, std::span<std::size_t const> at) const {
    return std::all_of(at.begin(), at.end(), [&](std::size_t i) { return (*held_)[i] == row[i]; });
  }
  static error twice(std::span<cell_view const> row, std::span<std::size_t const> at) {
    std::string text;
    for (auto const i : at) text += (text.empty() ? "" : ", ") + printable(row[i].value_or(""));
    return make_error(errc::collision, "the key (" + text + ") is there already");
  }
  result<void> pass() {
    if (auto const r = out_->add(there_->row()); !r) return r;
    return there_->advance();
  }
  /// Puts the row that waits at its place.
  result<void> emit(std::span<std::size_t const> key_at) {
    auto const held = *std::exchange(held_, std::nullopt);
    std::vector<cell_view> values(held.begin(), held.end()), key;
    for (auto const i : key_at) key.push_back(values[i]);
    while (there_ != nullptr && !there_->at_end()) {
      int const order = compare_keys(key_->kinds, there_->key(), key);
      if (order > 0) break;
      if (order < 0) {
        if (auto const r = pass(); !r) return r;
        continue;
      }
      if (mode_ == write_mode::append) return twice(values, key_at);
      for (std::size_t i = 0; i != values.size(); ++i)
        if (!columns_->is_given(i)) values[i] = there_->row()[i];
      if (auto const r = out_->add(values); !r) return r;
      return there_->advance();
    }
    if (auto const r = columns_->check_new(); !r) return r;
    return out_->add(values);
  }

  write_mode mode_;
  key_columns const* key_;
  incoming_columns const* columns_;
  ordered_rows* there_;
  rows_writer* out_;
  std::optional<std::vector<std::optional<std::string>>> held_{};  ///< the last row that came
};

/// The schema of the next state, where it does not depend on the rows; empty where it does.
inline result<std::optional<schema>> wanted_schema(write_request const& what,
                                                   std::optional<table_before> const& before) {
  if (!before) {
    if (what.primary_key.empty() && (!what.columns || what.columns->primary_key.empty()))
      return make_error(errc::usage, "the table is new, and needs a primary key; name its columns", what.table);
    if (!what.columns) return std::optional<schema>{};
  } else {
    auto const& key = before->columns.primary_key;
    auto const& asked = what.columns && what.primary_key.empty() ? what.columns->primary_key : what.primary_key;
    if (!asked.empty() && asked != key) {
      std::string names;
      for (auto const& name : key) names += (names.empty() ? "" : ",") + printable(name);
      return make_error(errc::usage, "the table has another primary key: " + names, what.table);
    }
    if (!what.columns) return std::optional{before->columns};
  }
  auto s = *what.columns;
  if (!what.primary_key.empty()) s.primary_key = what.primary_key;
  auto good = checked(std::move(s));
  if (!good) return good.error();
  if (before && *good != before->columns && what.mode != write_mode::replace)
    return make_error(errc::usage, "the table has another schema; only rows that replace all others may change it",
                      what.table);
  return std::optional{std::move(*good)};
}

inline result<void> sort_incoming(csv_table& given, incoming_columns& columns, row_sorter& sorter) {
  for (;;) {
    auto const next = given.next();
    if (!next) return next.error();
    if (!*next) return {};
    auto const values = columns.take(**next, given.line());
    if (!values) return values.error();
    if (auto const r = sorter.add(*values); !r) return r;
  }
}

/// Rows that are there already. @lifetime refers to the key
struct present_rows {
  std::optional<readable_rows> rows{};
  std::optional<ordered_rows> ordered{};

  result<void> begin(table_before const& before, key_columns const& key) {
    auto opened = before.open();
    if (!opened) return opened.error();
    rows.emplace(std::move(*opened));
    auto over = ordered_rows::over(rows->table, key);
    if (!over) return over.error();
    ordered.emplace(std::move(*over));
    return ordered->advance();
  }
};

/// The next state of a table of these columns.
inline result<taken_rows> meet_rows(root_directory const& in, write_mode mode, schema const& columns,
                                    std::optional<table_before> const& before, csv_table& given) {
  auto incoming = incoming_columns::match(columns, given.columns());
  if (!incoming) return incoming.error();
  auto const key = primary_key_of(columns);
  auto const key_at = positions_of(key.names, names_of(columns)).value();
  row_sorter sorter{in, key, key_at};
  if (auto const r = sort_incoming(given, *incoming, sorter); !r) return r.error();
  present_rows there;
  if (before && mode != write_mode::replace)
    if (auto const r = there.begin(*before, key); !r) return r.error();
  auto out = rows_writer::begin(in, columns);
  if (!out) return out.error();
  row_meeting meeting{mode, key, *incoming, there.ordered ? &*there.ordered : nullptr, *out};
  auto const drained = sorter.drain([&](std::span<cell_view const> values) { return meeting.take(values, key_at); });
  if (!drained) return drained.error();
  if (auto const r = meeting.finish(key_at); !r) return r.error();
  auto hash = out->finish();
  if (!hash) return hash.error();
  return taken_rows{std::move(*out), columns, std::move(*hash)};
}

}  // namespace detail

WAYBILL_DECL result<taken_rows> take_rows(root_directory const& in, write_request const& what,
                                          std::optional<table_before> const& before, byte_source& csv) {
  auto const wanted = detail::wanted_schema(what, before);
  if (!wanted) return wanted.error();
  auto given = csv_table::open(csv);
  if (!given) return given.error();
  if (*wanted) return detail::meet_rows(in, what.mode, **wanted, before, *given);
  auto const spooled = detail::spool(in, *given, what.primary_key);
  if (!spooled) return spooled.error();
  auto again = csv_table::open(*spooled->source);
  if (!again) return again.error();
  return detail::meet_rows(in, what.mode, spooled->columns, before, *again);
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

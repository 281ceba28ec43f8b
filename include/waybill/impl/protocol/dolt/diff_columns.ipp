#pragma once

#include <waybill/protocol/dolt/diff_columns.hpp>

#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {
namespace detail {

inline error unknown_diff() { return make_error(errc::unsupported, "this Dolt compares tables in another form"); }

inline bool without_prefix(std::span<std::string const> names, std::string_view prefix, std::vector<std::string>& out) {
  for (auto const& name : names) {
    if (!name.starts_with(prefix)) return false;
    out.push_back(name.substr(prefix.size()));
  }
  return true;
}

inline void assign(table::row& to, std::span<table::cell_view const> values) {
  to.clear();
  for (auto const& v : values) to.push_back(v ? table::cell{std::string{*v}} : table::cell{});
}

}  // namespace detail

WAYBILL_DECL result<diff_columns> diff_columns::of(std::span<std::string const> names) {
  constexpr std::size_t commit_and_date = 2;
  std::size_t end = 0;  // of the new table's columns; a column of the user's may have these names too, but not the last
  for (std::size_t i = 0; i + 1 < names.size(); ++i)
    if (names[i] == "to_commit" && names[i + 1] == "to_commit_date") end = i + commit_and_date;
  if (end == 0 || names.size() < end + commit_and_date + 1 || names.back() != "diff_type" ||
      names[names.size() - 3] != "from_commit" || names[names.size() - 2] != "from_commit_date")
    return detail::unknown_diff();
  diff_columns out{.old_at = end};
  if (!detail::without_prefix(names.first(end - commit_and_date), "to_", out.new_columns) ||
      !detail::without_prefix(names.subspan(end, names.size() - end - commit_and_date - 1), "from_", out.old_columns))
    return detail::unknown_diff();
  return out;
}

WAYBILL_DECL result<table::change_kind> diff_columns::split(std::span<table::cell_view const> values,
                                                            table::row& old_row, table::row& new_row) const {
  auto const kind = values.back().value_or(std::string_view{});
  detail::assign(new_row, values.first(new_columns.size()));
  detail::assign(old_row, values.subspan(old_at, old_columns.size()));
  if (kind == "modified") return table::change_kind::modified;
  if (kind == "added") {
    old_row.clear();
    return table::change_kind::added;
  }
  if (kind != "removed") return detail::unknown_diff();
  new_row.clear();
  return table::change_kind::removed;
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/driver/dolt/reading.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/driver/dolt/place.hpp>
#include <waybill/protocol/dolt/names.hpp>
#include <waybill/protocol/dolt/sql_text.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {
namespace detail {

/// Notes whether anything was written.
class touched_sink final : public byte_sink {
 public:
  explicit touched_sink(byte_sink& to) : to_{&to} {}
  [[nodiscard]] result<void> write(byte_view bytes) override {
    touched_ = true;
    return to_->write(bytes);
  }
  [[nodiscard]] bool touched() const noexcept { return touched_; }

 private:
  byte_sink* to_;
  bool touched_ = false;
};

/// Goes to what is read. @return its branch and commit
inline result<lineage::table_version> go_to_state(session& in, table::read_request const& what) {
  auto const at = place_of(in);
  if (!at) return at.error();
  lineage::table_version out{.table = what.table, .query = what.query};
  if (what.as_of) {
    auto commit = resolve(in, *what.as_of);
    if (!commit) return commit.error();
    auto const branch = head_of(in, *what.as_of);
    if (!branch) return branch.error();
    if (*branch) out.branch = *what.as_of;
    out.commit = *commit;
    if (auto const r = go_to(in, *at, *commit); !r) return r.error();
    return out;
  }
  out.branch = at->branch;
  if (!what.writer.empty()) {
    auto const own = branch_of(what.writer);
    auto const head = head_of(in, own);
    if (!head) return head.error();
    if (*head) out.branch = own;
  }
  if (auto const r = go_to(in, *at, *out.branch); !r) return r.error();
  return out;
}

/// A query only asks: Dolt makes and drops tables also in a transaction that only reads.
inline result<void> check_query(std::string_view query) {
  if (auto const r = check_sayable(query, "the query"); !r) return r.error();
  auto const text = waybill::detail::ascii_trimmed(query);
  auto const word = waybill::detail::ascii_lower_text(text.substr(0, text.find_first_of(" \t\r\n(*`'\"")));
  for (std::string_view const known : {"select", "with", "table", "values", "show", "describe", "explain"})
    if (word == known) return {};
  if (text.starts_with('(')) return {};
  return make_error(errc::usage, "a query begins with SELECT or WITH; '" + printable(word) + "' is no question");
}

inline result<lineage::table_version> read_once(connection const& from, table::read_request const& what,
                                                byte_sink& csv) {
  auto in = session::open(from);
  if (!in) return in.error();
  auto out = go_to_state(*in, what);
  if (!out) return out.error();
  if (auto const r = in->ask("START TRANSACTION READ ONLY"); !r) return r.error();
  auto hash = hash_of(*in, what.table);
  if (!hash) return hash.error();
  out->hash = std::move(*hash);
  out->db = from.name;
  if (!out->commit) {
    auto head = resolve(*in, "HEAD");
    if (!head) return head.error();
    out->commit = std::move(*head);
    auto const dirty = is_dirty(*in, what.table);
    if (!dirty) return dirty.error();
    out->dirty = *dirty;
  }
  // Rows of a whole table come in the order of its primary key, which is the one they are stored in.
  auto const rows = what.query ? *what.query : "SELECT * FROM " + quoted_name(what.table);
  if (auto const r = in->stream(rows, csv); !r) return r.error();
  return out;
}

}  // namespace detail

WAYBILL_DECL result<lineage::table_version> read_table(connection const& from, table::read_request const& what,
                                                       byte_sink& csv) {
  if (auto const r = check_sayable(what.table, "the table"); !r) return r.error();
  if (what.query)
    if (auto const r = detail::check_query(*what.query); !r) return r.error();
  detail::touched_sink to{csv};
  return repeat(from.wait, [&] { return detail::read_once(from, what, to); }, [&] { return !to.touched(); });
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

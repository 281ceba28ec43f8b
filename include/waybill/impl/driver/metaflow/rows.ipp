#pragma once

#include <waybill/driver/metaflow/rows.hpp>

#include <waybill/driver/metaflow/delivery.hpp>
#include <waybill/lineage/record_names.hpp>

#include <tuple>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace metaflow {
namespace detail {

/// Writes each state of a table once.
class row_writer {
 public:
  row_writer(std::string directory, database_opener const& open) : directory_{std::move(directory)}, open_{open} {}

  result<use_rows> write(use const& u, std::string const& place, std::size_t position) {
    auto const* t = u.record.table();
    if (t == nullptr) return use_rows{{}, "a package has no rows; waybill install places its files"};
    if (!t->commit) return use_rows{{}, "never committed"};
    if (t->dirty) return use_rows{{}, "read from the working set before it was committed"};
    auto const [at, is_new] = written_.try_emplace({t->db, t->table, *t->commit, t->query.value_or("")});
    if (!is_new) return use_rows{at->second, {}};
    auto const file = directory_ + "/" + path_of(place) + "/" + std::to_string(position) + "." +
                      lineage::name_segment(t->table) + ".csv";
    if (auto const r = write_file(*t, file); !r) return r.error();
    at->second = file;
    return use_rows{file, {}};
  }

 private:
  /// `run/step`, where neither can leave the directory.
  static std::string path_of(std::string const& place) {
    auto const slash = place.find('/');
    return lineage::name_segment(place.substr(0, slash)) + "/" + lineage::name_segment(place.substr(slash + 1));
  }

  result<void> write_file(lineage::table_version const& t, std::string const& file) {
    auto& db = databases_[t.db];
    if (!db) {
      auto opened = open_(t.db);
      if (!opened) return opened.error();
      db = std::move(*opened);
    }
    auto out = file_delivery::start(file);
    if (!out) return out.error();
    auto const read = db->read({.table = t.table, .as_of = t.commit, .query = t.query, .writer = {}}, *out);
    if (!read) return read.error();
    if (t.hash && read->hash && !t.query && *t.hash != *read->hash)
      return make_error(errc::digest_mismatch,
                        "the rows of commit " + *t.commit +
                            " have not the hash that is recorded; is this the database "
                            "that the run used?",
                        t.db + " " + t.table);
    return out->finish();
  }

  using state = std::tuple<std::string, std::string, std::string, std::string>;
  std::string directory_;
  database_opener const& open_;
  std::map<std::string, std::unique_ptr<table::database>> databases_{};
  std::map<state, std::string> written_{};
};

}  // namespace detail

WAYBILL_DECL result<std::vector<std::vector<use_rows>>> write_rows(std::vector<step_uses> const& answers,
                                                                   std::string const& directory,
                                                                   database_opener const& open) {
  detail::row_writer writer{directory, open};
  std::vector<std::vector<use_rows>> out;
  for (auto const& step : answers) {
    auto& rows = out.emplace_back();
    for (std::size_t i = 0; i < step.uses.size(); ++i) {
      auto one = writer.write(step.uses[i], step.place, i);
      if (!one) return one.error();
      rows.push_back(std::move(*one));
    }
  }
  return out;
}

}  // namespace metaflow
}  // namespace waybill::inline WAYBILL_ABI

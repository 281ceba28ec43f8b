#pragma once

#include <waybill/error.hpp>

#include <cstring>
#include <span>
#include <string>

#include "calls.hpp"

namespace waybill_test {

inline void contract_of_absent_tables(table_opener const& open) {
  table_calls const db{open};
  CHECK(db.code_of_read({.table = "absent"}) == "object_not_found");
  CHECK(db.code_of_read({.table = "absent", .writer = "F/1/s/1.0"}) == "object_not_found");
  CHECK(code_of(db->diff("absent", "nothing", "such", [](auto const&) { return waybill::result<void>{}; })) ==
        "version_not_found");
  CHECK(code_of(db->commit_of("nothing_such")) == "version_not_found");
  CHECK(db.code_of_write({.table = "keyless", .writer = "F/1/s/1.0"}, "id\n1\n") == "usage");
  auto const none = db->commit({.writers = {{"F/1/s/1.0", {"absent"}}}, .message = "m"});
  REQUIRE(ok(none));
  CHECK(none->empty());
}

inline void contract_of_write_modes(table_opener const& open) {
  using waybill::table::write_mode;
  table_calls const db{open};
  auto const request = [](write_mode mode) {
    return waybill::table::write_request{.table = "modes", .primary_key = {"id"}, .mode = mode, .writer = "F/modes"};
  };
  db.write(request(write_mode::upsert), "id,v\n1,one\n2,two\n");
  db.write(request(write_mode::upsert), "id,v\n3,three\n2,zwei\n");
  CHECK(db.read("modes", "F/modes") == "id,v\n1,one\n2,zwei\n3,three\n");
  db.write(request(write_mode::append), "v,id\nfour,4\n");
  CHECK(db.read("modes", "F/modes") == "id,v\n1,one\n2,zwei\n3,three\n4,four\n");
  CHECK(db.code_of_write(request(write_mode::append), "id,v\n5,five\n1,uno\n") == "collision");
  CHECK(db.read("modes", "F/modes") == "id,v\n1,one\n2,zwei\n3,three\n4,four\n");
  auto const replaced = db.write(request(write_mode::replace), "id,v\n2,two\n9,nine\n");
  CHECK(db.read("modes", "F/modes") == "id,v\n2,two\n9,nine\n");
  CHECK(replaced.table == "modes");
  CHECK_FALSE(replaced.commit.has_value());
  CHECK(replaced.hash.has_value());
  CHECK(db.code_of_write(request(write_mode::upsert), "id,unknown\n1,1\n") != "ok");
  CHECK(db.code_of_write({.table = "modes", .primary_key = {"v"}, .writer = "F/modes"}, "id,v\n1,1\n") == "usage");
}

/// Gives its text, then an error.
class breaking_source final : public waybill::byte_source {
 public:
  explicit breaking_source(std::string text) : text_{std::move(text)} {}
  waybill::result<std::size_t> read(std::span<std::byte> buffer) override {
    if (at_ == text_.size()) return waybill::make_error(waybill::errc::interrupted, "the source broke");
    auto const n = std::min({buffer.size(), text_.size() - at_, std::size_t{1000}});
    std::memcpy(buffer.data(), text_.data() + at_, n);
    at_ += n;
    return n;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

/// Rows 1 to `count` as `N,value`.
inline std::string many_rows(unsigned count, std::string const& value) {
  std::string out = "id,v\n";
  for (unsigned i = 1; i <= count; ++i) out += std::to_string(i) + "," + value + "\n";
  return out;
}

/// More rows than any buffer holds, into a table whose columns are told from them.
inline void contract_of_many_rows(table_opener const& open) {
  table_calls const db{open};
  auto const rows = many_rows(60'000, "a value");
  db.write("many", "F/many", rows);
  CHECK(db.read("many", "F/many") == rows);
}

inline void contract_of_failed_writes(table_opener const& open) {
  using waybill::table::write_mode;
  table_calls const db{open};
  for (bool const known : {false, true}) {
    if (known) db.write("failing", "F/failing", "id,v\n1,old\n");
    auto const untouched = [&] {
      if (known) CHECK(db.read("failing", "F/failing") == "id,v\n1,old\n");
      else CHECK(db.code_of_read({.table = "failing", .writer = "F/failing"}) == "object_not_found");
    };
    for (auto const mode : {write_mode::upsert, write_mode::append, write_mode::replace}) {
      waybill::table::write_request const what{
          .table = "failing", .primary_key = {"id"}, .mode = mode, .writer = "F/failing"};
      breaking_source broken{many_rows(20'000, "new")};
      CHECK(code_of(db->write(what, broken)) == "interrupted");
      untouched();
      CHECK(db.code_of_write(what, many_rows(20'000, "new") + "20001,\"not closed\n") != "ok");
      untouched();
      CHECK(db.code_of_write(what, many_rows(20'000, "new") + "20001,one,more\n") != "ok");
      untouched();
      CHECK(db.code_of_write(what, many_rows(20'000, "new") + ",no key\n") != "ok");
      untouched();
    }
  }
}

}  // namespace waybill_test

#include <waybill/lineage/run_view.hpp>

#include "samples.hpp"
#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

attempt_id work(std::uint64_t number, std::string task = "1") { return {"F", "1", "work", std::move(task), number}; }

constexpr attempt_choice last_ok{};
constexpr attempt_choice all{attempt_choice::kind::all, 0};
constexpr attempt_choice number(std::uint64_t n) { return {attempt_choice::kind::numbered, n}; }

}  // namespace

TEST_CASE("an attempt that ended is what it ended as and one that did not is unfinished") {
  run_log const log{{"F", "1"},
                    {record_of(record_kind::begin, work(0)), end_of(work(0), end_status::fail),
                     record_of(record_kind::begin, work(1)), record_of(record_kind::begin, work(2)), end_of(work(2)),
                     record_of(record_kind::begin, work(3))}};
  run_view const view{log};
  CHECK(view.state_of(work(0)) == attempt_state::failed);
  CHECK(view.state_of(work(1)) == attempt_state::unfinished);
  CHECK(view.state_of(work(2)) == attempt_state::ok);
  CHECK(view.state_of(work(3)) == attempt_state::unfinished);
  CHECK(view.state_of(work(9)) == attempt_state::unfinished);
}

TEST_CASE("the last attempt that went well is chosen by number") {
  run_log const log{{"F", "1"},
                    {end_of(work(2)), end_of(work(10)), end_of(work(1)), end_of(work(11), end_status::fail),
                     end_of(work(0, "2"), end_status::fail)}};
  run_view const view{log};
  CHECK(view.chosen(work(10), last_ok));
  CHECK_FALSE(view.chosen(work(2), last_ok));
  CHECK_FALSE(view.chosen(work(11), last_ok));
  CHECK_FALSE(view.chosen(work(0, "2"), last_ok));
  CHECK_FALSE(view.chosen(work(0, "3"), last_ok));
  CHECK(view.chosen(work(11), all));
  CHECK(view.chosen(work(11), number(11)));
  CHECK_FALSE(view.chosen(work(10), number(11)));
}

TEST_CASE("an attempt that nobody began or ended counts as ok") {
  run_log const log{{"F", "1"}, {read_of(work(0), "t", "c", "h")}};
  run_view const view{log};
  CHECK(view.state_of(work(0)) == attempt_state::ok);
  CHECK(view.chosen(work(0), last_ok));
}

TEST_CASE("a commit stands for the writes of its attempt and table before it") {
  run_log const log{
      {"F", "1"},
      {write_of(work(0), "t"), write_of(work(0), "other"), write_of(work(0, "2"), "t"), write_of(work(0), "t"),
       write_of(work(0), "t", "c1"), write_of(work(0), "t"), write_of(work(0), "t", "c2"), write_of(work(0), "t")}};
  run_view const view{log};
  std::vector<bool> seen;
  for (std::size_t i = 0; i < log.records.size(); ++i) seen.push_back(view.superseded(i));
  CHECK(seen == std::vector{true, false, false, true, false, true, false, false});
}

TEST_CASE("a choice of attempts is read from its text") {
  CHECK(parse_attempt_choice("last-ok").value().which == attempt_choice::kind::last_ok);
  CHECK(parse_attempt_choice("all").value().which == attempt_choice::kind::all);
  CHECK(parse_attempt_choice("12").value().number == 12);
  for (auto const* text : {"", "-1", "last", "1x", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK(code_of(parse_attempt_choice(text)) == "usage");
  }
}

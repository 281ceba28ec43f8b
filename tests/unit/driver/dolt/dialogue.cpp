#include <waybill/driver/dolt/dialogue.hpp>

#include <string>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;
using dolt::dialogue;

namespace {

dialogue shell(std::string const& script) {
  auto d = dialogue::start({{"/bin/sh", "-c", script}, {"PATH=/usr/bin:/bin", "WORD=from the environment"}, "/"});
  REQUIRE(ok(d));
  return std::move(*d);
}

}  // namespace

TEST_CASE("a program answers while it is written to") {
  auto d = dialogue::start({{"cat"}, {}, {}});
  REQUIRE(ok(d));
  std::string all;
  // More than the channels hold, so that a side that does not listen would stop the other.
  for (unsigned i = 0; i < 400; ++i) {
    std::string const piece(10'000, static_cast<char>('a' + i % 26));
    all += piece;
    auto const heard = d->send(piece);
    REQUIRE(ok(heard));
    CHECK(*heard);
  }
  auto const code = d->finish();
  REQUIRE(ok(code));
  CHECK(*code == 0);
  CHECK(d->answer() == all);
}

TEST_CASE("what a program complains of is kept apart and its exit code is known") {
  auto d = shell("pwd; echo \"$WORD\" >&2; exit 3");
  auto const code = d.finish();
  REQUIRE(ok(code));
  CHECK(*code == 3);
  CHECK(d.answer() == "/\n");
  CHECK(d.complaint() == "from the environment\n");
}

TEST_CASE("of long complaints the end is kept") {
  auto d = shell(
      "i=0; while [ $i -lt 4000 ]; do echo 'a line of a very long complaint, which has many of them'; "
      "i=$((i+1)); done >&2; echo last >&2");
  REQUIRE(ok(d.finish()));
  CHECK(d.complaint().size() < 200'000);
  CHECK(d.complaint().ends_with("them\nlast\n"));
}

TEST_CASE("writing to a program that has ended is no signal") {
  auto d = shell("exec <&-; echo gone; exit 7");
  for (auto more = d.receive(); more && *more; more = d.receive()) {
  }
  std::string const text(1'000'000, 'x');
  auto const heard = d.send(text);
  REQUIRE(ok(heard));
  CHECK_FALSE(*heard);
  auto const code = d.finish();
  REQUIRE(ok(code));
  CHECK(*code == 7);
  CHECK(d.answer() == "gone\n");
}

TEST_CASE("a program that is ended by a signal says so in its exit code") {
  auto d = shell("kill -9 $$");
  auto const code = d.finish();
  REQUIRE(ok(code));
  CHECK(*code == 128 + 9);
}

TEST_CASE("a program that nobody needs any more is ended") {
  {
    auto const d = shell("exec sleep 1000");
  }
  SUCCEED("the test ends");
}

TEST_CASE("a program that is not there is an error that names it") {
  auto const e = failure(dialogue::start({{"/no/such/program"}, {}, {}}));
  CHECK(e.path == "/no/such/program");
  CHECK(e.code == boost::system::error_code{ENOENT, boost::system::system_category()});
}

#include <waybill/protocol/dolt/answer.hpp>

#include <string>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;
using dolt::answer_splitter;
using rows = std::vector<table::row>;

TEST_CASE("answers of a session are cut apart at their marks") {
  answer_splitter answers;
  CHECK(answers.mark() == "SELECT 1 AS waybill_mark_1 /* waybill */\x1e\n");
  std::string text = "name,hash\nmain,abc\nwaybill_mark_1\n1\nrest";
  auto const first = answers.take(text);
  REQUIRE(ok(first));
  REQUIRE(first->has_value());
  CHECK(**first == rows{{"name", "hash"}, {"main", "abc"}});
  CHECK(text == "rest");
  CHECK(answers.mark() == "SELECT 1 AS waybill_mark_2 /* waybill */\x1e\n");
  text = "waybill_mark_2\n1\n";
  auto const none = answers.take(text);
  REQUIRE(ok(none));
  REQUIRE(none->has_value());
  CHECK((*none)->empty());
  CHECK(text.empty());
}

TEST_CASE("an answer is taken when all of it has come however it is cut") {
  std::string const all = "a,b\n\"x\ny\",\n\"\",\"say \"\"hi\"\"\"\n\"waybill_mark_1\n1\n\",z\nwaybill_mark_1\n1\n";
  for (std::size_t piece = 1; piece <= all.size(); ++piece) {
    answer_splitter answers;
    (void)answers.mark();
    std::string text;
    for (std::size_t at = 0; at < all.size(); at += piece) {
      text += all.substr(at, piece);
      auto const r = answers.take(text);
      REQUIRE(ok(r));
      REQUIRE(r->has_value() == (at + piece >= all.size()));
      if (*r) CHECK(**r == rows{{"a", "b"}, {"x\ny", {}}, {"", "say \"hi\""}, {"waybill_mark_1\n1\n", "z"}});
    }
    CHECK(text.empty());
  }
}

TEST_CASE("what a server says to statements without a result is no answer") {
  answer_splitter answers;
  (void)answers.mark();
  std::string text = "\n\nname\n\nx\nwaybill_mark_1\n1\n";
  auto const r = answers.take(text);
  REQUIRE(ok(r));
  REQUIRE(r->has_value());
  CHECK(**r == rows{{"name"}, {{}}, {"x"}});
}

#include <waybill/http/incoming.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;

namespace {

result<incoming_answer> take(std::vector<std::string> const& lines, std::size_t limit = 1000) {
  incoming_answer answer{limit};
  for (auto const& line : lines)
    if (auto const r = answer.take_head_line(line); !r) return r.error();
  return answer;
}

std::string read_all(incoming_answer& answer) {
  std::string out;
  std::array<std::byte, 4> buffer;
  while (auto const n = answer.read_kept(buffer)) out.append(as_text(std::span{buffer}.first(n)));
  return out;
}

}  // namespace

TEST_CASE("a head is taken line by line and interim heads are passed over") {
  auto const answer =
      take({"HTTP/1.1 100 Continue\r\n", "X-Early: 1\r\n", "\r\n", "HTTP/1.1 206 Partial Content\r\n",
            "ETag:  \"x\" \t\r\n", "Folded: one\r\n", "  two\r\n", "no field\r\n", "Empty:\r\n", "\r\n"})
          .value();
  CHECK(answer.head_complete());
  CHECK(answer.status() == 206);
  CHECK(answer.headers() == header_list{{"ETag", "\"x\""}, {"Folded", "one two"}, {"Empty", ""}});
  CHECK_FALSE(take({"HTTP/1.1 100 Continue\r\n", "\r\n"}).value().head_complete());
  CHECK(take({"HTTP/2 200\r\n", "\r\n"}).value().status() == 200);
  CHECK(take({"HTTP/1.1 204 \r\n", "\r\n"}).value().status() == 204);
  CHECK(take({" lost\r\n", "HTTP/1.1 200 OK\r\n", "\r\n"}).value().headers().empty());
}

TEST_CASE("a head without a status or with too many bytes is refused") {
  for (std::string const line :
       {"HTTP/1.1\r\n", "HTTP/1.1 OK\r\n", "HTTP/1.1 2000 OK\r\n", "HTTP/1.1 20 OK\r\n", "X: 1\r\n"}) {
    INFO(line);
    CHECK(take({line, "\r\n"}).error().code == errc::permanent);
  }
  std::vector<std::string> const lines{"HTTP/1.1 200 OK\r\n", "A: b\r\n", "\r\n"};
  CHECK(take(lines, 25));
  CHECK(take(lines, 24).error().code == errc::permanent);
  // Trailers are dropped, and count.
  auto trailed = take({"HTTP/1.1 200 OK\r\n", "\r\n", "X-Trailer: 1\r\n", "\r\n"}).value();
  CHECK(trailed.headers().empty());
  CHECK(trailed.status() == 200);
  CHECK_FALSE(take({"HTTP/1.1 200 OK\r\n", "\r\n", "X-Trailer: 1\r\n"}, 20));
}

TEST_CASE("a body goes into the buffer that waits and the rest is kept") {
  incoming_answer answer{100};
  answer.take_body(as_bytes("early"));
  CHECK_FALSE(answer.has_delivered());
  CHECK(read_all(answer) == "early");
  std::array<std::byte, 6> buffer;
  answer.wait_for(buffer);
  answer.take_body(as_bytes("abc"));
  CHECK(answer.has_delivered());
  answer.take_body(as_bytes("defgh"));
  REQUIRE(answer.stop_waiting() == 6);
  CHECK(as_text(buffer) == "abcdef");
  answer.take_body(as_bytes("ij"));
  CHECK(read_all(answer) == "ghij");
  CHECK(answer.stop_waiting() == 0);
  CHECK(answer.received() == 15);
}

TEST_CASE("an answer to a request that is sent again is forgotten") {
  auto answer = take({"HTTP/1.1 417 No\r\n", "\r\n"}).value();
  answer.take_body(as_bytes("why"));
  answer.expect_another_head();
  CHECK_FALSE(answer.head_complete());
  REQUIRE(answer.take_head_line("HTTP/1.1 200 OK\r\n"));
  REQUIRE(answer.take_head_line("\r\n"));
  CHECK(answer.status() == 200);
  CHECK(read_all(answer).empty());
}

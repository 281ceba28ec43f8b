#include <waybill/http/outgoing.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;

namespace {

http_body body_of(std::string const& text, std::uint64_t size) {
  return {size, [&text]() -> result<std::unique_ptr<byte_source>> {
            return std::unique_ptr<byte_source>{std::make_unique<memory_source>(std::string_view{text})};
          }};
}

result<std::string> all(outgoing_body& body) {
  std::string out;
  for (std::array<std::byte, 7> buffer;;) {
    auto const n = body.read(buffer);
    if (!n) return n.error();
    if (*n == 0) return out;
    out.append(as_text(std::span{buffer}.first(*n)));
  }
}

}  // namespace

TEST_CASE("a body is sent as promised and can be sent again") {
  std::string const text(100, 'x');
  auto const body = body_of(text, 100);
  auto out = outgoing_body::open(body).value();
  CHECK(all(out).value() == text);
  CHECK(all(out).value().empty());
  REQUIRE(out.rewind());
  CHECK(all(out).value() == text);
  auto const none = body_of(text, 0);
  auto empty = outgoing_body::open(none).value();
  CHECK(all(empty).value().empty());
}

TEST_CASE("a body that has grown or shrunk is noticed before its last byte is sent") {
  std::string const text(100, 'x');
  for (std::uint64_t const size : {99u, 101u}) {
    auto const body = body_of(text, size);
    auto out = outgoing_body::open(body).value();
    auto const sent = all(out);
    REQUIRE_FALSE(sent);
    CHECK(sent.error().code == errc::source_changed);
  }
}

TEST_CASE("what opening and reading a body say reaches the sender") {
  http_body const closed{1, []() -> result<std::unique_ptr<byte_source>> { return make_error(errc::denied, "no"); }};
  CHECK(outgoing_body::open(closed).error().code == errc::denied);
}

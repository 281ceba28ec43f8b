#include <waybill/http/client.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;

namespace {

/// An answer from memory, or one that breaks off.
struct canned_response final : http_response {
  canned_response(std::string_view text, bool breaks) : rest{text}, fails{breaks} { status_ = 200; }
  result<std::size_t> read(std::span<std::byte> buffer) override {
    auto const n = rest.read(buffer);
    if (n && *n == 0 && fails) return make_error(errc::temporary, "the connection was lost");
    return n;
  }
  memory_source rest;
  bool fails;
};

}  // namespace

TEST_CASE("a body is read to its end, up to a limit") {
  std::string const text(100'000, 'x');
  canned_response whole{text, false};
  CHECK(read_body(whole, 100'000).value() == text);
  canned_response large{text, false};
  auto const refused = read_body(large, 99'999);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::too_large);
  canned_response none{"", false};
  CHECK(read_body(none, 0).value().empty());
}

TEST_CASE("a body that breaks off is not taken for a whole one") {
  canned_response broken{"half", true};
  auto const refused = read_body(broken, 100);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == condition::transient);
}

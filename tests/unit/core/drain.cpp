#include <waybill/core/drain.hpp>

#include <memory>
#include <string>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

/// Gives its bytes a few at a time, and then fails where it is told to.
struct halting final : byte_source {
  explicit halting(std::string_view t, bool fail = false) : text{t}, fails{fail} {}
  result<std::size_t> read(std::span<std::byte> buffer) override {
    if (text.empty() && fails) return make_error(errc::temporary, "broken off");
    memory_source some{text.substr(0, 3)};
    auto const n = some.read(buffer);
    text.remove_prefix(*n);
    return n;
  }
  std::string_view text;
  bool fails;
};

struct full final : byte_sink {
  result<void> write(byte_view) override { return make_error(errc::refused, "no room"); }
};

}  // namespace

TEST_CASE("a source is copied to its end and its bytes are counted") {
  halting source{"0123456789"};
  string_sink sink;
  CHECK(drain_into(source, sink).value() == 10);
  CHECK(sink.str() == "0123456789");
  CHECK(drain_into(source, sink).value() == 0);
}

TEST_CASE("what either end says ends a copy") {
  halting broken{"0123", true};
  string_sink sink;
  CHECK(failure(drain_into(broken, sink)).code == errc::temporary);
  halting whole{"0123"};
  full none;
  CHECK(failure(drain_into(whole, none)).code == errc::refused);
}

TEST_CASE("a text is read whole and no larger one than is wanted") {
  halting fits{"0123456789"};
  CHECK(read_text(fits, 10).value() == "0123456789");
  halting large{"0123456789"};
  auto const e = failure(read_text(large, 9, "the list"));
  CHECK(e.code == errc::too_large);
  CHECK(e.detail == "the list has more than 9 bytes");
  halting broken{"0123", true};
  CHECK(failure(read_text(broken)).code == errc::temporary);
}

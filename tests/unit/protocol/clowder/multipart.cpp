#include <waybill/protocol/clowder/multipart.hpp>

#include <memory>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill::clowder;

std::string read_all(byte_source& source, std::size_t step) {
  std::string out;
  for (std::vector<std::byte> buffer(step);;) {
    auto const n = source.read(buffer).value();
    if (n == 0) return out;
    out.append(as_text(byte_view{buffer}.first(n)));
  }
}

TEST_CASE("A form holds a file between two boundaries and says its size beforehand", "[clowder]") {
  auto const frame = frame_of("file", "a \"b\".csv", "x1y2");
  CHECK(frame.content_type == "multipart/form-data; boundary=x1y2");
  std::string const whole =
      "--x1y2\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".csv\"\r\n\r\n"
      "1,2\r\n"
      "\r\n--x1y2--\r\n";
  CHECK(frame.size_with(5) == whole.size());
  for (std::size_t const step : {1, 7, 1000}) {
    form_source form{frame, std::make_unique<memory_source>(std::string_view{"1,2\r\n"})};
    CHECK(read_all(form, step) == whole);
  }
}

TEST_CASE("An empty file is a form too", "[clowder]") {
  auto const frame = frame_of("file", "e", "b");
  form_source form{frame, std::make_unique<memory_source>(std::string_view{})};
  auto const text = read_all(form, 64);
  CHECK(text.size() == frame.size_with(0));
  CHECK(text.ends_with("filename=\"e\"\r\n\r\n\r\n--b--\r\n"));
}

TEST_CASE("What reading the file says is what reading the form says", "[clowder]") {
  struct broken final : byte_source {
    result<std::size_t> read(std::span<std::byte>) override { return make_error(errc::source_changed, "gone"); }
  };
  auto const frame = frame_of("file", "e", "b");
  form_source form{frame, std::make_unique<broken>()};
  std::vector<std::byte> buffer(1000);
  CHECK(form.read(buffer).value() == frame.head.size());
  CHECK(waybill_test::failure(form.read(buffer)).code == errc::source_changed);
}

}  // namespace

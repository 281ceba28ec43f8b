#include <waybill/manifest/writer.hpp>

#include "one_byte.hpp"
#include "support/catch.hpp"
#include "support/quilt_cases.hpp"
#include "support/results.hpp"

using namespace waybill;
using waybill_test::file;

namespace {

/// Counts what arrives, and fails from a given call on.
struct counting_sink final : byte_sink {
  result<void> write(byte_view bytes) override {
    if (calls == fail_at) return make_error(errc::temporary, "full", "sink");
    ++calls;
    largest = std::max(largest, bytes.size());
    text.append(as_text(bytes));
    return {};
  }
  std::size_t calls = 0;
  std::size_t fail_at = ~std::size_t{0};
  std::size_t largest = 0;
  std::string text;
};

}  // namespace

TEST_CASE("a streamed manifest is the one that is built in memory") {
  string_sink sink;
  manifest_header header;
  header.set_message("m");
  std::vector<directory_meta> const directories{{logical_key::parse("a").value(), json::object{{"n", true}}}};
  auto writer = manifest_writer::begin(sink, header).value();
  CHECK(writer.directories(directories));
  for (auto const* key : {"a/x", "a-b", "b"}) CHECK(writer.add(file(key)));
  auto const hash = writer.finish().value();
  auto const m = manifest::create(header, {file("b"), file("a-b"), file("a/x")}, directories).value();
  CHECK(hash == m.top_hash());
  CHECK(sink.str() == waybill_test::dump(m));
  CHECK(waybill_test::load_text(sink.str()).value() == m);
}

TEST_CASE("entries out of order, twice or in conflict are refused, and the writer goes on") {
  counting_sink sink;
  auto writer = manifest_writer::begin(sink, {}).value();
  CHECK(writer.add(file("a/x")));
  CHECK(writer.add(file("c")));
  CHECK(writer.add(file("b")).error().code == errc::unsorted);
  CHECK(writer.add(file("c")).error().code == errc::duplicate_key);
  CHECK(writer.add(file("c/d")).error().code == errc::key_conflict);
  auto unfinished = file("d");
  unfinished.size.reset();
  CHECK(writer.add(unfinished).error().code == errc::missing_member);
  auto lost = file("d");
  lost.places = {};
  CHECK(writer.add(lost).error().code == errc::missing_member);
  auto odd = file("d");
  odd.meta = json::object{{"user_meta", json::number{"NaN"}}};
  CHECK(writer.add(odd).error().code == errc::not_representable);
  auto large = file("d");
  large.meta = json::object{{"user_meta", std::string(1'000'000, 'x')}};
  CHECK(writer.add(large).error().code == errc::too_large);
  CHECK(writer.add(file("d")));
  auto const m = manifest::create({}, {file("a/x"), file("c"), file("d")}).value();
  CHECK(writer.finish().value() == m.top_hash());
  CHECK(sink.text == waybill_test::dump(m));
}

TEST_CASE("directories out of order are refused") {
  counting_sink sink;
  auto writer = manifest_writer::begin(sink, {}).value();
  auto const of = [](char const* key) {
    return directory_meta{logical_key::parse(key).value(), json::object{{"n", 1 == 1}}};
  };
  CHECK(writer.directories(std::vector{of("a-b"), of("a/b")}).error().code == errc::unsorted);
  CHECK(writer.directories(std::vector{of("a"), of("a")}).error().code == errc::unsorted);
}

TEST_CASE("a header that JSON cannot hold is not begun") {
  counting_sink sink;
  manifest_header header;
  header.set_user_meta(json::number{"Infinity"});
  CHECK(manifest_writer::begin(sink, header).error().code == errc::not_representable);
  CHECK(sink.calls == 0);
}

TEST_CASE("lines go to the sink in large pieces, and its errors come back") {
  auto const write = [](counting_sink& sink) -> result<digest> {
    auto writer = manifest_writer::begin(sink, {}).value();
    for (int i = 10'000; i < 12'000; ++i)
      if (auto const added = writer.add(file("f" + std::to_string(i))); !added) return added.error();
    return writer.finish();
  };
  counting_sink whole;
  REQUIRE(write(whole));
  CHECK(whole.calls > 2);
  CHECK(whole.calls < 10);
  CHECK(whole.largest < (std::size_t{64} << 10) + 1000);
  for (std::size_t call = 0; call < whole.calls; ++call) {
    counting_sink failing;
    failing.fail_at = call;
    auto const hash = write(failing);
    REQUIRE_FALSE(hash);
    CHECK(hash.error().code == errc::temporary);
  }
}

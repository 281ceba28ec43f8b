#include <waybill/algebra/stream_diff.hpp>

#include <waybill/algebra/diff.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "unit/algebra/samples.hpp"

using namespace waybill;
using waybill_test::make_directory;
using waybill_test::make_entry;
using waybill_test::make_manifest;
using waybill_test::written;

namespace {

/// Hands out a text in pieces of a given size, so that lines end anywhere in a buffer.
class drip_source final : public byte_source {
 public:
  drip_source(std::string_view text, std::size_t piece) : rest_{text}, piece_{piece} {}
  result<std::size_t> read(std::span<std::byte> buffer) override {
    auto const n = std::min({buffer.size(), piece_, rest_.size()});
    largest_ = std::max(largest_, buffer.size());
    std::copy_n(as_bytes(rest_).begin(), n, buffer.begin());
    rest_.remove_prefix(n);
    return n;
  }
  /// The largest buffer a reader wanted filled.
  [[nodiscard]] std::size_t largest() const noexcept { return largest_; }

 private:
  std::string_view rest_;
  std::size_t piece_;
  std::size_t largest_ = 0;
};

struct outcome {
  result<std::uint64_t> equal;
  diff found;
};

outcome stream(std::string_view before, std::string_view after, std::size_t piece = 1 << 20, read_limits limits = {}) {
  drip_source a{before, piece};
  drip_source b{after, piece};
  auto x = manifest_reader::open(a, limits).value();
  auto y = manifest_reader::open(b, limits).value();
  diff d;
  stream_diff_sink const sink{[&](entry const& e) { d.added.push_back(e); },
                              [&](entry const& e) { d.removed.push_back(e); },
                              [&](entry const& p, entry const& q, entry_change c) { d.modified.push_back({p, q, c}); }};
  auto equal = diff_streams(x, y, sink);
  return {std::move(equal), std::move(d)};
}

void check_same(diff const& found, diff const& expected) {
  REQUIRE(found.added == expected.added);
  REQUIRE(found.removed == expected.removed);
  REQUIRE(found.modified.size() == expected.modified.size());
  for (std::size_t i = 0; i < found.modified.size(); ++i) {
    REQUIRE(found.modified[i].before == expected.modified[i].before);
    REQUIRE(found.modified[i].after == expected.modified[i].after);
    REQUIRE(found.modified[i].reason == expected.modified[i].reason);
  }
}

std::string const head = "{\"version\": \"v0\"}\n";

std::string line(std::string_view key, std::string_view content = "x", std::string_view meta = "{}") {
  auto const whole = written(make_manifest({make_entry(key, content, meta)}));
  return whole.substr(whole.find('\n') + 1);
}

}  // namespace

TEST_CASE("a stream diff finds what the diff of the loaded manifests finds, however the bytes arrive") {
  waybill_test::entry_dice dice{3};
  for (int i = 0; i < 2000; ++i) {
    auto const before = make_manifest(dice.roll_all());
    auto const list = dice.vary({before.entries().begin(), before.entries().end()});
    auto const after = make_manifest(list);
    auto const expected = make_diff(before, after);
    auto const result = stream(written(before), written(after), 1 + dice.below(400));
    REQUIRE(result.equal.has_value());
    REQUIRE(*result.equal == expected.unchanged);
    check_same(result.found, expected);
  }
}

TEST_CASE("long runs of equal lines around few changes, in buffers of every size") {
  std::vector<entry> before;
  std::vector<entry> after;
  for (int i = 0; i < 3000; ++i) {
    auto const key = "dir/f" + std::to_string(10000 + i);
    auto const e = make_entry(key, std::to_string(i), i % 50 == 3 ? R"({"user_meta": {"a": 1}})" : "{}");
    before.push_back(e);
    if (i % 100 != 7) after.push_back(i % 100 == 8 ? make_entry(key, "new") : e);
    if (i % 100 == 9) after.push_back(make_entry(key + ".more", "m"));
  }
  auto const x = make_manifest(before, {make_directory("dir", R"({"k":1})")});
  auto const y = make_manifest(after, {make_directory("dir", R"({"k":2})")});
  for (std::size_t const piece : {7, 211, 4096, 65536, 1 << 20}) {
    auto const result = stream(written(x), written(y), piece);
    REQUIRE(result.equal.value() == 3000 - 60);
    check_same(result.found, make_diff(x, y));
  }
}

TEST_CASE("headers and directory lines do not count, but are checked") {
  auto const directory =
      std::string{R"({"logical_key": "d/", "physical_keys": [], "size": null, "hash": null, "meta": {"a": 1}})"} + "\n";
  auto const other = stream(head + directory + line("a"), "{\"version\": \"v0\", \"message\": \"m\"}\n" + line("a"));
  CHECK(other.equal.value() == 1);
  CHECK(other.found.empty());
  CHECK(stream(head + directory + line("a"), head + directory + line("a")).equal.value() == 1);
  CHECK(stream(head + "{\"logical_key\": \"d/\"\n", head + "{\"logical_key\": \"d/\"\n").equal.has_error());
}

TEST_CASE("a line written in another way, or with another place, is the same entry") {
  auto const e = make_entry("a", "x");
  auto spaced = line("a");
  spaced.replace(spaced.find("\": "), 3, "\" :  ");
  CHECK(stream(head + line("a"), head + spaced).equal.value() == 1);
  auto elsewhere = line("a");
  elsewhere.replace(elsewhere.find("bucket"), 6, "barrel");
  auto const result = stream(head + elsewhere, head + line("a"));
  CHECK(result.equal.value() == 1);
  CHECK(result.found.empty());
  CHECK(stream(head + spaced + line("b"), head + spaced + line("b")).equal.value() == 2);
}

TEST_CASE("ends of lines and of the last line do not matter") {
  auto unended = line("a") + line("b");
  unended.pop_back();
  CHECK(stream(head + line("a") + line("b"), head + unended).equal.value() == 2);
  CHECK(stream(head + unended, head + unended).equal.value() == 2);
  auto carriage = line("a");
  carriage.insert(carriage.size() - 1, "\r");
  CHECK(stream(head + carriage, head + line("a")).equal.value() == 1);
  CHECK(stream(head + carriage, head + carriage).equal.value() == 1);
}

TEST_CASE("an unsorted side is named, whichever lines the sides share") {
  auto const sorted = head + line("a") + line("b") + line("c");
  auto const unsorted = head + line("b") + line("a") + line("c");
  CHECK(stream(unsorted, sorted).equal.error().code == errc::unsorted);
  CHECK_THAT(stream(unsorted, sorted).equal.error().detail, waybill_test::contains("first"));
  CHECK_THAT(stream(sorted, unsorted).equal.error().detail, waybill_test::contains("second"));
  CHECK(stream(unsorted, unsorted).equal.error().code == errc::unsorted);
  // `a` is equal on both sides, but only for one of them it comes too late
  CHECK(stream(head + line("b") + line("a"), head + line("a")).equal.error().code == errc::unsorted);
  // behind shared lines the order goes on from the last of them
  CHECK(
      stream(head + line("a") + line("b") + line("d") + line("e"), head + line("a") + line("b") + line("d") + line("c"))
          .equal.error()
          .code == errc::unsorted);
  CHECK(stream(head + line("c") + line("d", "1") + line("e"), head + line("c") + line("f", "1") + line("e"))
            .equal.error()
            .code == errc::unsorted);
}

TEST_CASE("equal lines are checked: their form, their order, and the limits") {
  auto const both = [](std::string const& text, read_limits limits = {}) {
    return stream(text, text, 1 << 20, limits).equal;
  };
  auto bad_key = line("ab");
  bad_key.replace(bad_key.find("ab"), 2, "..");
  CHECK(both(head + bad_key).error().code == errc::malformed_key);
  auto bad_hash = line("a");
  bad_hash.replace(bad_hash.find("value\": \"") + 9, 1, "g");
  CHECK(both(head + bad_hash).error().code == errc::malformed_digest);
  CHECK(both(head + "\n").error().code == errc::malformed_manifest);
  CHECK(both(head + "{}\n").has_error());
  CHECK(both(head + line("a") + line("a")).error().code == errc::duplicate_key);
  CHECK(both(head + line("a") + line("a/b")).error().code == errc::key_conflict);
  CHECK(both(head + line("a") + line("b") + line("c"), {.max_entries = 2}).error().code == errc::too_large);
  CHECK(
      both(head + line("a") + line("b", "x", R"({"user_meta": {"long": "0123456789012345678901234567890123456789"}})"),
           {.max_line = 180})
          .error()
          .code == errc::too_large);
  CHECK_THAT(both(head + line("a") + bad_key).error().path, waybill_test::contains("line 3"));
}

TEST_CASE("memory stays the same however long the manifests are and whichever of them comes slowly") {
  std::vector<entry> entries;
  for (int i = 0; i < 3000; ++i) entries.push_back(make_entry("f" + std::to_string(10000 + i), "x"));
  auto const text = written(make_manifest(entries));
  REQUIRE(text.size() > 500'000);
  for (bool const first_is_slow : {true, false}) {
    drip_source a{text, first_is_slow ? 5 : text.size()};
    drip_source b{text, first_is_slow ? text.size() : 5};
    auto x = manifest_reader::open(a).value();
    auto y = manifest_reader::open(b).value();
    CHECK(diff_streams(x, y, {}).value() == 3000);
    CHECK(a.largest() <= 256 * 1024);
    CHECK(b.largest() <= 256 * 1024);
  }
}

TEST_CASE("a sink may leave out what it does not want") {
  drip_source a{head, 9};
  auto const text = head + line("a");
  drip_source b{text, 9};
  auto x = manifest_reader::open(a).value();
  auto y = manifest_reader::open(b).value();
  CHECK(diff_streams(x, y, {}).value() == 0);
}

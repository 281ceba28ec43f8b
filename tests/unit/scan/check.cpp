#include <waybill/scan/check.hpp>

#include <string>
#include <vector>

#include "placing.hpp"

using namespace waybill;
using waybill_test::code_of;
using waybill_test::digest_of;
using waybill_test::entry_of;

namespace {

std::string check(detail::entry_checker& checker, entry const& e, std::vector<std::string> const& pieces) {
  if (auto r = checker.start(e); !r) return name_of(r.error().code);
  for (auto const& piece : pieces)
    if (auto r = checker.update(as_bytes(piece)); !r) return name_of(r.error().code);
  return code_of(checker.finish());
}

constexpr algorithm_info house_hash{"house", 4, digest_text::hex, 99};

}  // namespace

TEST_CASE("the strongest digest decides, and required ones beside it") {
  auto const e = entry_of("k", "x", {algorithms::md5, algorithms::sha256, algorithms::sha1});
  auto const strongest = detail::deciding_digests(e.digests);
  REQUIRE(strongest.size() == 1);
  CHECK(strongest[0]->kind() == algorithms::sha256);
  std::vector<algorithm> const required{algorithms::md5, algorithms::sha512};
  auto const both = detail::deciding_digests(e.digests, required);
  REQUIRE(both.size() == 2);
  CHECK(both[1]->kind() == algorithms::md5);
  CHECK(detail::deciding_digests({}).empty());
}

TEST_CASE("a digest that the kit cannot compute decides nothing") {
  auto e = entry_of("k", "x", {algorithms::md5});
  std::vector<std::byte> const four(4);
  e.digests.insert(digest{house_hash, four});
  REQUIRE(e.digests.strongest()->kind() == house_hash);
  REQUIRE(detail::deciding_digests(e.digests).size() == 1);
  CHECK(detail::deciding_digests(e.digests)[0]->kind() == algorithms::md5);
}

TEST_CASE("a content is right when its size and deciding digest are") {
  detail::entry_checker checker{{}};
  for (auto const a : algorithms::all) {
    INFO(a.name());
    auto const e = entry_of("k", "hello world", {a});
    CHECK(check(checker, e, {"hello world"}) == "ok");
    CHECK(check(checker, e, {"hello", " ", "", "world"}) == "ok");
    CHECK(check(checker, e, {"hello worlD"}) == "digest_mismatch");
    CHECK(check(checker, e, {"hello worl"}) == "size_mismatch");
    CHECK(check(checker, e, {"hello world", "!"}) == "size_mismatch");
    CHECK(check(checker, e, {"hello world"}) == "ok");  // what failed leaves nothing behind
    CHECK(check(checker, entry_of("empty", "", {a}), {}) == "ok");
  }
}

TEST_CASE("a right md5 does not excuse a wrong sha256") {
  auto e = entry_of("k", "bytes", {algorithms::md5});
  e.digests.insert(digest_of(algorithms::sha256, "other"));
  detail::entry_checker checker{{}};
  CHECK(check(checker, e, {"bytes"}) == "digest_mismatch");
}

TEST_CASE("a required digest is checked although a stronger one is right") {
  auto e = entry_of("k", "bytes", {algorithms::sha2_256_chunked});
  e.digests.insert(digest_of(algorithms::sha256, "other"));
  detail::entry_checker relaxed{{}};
  CHECK(check(relaxed, e, {"bytes"}) == "ok");
  std::vector<algorithm> const required{algorithms::sha256};
  detail::entry_checker strict{required};
  CHECK(check(strict, e, {"bytes"}) == "digest_mismatch");
}

TEST_CASE("the error says what was expected and found") {
  auto const e = entry_of("data/k", "a");
  detail::entry_checker checker{{}};
  REQUIRE(code_of(checker.start(e)) == "ok");
  REQUIRE(code_of(checker.update(as_bytes("b"))) == "ok");
  auto const r = checker.finish();
  REQUIRE(code_of(r) == "digest_mismatch");
  CHECK(r.error().path == "data/k");
  CHECK_THAT(r.error().detail, waybill_test::contains(digest_of(algorithms::sha256, "a").hex()));
  CHECK_THAT(r.error().detail, waybill_test::contains(digest_of(algorithms::sha256, "b").hex()));
  CHECK(r.error().code == condition::integrity);
}

TEST_CASE("an open file is checked from where it stands") {
  waybill_test::temporary_directory const dir;
  auto const bytes = waybill_test::vector_bytes(100'000, 3);
  waybill_test::write_file(dir / "f", bytes);
  auto const e = entry_of("f", bytes, {algorithms::sha2_256_chunked});
  detail::entry_checker checker{{}};
  std::vector<std::byte> buffer(4096);
  auto const fd = open_for_reading((dir / "f").string()).value();
  CHECK(code_of(detail::check_open_file(checker, e, fd.get(), buffer, {}, nullptr)) == "ok");
  CHECK(code_of(detail::check_open_file(checker, e, fd.get(), buffer, {}, nullptr)) == "size_mismatch");
  std::stop_source stop;
  stop.request_stop();
  CHECK(code_of(detail::check_open_file(checker, e, fd.get(), buffer, stop.get_token(), nullptr)) == "interrupted");
}

TEST_CASE("several digests see every byte of a long content") {
  auto const bytes = waybill_test::vector_bytes(100'000, 3);
  auto changed = bytes;
  changed[70'000] ^= 1;
  std::vector<algorithm> const required{algorithms::md5, algorithms::sha1};
  detail::entry_checker checker{required};
  auto const e = entry_of("k", bytes, {algorithms::md5, algorithms::sha1, algorithms::sha256});
  CHECK(check(checker, e, {bytes}) == "ok");
  CHECK(check(checker, e, {bytes.substr(0, 50'000), bytes.substr(50'000)}) == "ok");
  CHECK(check(checker, e, {changed}) == "digest_mismatch");
  // Each of the digests counts.
  for (auto const a : {algorithm{algorithms::md5}, algorithm{algorithms::sha1}, algorithm{algorithms::sha256}}) {
    INFO(a.name());
    entry one_wrong = entry_of("k", bytes, {});
    for (auto const& d : e.digests) one_wrong.digests.insert(d.kind() == a ? digest_of(a, changed) : d);
    CHECK(check(checker, one_wrong, {bytes}) == "digest_mismatch");
  }
}

TEST_CASE("a content that is too long is noticed at once and not at its end") {
  auto const e = entry_of("k", "12345");
  detail::entry_checker checker{{}};
  REQUIRE(code_of(checker.start(e)) == "ok");
  CHECK(code_of(checker.update(as_bytes("123456"))) == "size_mismatch");
}

TEST_CASE("bytes of a checked file are counted") {
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "f", "12345");
  detail::entry_checker checker{{}};
  std::vector<std::byte> buffer(4096);
  std::uint64_t counted = 0;
  progress_counter progress{[&](waybill::progress const& p) { counted = p.bytes_done; }, "check"};
  auto const fd = open_for_reading((dir / "f").string()).value();
  REQUIRE(code_of(detail::check_open_file(checker, entry_of("f", "12345"), fd.get(), buffer, {}, &progress)) == "ok");
  CHECK(counted == 5);
}

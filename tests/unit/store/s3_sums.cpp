#include <waybill/store/s3_sums.hpp>

#include <waybill/hash/crc64nvme.hpp>
#include <waybill/hash/multi.hpp>

#include "contract/tools.hpp"
#include "watched_content.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

constexpr std::size_t part = std::size_t{8} << 20;

std::vector<digest> parts_of(std::string const& bytes) {
  std::vector<digest> out;
  for (std::size_t at = 0; at < bytes.size(); at += part)
    out.push_back(digest_of(algorithms::sha256, bytes.substr(at, part)));
  return out;
}

}  // namespace

TEST_CASE("a content whose part digests are known is not read") {
  auto const bytes = vector_bytes(part + 1, 1);
  seen_content const content{bytes, parts_of(bytes)};
  auto const chunked = digest_of(algorithms::sha2_256_chunked, bytes);
  auto const sums = detail::sums_for_upload(content, {chunked}, false, "k");
  REQUIRE(sums);
  CHECK(content.opened() == 0);
  CHECK(sums->parts == parts_of(bytes));
  CHECK(sums->chunked() == chunked);
  auto const wrong = detail::sums_for_upload(content, {digest_of(algorithms::sha2_256_chunked, "x")}, false, "k");
  CHECK(wrong.error().code == errc::digest_mismatch);
  CHECK(content.opened() == 0);
}

TEST_CASE("a small content whose SHA-256 is expected is not read either") {
  seen_content const content{"text", {}};
  auto const sums = detail::sums_for_upload(content, {digest_of(algorithms::sha256, "text")}, false, "k");
  REQUIRE(sums);
  CHECK(content.opened() == 0);
  CHECK(sums->chunked() == digest_of(algorithms::sha2_256_chunked, "text"));
}

TEST_CASE("every expected digest that does not follow from the parts gets its pass") {
  auto const bytes = vector_bytes(part + 1, 1);
  seen_content const content{bytes, parts_of(bytes)};
  for (algorithm const kind : {algorithm{algorithms::md5}, algorithm{algorithms::sha256}}) {
    auto const before = content.opened();
    CHECK(detail::sums_for_upload(content, {digest_of(kind, bytes)}, false, "k"));
    CHECK(content.opened() == before + 1);
    CHECK(detail::sums_for_upload(content, {digest_of(kind, "x")}, false, "k").error().code == errc::digest_mismatch);
  }
}

TEST_CASE("part digests of another number or kind are not believed") {
  auto const bytes = vector_bytes(part + 1, 1);
  auto few = parts_of(bytes);
  few.pop_back();
  for (auto const& said : {few, std::vector(2, digest_of(algorithms::md5, "x"))}) {
    seen_content const content{bytes, said};
    auto const sums = detail::sums_for_upload(content, {}, false, "k");
    REQUIRE(sums);
    CHECK(content.opened() == 1);
    CHECK(sums->parts == parts_of(bytes));
  }
}

TEST_CASE("one pass gives the digests of all parts, and small contents are read once") {
  for (std::size_t const size :
       {std::size_t{0}, std::size_t{1}, std::size_t{262'144}, std::size_t{262'145}, part, part + 1, 2 * part}) {
    INFO(size);
    auto const bytes = vector_bytes(size, 3);
    seen_content const content{bytes, {}};
    auto const sums = detail::sums_for_upload(content, {digest_of(algorithms::md5, bytes)}, false, "k");
    REQUIRE(sums);
    CHECK(content.opened() == 1);
    CHECK(sums->parts == (size == 0 ? std::vector{digest_of(algorithms::sha256, "")} : parts_of(bytes)));
    CHECK(sums->chunked() == digest_of(algorithms::sha2_256_chunked, bytes));
    CHECK(sums->bytes.has_value() == (size <= 262'144));
    CHECK(sums->payload(0, 5).sha256 == sums->parts[0]);
    CHECK_FALSE(sums->payload(0, 5).crc64nvme);
  }
}

TEST_CASE("CRC-64 of parts and of the whole comes from the same pass") {
  auto const bytes = vector_bytes(part + 1, 3);
  seen_content const content{bytes, parts_of(bytes)};
  auto const sums = detail::sums_for_upload(content, {}, true, "k");
  REQUIRE(sums);
  CHECK(sums->parts == parts_of(bytes));
  CHECK(sums->whole_crc == digest_of(algorithms::crc64nvme, bytes));
  REQUIRE(sums->part_crcs.size() == 2);
  CHECK(sums->payload(1, 1).crc64nvme == digest_of(algorithms::crc64nvme, bytes.substr(part)));
}

TEST_CASE("why a service refused the bytes is found by reading them again") {
  seen_content const content{"text", {}};
  detail::upload_sums const right{plan_chunks(4), {digest_of(algorithms::sha256, "text")}};
  detail::upload_sums const other{plan_chunks(4), {digest_of(algorithms::sha256, "tex!")}};
  CHECK(detail::why_refused(content, {}, right, "k").code == errc::temporary);
  CHECK(detail::why_refused(content, {}, other, "k").code == errc::source_changed);
  auto const wrong = detail::why_refused(content, {digest_of(algorithms::sha256, "tex!")}, other, "k");
  CHECK(wrong.code == errc::digest_mismatch);
  CHECK_THAT(wrong.message(), contains(digest_of(algorithms::sha256, "text").text()));
}

TEST_CASE("a body that would end early fails instead") {
  unreliable_content const content{10, "short", false};
  detail::upload_sums const sums{plan_chunks(10), {digest_of(algorithms::sha256, "short")}};
  auto const body = detail::part_body(content, sums, {0, 10}, "k");
  CHECK(body.size == 10);
  CHECK(read_all(*body.open().value()).error().code == errc::source_changed);
}

TEST_CASE("a body is its part and no more") {
  auto const bytes = vector_bytes(1000, 3);
  seen_content const content{bytes, {}};
  detail::upload_sums const sums{plan_chunks(1000), {}};
  CHECK(read_all(*detail::part_body(content, sums, {100, 50}, "k").open().value()).value() == bytes.substr(100, 50));
  CHECK(read_all(*detail::part_body(content, sums, {0, 1000}, "k").open().value(), 7).value() == bytes);
}

TEST_CASE("a content of one part is opened whole so that its source notices what was added") {
  struct noting_content final : object_content {
    [[nodiscard]] std::uint64_t size() const override { return 4; }
    [[nodiscard]] result<std::unique_ptr<byte_source>> open(byte_range range) const override {
      asked = range;
      return std::unique_ptr<byte_source>{std::make_unique<memory_source>(std::string_view{"text"})};
    }
    mutable byte_range asked{9, 9};
  } const content;
  auto const sums = detail::sums_for_upload(content, {digest_of(algorithms::sha256, "text")}, false, "k").value();
  REQUIRE(detail::part_body(content, sums, {0, 4}, "k").open());
  CHECK(content.asked.offset == 0);
  CHECK_FALSE(content.asked.length);
  REQUIRE(detail::part_body(content, sums, {1, 3}, "k").open());
  CHECK(content.asked.offset == 1);
  CHECK(content.asked.length == 3);
}

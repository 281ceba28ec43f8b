#include <waybill/hash/multi.hpp>

#include <waybill/hash/chunked.hpp>
#include <waybill/hash/crc64nvme.hpp>
#include <waybill/hash/openssl.hpp>

#include <string>

#include "support/catch.hpp"
#include "support/data.hpp"

using namespace waybill;

TEST_CASE("several digests in one pass are those of one hasher each") {
  auto const bytes = waybill_test::vector_bytes(9'000'001, 4);
  auto const view = as_bytes(bytes);
  auto made = multi_hasher::create(algorithms::all, bytes.size());
  REQUIRE(made.has_value());
  digest_set const expected{hash_bytes<sha2_256_chunked_hasher>(view),
                            hash_bytes<sha512_hasher>(view),
                            hash_bytes<sha256_hasher>(view),
                            hash_bytes<sha1_hasher>(view),
                            hash_bytes<md5_hasher>(view),
                            hash_bytes<crc64nvme_hasher>(view)};
  made->update(view.first(1'000'000));
  made->update(view.subspan(1'000'000));
  CHECK(made->finish() == expected);
  made->update(view);
  CHECK(made->finish() == expected);
}

TEST_CASE("a multi hasher of one algorithm, and one that is named twice") {
  algorithm const twice[] = {algorithms::md5, algorithms::md5};
  auto made = multi_hasher::create(twice, 0);
  REQUIRE(made.has_value());
  made->update(as_bytes("abc"));
  auto const set = made->finish();
  CHECK(set.size() == 1);
  CHECK(set.strongest()->text() == "900150983cd24fb0d6963f7d28e17f72");
}

TEST_CASE("the size given to a hasher decides how a chunked digest is cut") {
  std::string const bytes(9'000'000, 'x');
  auto small = make_hasher(algorithms::sha2_256_chunked, bytes.size());
  auto large = make_hasher(algorithms::sha2_256_chunked, 83'886'080'001);
  REQUIRE(small.has_value());
  REQUIRE(large.has_value());
  small->update(as_bytes(bytes));
  large->update(as_bytes(bytes));
  CHECK(small->kind() == algorithms::sha2_256_chunked);
  CHECK_FALSE(small->finish() == large->finish());
}

TEST_CASE("an algorithm the kit cannot compute, or none at all, is an error") {
  static constexpr algorithm_info house{"house", 4, digest_text::hex, 1};
  algorithm const wanted[] = {algorithms::md5, house};
  CHECK(make_hasher(house, 0).error().code == errc::unknown_algorithm);
  CHECK(multi_hasher::create(wanted, 0).error().code == errc::unknown_algorithm);
  CHECK(multi_hasher::create({}, 0).error().code == errc::usage);
}

#include <waybill/store/verified.hpp>

#include "contract.hpp"
#include "factories.hpp"
#include "faulty.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

std::unique_ptr<byte_source> checked(std::string_view bytes, std::optional<std::uint64_t> size,
                                     digest_set const& expected) {
  return verifying_source::wrap(std::make_unique<memory_source>(bytes), size, expected, "name").value();
}

}  // namespace

TEMPLATE_TEST_CASE("a verified store keeps the contract", "[store]", memory_factory, directory_factory) {
  decorated_factory<verified, TestType> make;
  store_contract(make);
}

TEST_CASE("an object key is the digest's algorithm and hex, and says so again") {
  CHECK(object_key(digest_of(algorithms::sha256, "")) ==
        ".waybill/objects/sha256/e3/b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(object_key(digest_of(algorithms::md5, "")) == ".waybill/objects/md5/d4/1d8cd98f00b204e9800998ecf8427e");
  for (algorithm const kind : algorithms::all) {
    auto const d = digest_of(kind, "text");
    CHECK(digest_of_object_key(object_key(d)) == d);
    CHECK(object_key(d).find_first_of("ABCDEF+=") == std::string::npos);
  }
}

TEST_CASE("only the one spelling of an object key names a digest") {
  std::string const good = object_key(digest_of(algorithms::md5, ""));
  REQUIRE(digest_of_object_key(good));
  for (std::string const bad :
       {"", ".waybill/objects/", ".waybill/objects/md5", ".waybill/objects/md5/", ".waybill/objects/md5/d4",
        ".waybill/objects/md5/d4/", ".waybill/objects/md5/d41/d8cd98f00b204e9800998ecf8427e",
        ".waybill/objects/md5/D4/1d8cd98f00b204e9800998ecf8427e",
        ".waybill/objects/md5/d4/1D8CD98F00B204E9800998ECF8427E",
        ".waybill/objects/md5/d4/1d8cd98f00b204e9800998ecf842",
        ".waybill/objects/md5/d4/1d8cd98f00b204e9800998ecf8427e00",
        ".waybill/objects/md5/d4/1d8cd98f00b204e9800998ecf8427g",
        ".waybill/objects/none/d4/1d8cd98f00b204e9800998ecf8427e",
        ".waybill/objects/sha1/d4/1d8cd98f00b204e9800998ecf8427e",
        "x/.waybill/objects/md5/d4/1d8cd98f00b204e9800998ecf8427e", "objects/md5/d4/1d8cd98f00b204e9800998ecf8427e",
        ".waybill/objects/md5/d4/1d8cd98f00b204e9800998ecf8427e/x"}) {
    INFO(bad);
    CHECK_FALSE(digest_of_object_key(bad));
  }
}

TEST_CASE("a verifying source lets right bytes pass") {
  auto const bytes = vector_bytes(100'000, 1);
  digest_set const both{digest_of(algorithms::sha2_256_chunked, bytes), digest_of(algorithms::md5, bytes)};
  for (auto const& size : {std::optional<std::uint64_t>{100'000}, std::optional<std::uint64_t>{}})
    for (std::size_t const piece : {1'000u, 99'999u, 100'000u, 100'001u}) {
      CHECK((read_all(*checked(bytes, size, both), piece).value() == bytes));
      CHECK((read_all(*checked(bytes, size, {}), piece).value() == bytes));
    }
  CHECK(read_all(*checked("", 0, {digest_of(algorithms::sha256, "")})).value().empty());
}

TEST_CASE("a verifying source fails at the end for a wrong digest, and keeps failing") {
  auto const right = digest_of(algorithms::sha256, "content"), wrong = digest_of(algorithms::sha256, "kontent");
  for (auto const& size : {std::optional<std::uint64_t>{7}, std::optional<std::uint64_t>{}}) {
    auto const source = checked("content", size, {wrong});
    auto const r = read_all(*source, 3);
    REQUIRE_FALSE(r);
    CHECK(r.error().code == errc::digest_mismatch);
    CHECK_THAT(r.error().message(), contains("name") && contains(right.hex()) && contains(wrong.hex()));
    std::array<std::byte, 1> buffer;
    CHECK(source->read(buffer).error() == r.error());
  }
  CHECK(read_all(*checked("", 0, {wrong})).error().code == errc::digest_mismatch);
}

TEST_CASE("one right digest does not excuse a wrong one") {
  digest_set const strong_right{digest_of(algorithms::sha256, "content"), digest_of(algorithms::md5, "kontent")};
  digest_set const strong_wrong{digest_of(algorithms::sha256, "kontent"), digest_of(algorithms::md5, "content")};
  CHECK(read_all(*checked("content", 7, strong_right)).error().code == errc::digest_mismatch);
  CHECK(read_all(*checked("content", 7, strong_wrong)).error().code == errc::digest_mismatch);
}

TEST_CASE("a verifying source fails for too few and for too many bytes") {
  auto const fewer = read_all(*checked("content", 8, {}));
  REQUIRE_FALSE(fewer);
  CHECK(fewer.error().code == errc::size_mismatch);
  CHECK_THAT(fewer.error().message(), contains("expected 8 bytes, found 7"));
  CHECK(read_all(*checked("content", 6, {})).error().code == errc::size_mismatch);
  CHECK(read_all(*checked("content", 6, {digest_of(algorithms::sha256, "conten")}), 3).error().code ==
        errc::size_mismatch);
  CHECK(read_all(*checked("content", 0, {})).error().code == errc::size_mismatch);
}

TEST_CASE("a reader who stops at the last byte is told as well") {
  std::array<std::byte, 7> buffer;
  auto const source = checked("content", 7, {digest_of(algorithms::sha256, "kontent")});
  CHECK(source->read(buffer).error().code == errc::digest_mismatch);
}

TEST_CASE("a digest that cannot be computed is not taken for checked") {
  static constexpr algorithm_info strange{"strange", 4, digest_text::hex, 1};
  auto const r = verifying_source::wrap(std::make_unique<memory_source>(std::string_view{"x"}), 1,
                                        {digest{strange, as_bytes("abcd")}}, "name");
  REQUIRE_FALSE(r);
  CHECK(r.error().code == errc::unknown_algorithm);
}

TEST_CASE("a verified store checks what is read and written under the name of a digest") {
  memory_store inner;
  verified store{inner};
  auto const key = object_key(digest_of(algorithms::sha2_256_chunked, "content"));

  SECTION("wrong bytes do not get in") {
    CHECK(put(store, key, "kontent").error().code == errc::digest_mismatch);
    CHECK(keys_of(inner).empty());
    CHECK(put(store, key, "content"));
  }
  SECTION("who expects something else than the key says is refused, whatever the bytes") {
    digest_set const other{digest_of(algorithms::sha2_256_chunked, "kontent")};
    CHECK(put(store, key, "kontent", {.expected = other}).error().code == errc::digest_mismatch);
    CHECK(put(store, key, "content", {.expected = other}).error().code == errc::digest_mismatch);
    CHECK(keys_of(inner).empty());
  }
  SECTION("bytes that were damaged inside do not get out") {
    for (std::string const damaged : {"kontent", "conten", "content and more", ""}) {
      REQUIRE(put(inner, key, damaged));
      auto const r = get(store, key);
      REQUIRE_FALSE(r);
      CHECK(r.error().code == condition::integrity);
      CHECK_THAT(r.error().message(), contains(key));
    }
  }
  SECTION("a reader who knows the size and stops there is told as well") {
    REQUIRE(put(inner, key, "kontent"));
    auto const source = store.open(key);
    REQUIRE(source);
    std::array<std::byte, 7> buffer;
    CHECK((*source)->read(buffer).error().code == errc::digest_mismatch);
  }
  SECTION("other keys and parts are passed on") {
    REQUIRE(put(inner, key, "kontent"));
    CHECK(get(store, key, {1, 3}).value() == "ont");
    REQUIRE(put(store, "plain", "anything"));
    CHECK(get(store, "plain").value() == "anything");
  }
}

TEST_CASE("a verified store can be read only") {
  struct source_only {
    result<object_info> head(std::string_view key) const { return inner.head(key); }
    result<std::unique_ptr<byte_source>> open(std::string_view key, byte_range range) const {
      return inner.open(key, range);
    }
    result<void> list(std::string_view prefix, object_visitor const& visit) const { return inner.list(prefix, visit); }
    physical_key url(std::string_view key) const { return inner.url(key); }
    std::optional<std::string> local_file(std::string_view) const { return std::nullopt; }
    memory_store inner;
  };
  STATIC_REQUIRE(object_source<verified<source_only>>);
  STATIC_REQUIRE_FALSE(object_store<verified<source_only>>);
}

#pragma once

#include <waybill/store/verified.hpp>

#include <set>
#include <utility>

#include "tools.hpp"

namespace waybill_test {

template <object_store S>
void contract_of_reading(S& store) {
  SECTION("what is not there is not found, and the error names it") {
    for (std::string const key : {"missing", "missing/below", ".waybill/objects/sha256/ab/cd"}) {
      auto const head = store.head(key);
      REQUIRE_FALSE(head);
      CHECK(head.error().code == errc::object_not_found);
      CHECK_THAT(head.error().message(), contains(key));
      auto const opened = store.open(key, {});
      REQUIRE_FALSE(opened);
      CHECK(opened.error().code == errc::object_not_found);
      CHECK_FALSE(store.local_file(key));
    }
  }

  SECTION("the beginning of other keys is no object") {
    REQUIRE(put(store, "d/e/f", "x"));
    CHECK(store.head("d/e").error().code == errc::object_not_found);
    CHECK(store.open("d", {}).error().code == errc::object_not_found);
    CHECK(store.head("d/e/f/g").error().code == errc::object_not_found);
    CHECK_FALSE(store.local_file("d/e"));
  }

  SECTION("bytes come back as they were put, whatever their number and the name of the object") {
    for (std::uint64_t const size : {0u, 1u, 4096u, 262'143u, 262'144u, 262'145u, 1'048'576u, 1'048'577u, 3'145'735u}) {
      auto const bytes = vector_bytes(size, size % 251);
      auto const addressed = object_key(digest_of(algorithms::sha2_256_chunked, bytes));
      for (auto const& key : {"plain/" + std::to_string(size), addressed}) {
        INFO(key << ", " << size << " bytes");
        auto const stored = put(store, key, bytes);
        REQUIRE(stored);
        CHECK(stored->size == size);
        auto const back = get(store, key);
        REQUIRE(back);
        CHECK((*back == bytes));
        auto const known = store.head(key);
        REQUIRE(known);
        CHECK(known->key == key);
        CHECK(known->size == size);
        CHECK(known->version == stored->version);
        // Once more: a store that keeps copies now serves them.
        auto const source = store.open(key, {});
        REQUIRE(source);
        auto const in_small_pieces = read_all(**source, 997);
        CHECK((in_small_pieces && *in_small_pieces == bytes));
        if (auto const path = store.local_file(key)) CHECK((read_file(*path) == bytes));
      }
    }
  }

  SECTION("a range is cut off at the end of the object") {
    auto const bytes = vector_bytes(100'000, 7);
    for (auto const& key : {std::string{"r"}, object_key(digest_of(algorithms::sha256, bytes))}) {
      REQUIRE(put(store, key, bytes));
      for (auto const& [range, expected] :
           std::vector<std::pair<byte_range, std::string>>{{{0, 10}, bytes.substr(0, 10)},
                                                           {{99'990, 10}, bytes.substr(99'990)},
                                                           {{50'000, {}}, bytes.substr(50'000)},
                                                           {{12'345, 54'321}, bytes.substr(12'345, 54'321)},
                                                           {{0, 0}, ""},
                                                           {{99'999, 10}, bytes.substr(99'999)},
                                                           {{100'000, {}}, ""},
                                                           {{100'000, 5}, ""},
                                                           {{200'000, {}}, ""},
                                                           {{1, std::uint64_t{1} << 62}, bytes.substr(1)}}) {
        INFO(key << " from " << range.offset << ", " << (range.length ? std::to_string(*range.length) : "to the end"));
        auto const part = get(store, key, range);
        REQUIRE(part);
        CHECK((*part == expected));
      }
    }
  }

  SECTION("a source never mixes an object with its successor") {
    auto const first = vector_bytes(2'000'000, 1), second = vector_bytes(2'000'000, 2);
    REQUIRE(put(store, "k", first));
    auto const source = store.open("k", {});
    REQUIRE(source);
    std::array<std::byte, 1000> buffer;
    auto const n = (*source)->read(buffer);
    REQUIRE(n);
    REQUIRE(*n > 0);
    REQUIRE(put(store, "k", second));
    auto const rest = read_all(**source);
    if (rest) CHECK((std::string{as_text(std::span{buffer}.first(*n))} + *rest == first));
    CHECK((get(store, "k").value() == second));
  }

  SECTION("a URL names one object and can be read back") {
    std::set<std::string> seen;
    for (auto const& key : unusual_keys()) {
      INFO(key);
      auto const url = store.url(key);
      CHECK(seen.insert(url.url()).second);
      auto const again = physical_key::parse(url.url());
      REQUIRE(again);
      CHECK(again->url() == url.url());
    }
  }
}

}  // namespace waybill_test

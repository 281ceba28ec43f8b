#pragma once

#include "tools.hpp"

namespace waybill_test {

template <object_store S>
void contract_of_listing(S& store, std::size_t many, bool utf8_keys) {
  SECTION("keys are listed in byte order, by a prefix of bytes") {
    std::vector<std::string> keys{"a",     "ab/c", "abc/x",  "abc/y/z",   "abd",    "b-b/x", "b.txt",
                                  "b/x",   "b0/x", "c/a-b",  "c/a.txt",   "c/a/x",  "c/a0",  "d\xC3\xA9/\xC3\xA9",
                                  "e f/g", "f/~",  "z/zz/1", "z/zz/10/x", "z/zz/2", ".h/x"};
    if (utf8_keys) CHECK(put(store, "d\xFFx", "x").error().code == errc::malformed_key);
    else keys.push_back("d\xFFx");
    for (auto const& key : keys) REQUIRE(put(store, key, key));
    std::ranges::sort(keys);
    CHECK(keys_of(store) == keys);
    for (std::string const prefix :
         {"a",      "ab",      "abc", "abc/",    "abc/y",    "b",  "b-", "b/",  "c/a",    "c/a/", "c/a/x", "d\xC3",
          "z/zz/1", "z/zz/1/", ".",   "nothing", "abc/y/z/", "a/", "..", "../", "a/../b", "//",   "/",     "e f/"}) {
      INFO(prefix);
      std::vector<std::string> expected;
      for (auto const& key : keys)
        if (key.starts_with(prefix)) expected.push_back(key);
      CHECK(keys_of(store, prefix) == expected);
    }
  }

  SECTION("a listing knows sizes and versions") {
    auto const a = put(store, "a", "1"), b = put(store, "b/c", std::string(1000, 'x'));
    REQUIRE(a);
    REQUIRE(b);
    std::vector<object_info> seen;
    REQUIRE(store.list("", [&](object_info const& info) -> result<void> {
      seen.push_back(info);
      return {};
    }));
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].size == 1);
    CHECK(seen[0].version == a->version);
    CHECK(seen[1].size == 1000);
    CHECK(seen[1].version == b->version);
  }

  SECTION("a long listing is complete and can be ended by the visitor") {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < many; ++i) {
      keys.push_back("many/" + std::to_string(i));
      REQUIRE(put(store, keys.back(), "x", {.durable = false}));
    }
    std::ranges::sort(keys);
    CHECK((keys_of(store, "many/") == keys));
    std::size_t visited = 0;
    auto const ended = store.list("many/", [&](object_info const&) -> result<void> {
      if (++visited == many / 2) return make_error(errc::temporary, "enough");
      return {};
    });
    REQUIRE_FALSE(ended);
    CHECK(ended.error().detail == "enough");
    CHECK(visited == many / 2);
  }

  SECTION("a visitor may change the store") {
    for (std::string const key : {"a/1", "a/2", "b/1", "b/2/3", "c"}) REQUIRE(put(store, key, "x"));
    std::vector<std::string> seen;
    REQUIRE(store.list("", [&](object_info const& info) -> result<void> {
      seen.push_back(info.key);
      return store.remove(info.key);
    }));
    CHECK(seen == std::vector<std::string>{"a/1", "a/2", "b/1", "b/2/3", "c"});
    CHECK(keys_of(store).empty());
  }

  SECTION("an empty store lists nothing") { CHECK(keys_of(store).empty()); }
}

}  // namespace waybill_test

#pragma once

#include <waybill/store/verified.hpp>

#include "tools.hpp"

namespace waybill_test {

template <object_store S>
void contract_of_writing(S& store) {
  SECTION("unusual keys are kept as they are") {
    for (auto const& key : unusual_keys()) {
      INFO(key);
      REQUIRE(put(store, key, "bytes of " + key));
    }
    for (auto const& key : unusual_keys()) CHECK(get(store, key).value() == "bytes of " + key);
    auto sorted = unusual_keys();
    std::ranges::sort(sorted);
    CHECK(keys_of(store) == sorted);
  }

  SECTION("unsafe keys are refused and nothing is stored") {
    for (auto const& key : std::vector<std::string>{"", "/", "/abs", "a//b", "a/", "/a/", ".", "..", "./a", "a/.",
                                                    "a/./b", "../x", "a/../b", "a/..", std::string{"a\0b", 3}}) {
      INFO(key);
      auto const stored = put(store, key, "x");
      REQUIRE_FALSE(stored);
      CHECK(stored.error().code == errc::unsafe_key);
      CHECK(stored.error().code == condition::unsafe_input);
      CHECK_FALSE(store.head(key));
      CHECK_FALSE(store.open(key, {}));
    }
    CHECK(keys_of(store).empty());
  }

  SECTION("bytes with another digest than expected are not stored") {
    for (algorithm const kind : algorithms::all) {
      auto const key = "by/" + std::string{kind.name()};
      auto const right = digest_of(kind, "content"), wrong = digest_of(kind, "kontent");
      auto const refused = put(store, key, "content", {.expected = {wrong}});
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == errc::digest_mismatch);
      CHECK_THAT(refused.error().message(), contains(key) && contains(right.text()) && contains(wrong.text()));
      CHECK(keys_of(store, key).empty());
      CHECK(store.head(key).error().code == errc::object_not_found);
      REQUIRE(put(store, key, "content", {.expected = {right}}));
      CHECK(get(store, key).value() == "content");
      CHECK_FALSE(put(store, key, "kontent", {.expected = {right}}));
      CHECK(get(store, key).value() == "content");
    }
  }

  SECTION("every expected digest must be right, not only the strongest") {
    digest_set const mixed{digest_of(algorithms::sha256, "content"), digest_of(algorithms::md5, "kontent")};
    auto const refused = put(store, "k", "content", {.expected = mixed});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::digest_mismatch);
    CHECK(keys_of(store).empty());
  }

  SECTION("a digest that cannot be computed is an error, not a licence") {
    static constexpr algorithm_info strange{"strange", 4, digest_text::hex, 1};
    digest const d{strange, as_bytes("abcd")};
    auto const refused = put(store, "k", "content", {.expected = {d}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::unknown_algorithm);
    CHECK(keys_of(store).empty());
  }

  SECTION("a content that shrinks, grows or breaks is not stored, and what was there stays") {
    REQUIRE(put(store, "old", "old"));
    for (std::size_t const size : {std::size_t{10}, std::size_t{2'000'000}}) {
      auto const bytes = vector_bytes(size, 3);
      for (std::string const key : {"new", "old"}) {
        INFO(key << ", " << size << " bytes");
        auto const shrunk = store.put(key, unreliable_content{size + 1, bytes, false}, {});
        REQUIRE_FALSE(shrunk);
        CHECK(shrunk.error().code == errc::source_changed);
        auto const grown = store.put(key, unreliable_content{size - 1, bytes, false}, {});
        REQUIRE_FALSE(grown);
        CHECK(grown.error().code == errc::source_changed);
        auto const broken = store.put(key, unreliable_content{size + 1, bytes, true}, {});
        REQUIRE_FALSE(broken);
        CHECK(broken.error().code == errc::permanent);
      }
    }
    CHECK(keys_of(store) == std::vector<std::string>{"old"});
    CHECK(get(store, "old").value() == "old");
  }

  SECTION("a file is a content") {
    temporary_directory home;
    auto const path = (home / "f").string();
    write_file(path, "first");
    auto const content = file_content::open_path(path);
    REQUIRE(content);
    REQUIRE(store.put("f", *content, {.expected = {digest_of(algorithms::sha256, "first")}}));
    CHECK(get(store, "f").value() == "first");
    write_file(path, "second");
    CHECK(store.put("f", *content, {}).error().code == errc::source_changed);
    CHECK(get(store, "f").value() == "first");
  }

  SECTION("the last put stays, and its version is another one") {
    auto const first = put(store, "k", "first"), second = put(store, "k", "second, and longer");
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->version != second->version);
    CHECK(store.head("k").value().version == second->version);
    CHECK(get(store, "k").value() == "second, and longer");
    REQUIRE(put(store, "k", "3"));
    CHECK(get(store, "k").value() == "3");
  }

  SECTION("only_if_absent leaves what is there") {
    REQUIRE(put(store, "k", "first", {.only_if_absent = true}));
    auto const second = put(store, "k", "second", {.only_if_absent = true});
    REQUIRE_FALSE(second);
    CHECK(second.error().code == errc::collision);
    CHECK_THAT(second.error().message(), contains("k"));
    CHECK(get(store, "k").value() == "first");
    REQUIRE(store.remove("k"));
    CHECK(put(store, "k", "third", {.only_if_absent = true}));
  }

  SECTION("what is put with durable off is there at once, and flush makes it last") {
    REQUIRE(put(store, "k", "text", {.durable = false}));
    CHECK(get(store, "k").value() == "text");
    REQUIRE(store.flush());
    CHECK(get(store, "k").value() == "text");
  }

  SECTION("what was removed is gone, and only that") {
    for (std::string const key : {"d/x", "d/y", "d-x"}) REQUIRE(put(store, key, "x"));
    REQUIRE(store.remove("d/x"));
    CHECK(store.head("d/x").error().code == errc::object_not_found);
    CHECK(store.open("d/x", {}).error().code == errc::object_not_found);
    CHECK(keys_of(store) == std::vector<std::string>{"d-x", "d/y"});
    CHECK(store.remove("d/x"));
    CHECK(store.remove("d/y/z"));
    CHECK(store.remove("nothing/here"));
    CHECK(store.remove("d"));
    CHECK(keys_of(store) == std::vector<std::string>{"d-x", "d/y"});
    REQUIRE(store.remove("d/y"));
    // Nothing is left of the directory either.
    CHECK(put(store, "d", "x"));
  }

  SECTION("a removed content-addressed object is gone although it was read before") {
    auto const key = object_key(digest_of(algorithms::sha256, "text"));
    REQUIRE(put(store, key, "text"));
    REQUIRE(get(store, key).value() == "text");
    REQUIRE(store.remove(key));
    CHECK(store.head(key).error().code == errc::object_not_found);
    CHECK(store.open(key, {}).error().code == errc::object_not_found);
  }

  SECTION("a key below another one is kept, or refused with both left as they were") {
    REQUIRE(put(store, "x", "short"));
    REQUIRE(put(store, "p/q/r", "long"));
    auto const below = put(store, "x/y", "below"), above = put(store, "p/q", "above");
    if (!below) CHECK(below.error().code == errc::key_conflict);
    if (!above) CHECK(above.error().code == errc::key_conflict);
    CHECK(get(store, "x").value() == "short");
    CHECK(get(store, "p/q/r").value() == "long");
    if (below) CHECK(get(store, "x/y").value() == "below");
    if (above) CHECK(get(store, "p/q").value() == "above");
    auto const alone = put(store, "p", "alone", {.only_if_absent = true});
    if (!alone) CHECK(alone.error().code == errc::key_conflict);
  }
}

}  // namespace waybill_test

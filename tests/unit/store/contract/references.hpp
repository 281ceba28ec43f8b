#pragma once

#include <optional>

#include "tools.hpp"

namespace waybill_test {

template <ref_store S>
void contract_of_references(S& store) {
  SECTION("a reference changes only for who knows its version") {
    auto const none = store.read_ref("refs/a");
    REQUIRE(none);
    CHECK_FALSE(*none);
    CHECK(store.swap_ref("refs/a", "some version", "x").error().code == errc::lost_race);
    auto const first = store.swap_ref("refs/a", std::nullopt, "one");
    REQUIRE(first);
    CHECK(first->text == "one");
    auto const lost = store.swap_ref("refs/a", std::nullopt, "two");
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == errc::lost_race);
    CHECK(lost.error().code == condition::conflict);
    CHECK_THAT(lost.error().message(), contains("refs/a"));
    auto const second = store.swap_ref("refs/a", first->version, "two");
    REQUIRE(second);
    CHECK(second->version != first->version);
    CHECK(store.swap_ref("refs/a", first->version, "three").error().code == errc::lost_race);
    auto const now = store.read_ref("refs/a");
    REQUIRE((now && *now));
    CHECK((*now)->text == "two");
    CHECK((*now)->version == second->version);
    CHECK(store.remove_ref("refs/a", first->version).error().code == errc::lost_race);
    CHECK(store.remove_ref("refs/a", std::nullopt).error().code == errc::lost_race);
    CHECK(get(store, "refs/a").value() == "two");
    REQUIRE(store.remove_ref("refs/a", second->version));
    CHECK_FALSE(store.read_ref("refs/a").value());
    CHECK(store.remove_ref("refs/a", second->version).error().code == errc::lost_race);
    CHECK(store.remove_ref("refs/a", std::nullopt));
    CHECK(store.swap_ref("refs/a", std::nullopt, "again"));
  }

  SECTION("a reference holds any text, byte for byte, and is an object") {
    for (auto const& text : {std::string{}, std::string{"line\nline\n"}, std::string{"\0\xFF", 2},
                             std::string(200'000, 'r'), std::string{"dcae1d6f"}}) {
      auto const before = store.read_ref("r/x").value();
      auto const swapped = store.swap_ref("r/x", before ? std::optional{before->version} : std::nullopt, text);
      REQUIRE(swapped);
      CHECK((store.read_ref("r/x").value().value().text == text));
      CHECK((get(store, "r/x").value() == text));
      CHECK(store.head("r/x").value().size == text.size());
    }
    CHECK(keys_of(store) == std::vector<std::string>{"r/x"});
  }

  SECTION("what other programs put is read as a reference, and seen as a change") {
    REQUIRE(put(store, "latest", "theirs"));
    auto const seen = store.read_ref("latest").value();
    REQUIRE(seen);
    CHECK(seen->text == "theirs");
    REQUIRE(put(store, "latest", "theirs again"));
    CHECK(store.swap_ref("latest", seen->version, "ours").error().code == errc::lost_race);
    CHECK(get(store, "latest").value() == "theirs again");
    CHECK(store.swap_ref("latest", store.read_ref("latest").value().value().version, "ours"));
    CHECK(get(store, "latest").value() == "ours");
  }

  SECTION("unsafe names are refused") {
    for (std::string const key : {"../x", "/x", "a//b", ""}) {
      CHECK(store.swap_ref(key, std::nullopt, "x").error().code == errc::unsafe_key);
      CHECK_FALSE(store.read_ref(key));
    }
    CHECK(keys_of(store).empty());
  }

  SECTION("no increment is lost among threads") {
    constexpr int each = 20;
    first_error unexpected;
    together(4, [&](unsigned) {
      for (int done = 0; done < each;) {
        auto const now = store.read_ref("n");
        if (!now) return unexpected.note(now);
        auto const value = *now ? std::stoi((*now)->text) : 0;
        auto const next =
            store.swap_ref("n", *now ? std::optional{(*now)->version} : std::nullopt, std::to_string(value + 1));
        if (next) ++done;
        else if (next.error().code != errc::lost_race) return unexpected.note(next);
      }
    });
    CHECK(unexpected.text() == "");
    CHECK(get(store, "n").value() == std::to_string(4 * each));
  }
}

}  // namespace waybill_test

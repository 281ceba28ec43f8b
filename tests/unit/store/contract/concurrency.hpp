#pragma once

#include "tools.hpp"

namespace waybill_test {

/// @param passing_conflicts  beside removals in one folder a put may meet errc::key_conflict for a moment (versitygw
///        1.8 over files takes a directory for an object), or denied (MinIO says AccessDenied where a removal takes
///        away the folder that it has just made)
template <object_store S>
void contract_of_concurrent_writing(S& store, bool passing_conflicts) {
  SECTION("of several writers with only_if_absent exactly one wins, and its bytes stay") {
    std::atomic<int> won{0}, collided{0};
    std::atomic<unsigned> winner{99};
    together(8, [&](unsigned i) {
      auto const r = put(store, "race", vector_bytes(100'000, i), {.only_if_absent = true});
      if (r) {
        ++won;
        winner = i;
      } else if (r.error().code == errc::collision) {
        ++collided;
      }
    });
    CHECK(won == 1);
    CHECK(collided == 7);
    CHECK((get(store, "race").value() == vector_bytes(100'000, winner)));
  }

  SECTION("readers see one whole object while writers replace it") {
    REQUIRE(put(store, "k", vector_bytes(300'000, 0)));
    std::atomic<int> mixed{0};
    first_error unexpected;
    together(6, [&](unsigned i) {
      for (unsigned round = 0; round < 6; ++round) {
        if (i < 3) {
          unexpected.note(put(store, "k", vector_bytes(300'000, i)));
          continue;
        }
        auto const bytes = get(store, "k");
        // Told that the object changed, a reader reads again.
        if (!bytes && bytes.error().code != errc::source_changed) unexpected.note(bytes);
        if (bytes && *bytes != vector_bytes(300'000, 0) && *bytes != vector_bytes(300'000, 1) &&
            *bytes != vector_bytes(300'000, 2))
          ++mixed;
      }
    });
    CHECK(mixed == 0);
    CHECK(unexpected.text() == "");
  }

  SECTION("puts and removals side by side do not disturb each other") {
    first_error unexpected;
    together(6, [&](unsigned i) {
      auto const key = "shared/dir/" + std::to_string(i);
      for (int round = 0; round < 50; ++round) {
        auto stored = put(store, key, key, {.durable = false});
        auto const passes = [&] {
          return passing_conflicts && !stored &&
                 (stored.error().code == errc::key_conflict || stored.error().code == errc::denied);
        };
        for (int again = 0; again < 100 && passes(); ++again) stored = put(store, key, key, {.durable = false});
        unexpected.note(stored);
        unexpected.note(get(store, key));
        unexpected.note(store.remove(key));
      }
    });
    CHECK(unexpected.text() == "");
    CHECK(keys_of(store).empty());
  }

  SECTION("who reads what comes and goes finds it or does not find it") {
    first_error unexpected;
    std::atomic<bool> over{false};
    auto const note_unless_missing = [&](auto const& r) {
      // A store that looks twice may see two versions.
      if (!r && r.error().code != errc::object_not_found && r.error().code != errc::source_changed) unexpected.note(r);
    };
    together(4, [&](unsigned i) {
      for (int round = 0; i == 0 && round < 100; ++round) {
        unexpected.note(put(store, "dir/k", "text", {.durable = false}));
        unexpected.note(store.remove("dir/k"));
      }
      if (i == 0) over = true;
      while (!over) {
        if (i == 1) note_unless_missing(store.head("dir/k"));
        if (i == 2) note_unless_missing(get(store, "dir/k"));
        if constexpr (ref_store<S>)
          if (i == 3) unexpected.note(store.read_ref("dir/k"));
      }
    });
    CHECK(unexpected.text() == "");
  }
}

}  // namespace waybill_test

#include <waybill/store/cached.hpp>

#include <waybill/store/counted.hpp>

#include "contract.hpp"
#include "factories.hpp"
#include "faulty.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

template <class Near, class Far>
struct cached_factory {
  auto operator()() { return cached{near(), far()}; }
  Near near;
  Far far;
};

/// A near store in which everything goes wrong, one way or another.
struct broken_near_factory {
  faulty<memory_store> operator()() const {
    auto plan = std::make_shared<fault_plan>();
    plan->before = [](std::string_view, std::string_view) {
      return std::optional{system_error(ENOSPC, "near is broken")};
    };
    return faulty{memory_store{}, plan};
  }
};
/// A near store that takes everything and cannot be read beyond the first bytes.
struct unreadable_near_factory {
  faulty<memory_store> operator()() const {
    auto plan = std::make_shared<fault_plan>();
    plan->largest_read = 1'000;
    plan->read = [](std::string_view, std::uint64_t position) {
      return position >= 1'000 ? std::optional{system_error(EIO, "near is broken")} : std::nullopt;
    };
    return faulty{memory_store{}, plan};
  }
};
/// A near store that gives back damaged bytes.
struct rotten_near_factory {
  faulty<memory_store> operator()() const {
    auto plan = std::make_shared<fault_plan>();
    plan->damage = [](std::string_view, std::uint64_t, std::span<std::byte> bytes) {
      if (!bytes.empty()) bytes.back() ^= std::byte{1};
    };
    return faulty{memory_store{}, plan};
  }
};

}  // namespace

TEST_CASE("a cached store keeps the contract", "[store]") {
  SECTION("memory near memory") {
    cached_factory<memory_factory, memory_factory> make;
    store_contract(make);
  }
  SECTION("directory near memory") {
    cached_factory<directory_factory, memory_factory> make;
    store_contract(make);
  }
  SECTION("memory near directory") {
    cached_factory<memory_factory, directory_factory> make;
    store_contract(make);
  }
}

TEST_CASE("a cached store keeps the contract whatever goes wrong near", "[store]") {
  SECTION("every call fails") {
    cached_factory<broken_near_factory, memory_factory> make;
    store_contract(make);
  }
  SECTION("bytes are damaged") {
    cached_factory<rotten_near_factory, memory_factory> make;
    store_contract(make);
  }
  SECTION("reading fails on the way") {
    cached_factory<unreadable_near_factory, memory_factory> make;
    store_contract(make);
  }
}

TEST_CASE("an object is fetched once and then read near") {
  memory_store near;
  counted far{memory_store{}};
  cached store{near, far};
  for (std::size_t const size : {std::size_t{10}, std::size_t{3'000'000}}) {
    auto const bytes = vector_bytes(size, 1);
    auto const key = object_key(digest_of(algorithms::sha2_256_chunked, bytes));
    REQUIRE(put(store, key, bytes));
    CHECK_FALSE(near.head(key));
    auto const before = far.counts();
    CHECK((get(store, key).value() == bytes));
    CHECK(far.counts().open.calls == before.open.calls + 1);
    CHECK(far.counts().open.bytes == before.open.bytes + size);
    CHECK((get(near, key).value() == bytes));
    auto const after = far.counts();
    for (int again = 0; again < 3; ++again) CHECK((get(store, key).value() == bytes));
    CHECK((get(store, key, {2, 5}).value() == bytes.substr(2, 5)));
    CHECK(far.counts() == after);
  }
}

TEST_CASE("what is no content-addressed object is not kept near") {
  memory_store near, far;
  cached store{near, far};
  REQUIRE(put(store, "plain", "one"));
  CHECK(get(store, "plain").value() == "one");
  REQUIRE(put(far, "plain", "two"));
  CHECK(get(store, "plain").value() == "two");
  REQUIRE(store.swap_ref("r", std::nullopt, "x"));
  CHECK(keys_of(near).empty());
}

TEST_CASE("a copy in near does not mean that far has the object") {
  memory_store near, far;
  cached store{near, far};
  auto const key = object_key(digest_of(algorithms::sha256, "text"));
  REQUIRE(put(near, key, "text"));
  CHECK(store.head(key).error().code == errc::object_not_found);
  CHECK(keys_of(store).empty());
  CHECK(get(store, key).value() == "text");
}

TEST_CASE("a part is read near if it lies there, else far, and fetches nothing more") {
  memory_store near;
  counted far{memory_store{}};
  cached store{near, far};
  auto const bytes = vector_bytes(10'000, 1);
  auto const key = object_key(digest_of(algorithms::sha256, bytes));
  REQUIRE(put(store, key, bytes));
  CHECK((get(store, key, {100, 50}).value() == bytes.substr(100, 50)));
  CHECK(keys_of(near).empty());
  CHECK(far.counts().open == operation_count{1, 0, 50});
  // A copy cut short by a crash must not pass for the whole.
  REQUIRE(put(near, key, bytes.substr(0, 5'000)));
  CHECK((get(store, key, {4'000, 500}).value() == bytes.substr(4'000, 500)));
  CHECK(far.counts().open.calls == 1);
  CHECK((get(store, key, {4'000, 2'000}).value() == bytes.substr(4'000, 2'000)));
  CHECK((get(store, key, {4'000, {}}).value() == bytes.substr(4'000)));
  CHECK(far.counts().open.calls == 3);
}

TEST_CASE("a damaged copy is never served and is replaced") {
  for (std::size_t const size : {std::size_t{10}, std::size_t{3'000'000}}) {
    auto const bytes = vector_bytes(size, 1);
    auto const key = object_key(digest_of(algorithms::sha256, bytes));
    auto flipped = bytes;
    flipped[size / 2] = static_cast<char>(flipped[size / 2] ^ 1);
    for (auto const& damaged : {flipped, bytes.substr(0, size - 1), bytes + "x", std::string{}}) {
      memory_store near, far;
      cached store{near, far};
      REQUIRE(put(far, key, bytes));
      REQUIRE(put(near, key, damaged));
      CHECK((get(store, key).value() == bytes));
      CHECK((get(near, key).value() == bytes));
    }
  }
}

TEST_CASE("bytes that are wrong far away fail the read and are not kept") {
  for (std::size_t const size : {std::size_t{10}, std::size_t{3'000'000}}) {
    auto const key = object_key(digest_of(algorithms::sha256, vector_bytes(size, 1)));
    memory_store near, far;
    REQUIRE(put(far, key, vector_bytes(size, 2)));
    auto const r = get(cached{near, far}, key);
    REQUIRE_FALSE(r);
    CHECK(r.error().code == errc::digest_mismatch);
    CHECK(keys_of(near).empty());
    // The same where near can keep nothing at all.
    CHECK(get(cached{broken_near_factory{}(), far}, key).error().code == errc::digest_mismatch);
  }
}

TEST_CASE("nothing that goes wrong near fails a read far can serve") {
  auto const small = vector_bytes(5'000, 1), large = vector_bytes(3'000'000, 2);
  for (auto const& bytes : {small, large}) {
    auto const key = object_key(digest_of(algorithms::sha256, bytes));
    memory_store far;
    REQUIRE(put(far, key, bytes));
    cached const broken{broken_near_factory{}(), far};
    cached const unreadable{unreadable_near_factory{}(), far};
    for (int again = 0; again < 2; ++again) {
      CHECK((get(broken, key).value() == bytes));
      CHECK((get(unreadable, key).value() == bytes));
      CHECK((get(broken, key, {10, 4'000}).value() == bytes.substr(10, 4'000)));
      CHECK((get(unreadable, key, {10, 4'000}).value() == bytes.substr(10, 4'000)));
    }
    CHECK_FALSE(broken.local_file(key));
  }
}

TEST_CASE("a near copy that can be read only once is continued from far, and far is checked") {
  auto const bytes = vector_bytes(3'000'000, 2);
  auto const key = object_key(digest_of(algorithms::sha256, bytes));
  auto const plan = std::make_shared<fault_plan>();
  bool break_now = false;
  plan->read = [&](std::string_view, std::uint64_t position) -> std::optional<error> {
    return break_now && position >= 1'000'000 ? std::optional{system_error(EIO, "near is broken")} : std::nullopt;
  };
  memory_store far;
  REQUIRE(put(far, key, bytes));
  cached store{faulty{memory_store{}, plan}, far};
  CHECK((get(store, key).value() == bytes));
  auto source = store.open(key).value();  // the copy was checked here
  break_now = true;
  CHECK((read_all(*source).value() == bytes));
  break_now = false;
  source = store.open(key).value();
  break_now = true;
  auto damaged = bytes;
  damaged.back() ^= 1;
  REQUIRE(put(far, key, damaged));
  CHECK(read_all(*source).error().code == errc::digest_mismatch);
}

TEST_CASE("a near store that damages what it is given is read around") {
  auto const bytes = vector_bytes(5'000, 2);
  auto const key = object_key(digest_of(algorithms::sha256, bytes));
  memory_store far;
  REQUIRE(put(far, key, bytes));
  cached const store{rotten_near_factory{}(), far};
  for (int again = 0; again < 2; ++again) CHECK((get(store, key).value() == bytes));
}

TEST_CASE("the local file is near's where it has the object") {
  temporary_directory a, b;
  auto near = directory_store::open_path(a.path().string(), true).value();
  auto far = directory_store::open_path(b.path().string(), true).value();
  cached store{near, far};
  auto const key = object_key(digest_of(algorithms::sha256, "text"));
  CHECK_FALSE(store.local_file(key));
  REQUIRE(put(store, key, "text"));
  CHECK(store.local_file(key) == far.local_file(key));
  CHECK(get(store, key).value() == "text");
  CHECK(store.local_file(key) == near.local_file(key));
  CHECK(store.url(key) == far.url(key));
}

TEST_CASE("a near copy that cannot be read for a moment stays") {
  auto const bytes = vector_bytes(5'000, 1);
  auto const key = object_key(digest_of(algorithms::sha256, bytes));
  memory_store near, far;
  REQUIRE(put(near, key, bytes));
  REQUIRE(put(far, key, bytes));
  auto const plan = std::make_shared<fault_plan>();
  plan->read = [](std::string_view, std::uint64_t) { return std::optional{system_error(EIO, "near is broken")}; };
  plan->before = [](std::string_view operation, std::string_view) {
    return operation == "put" ? std::optional{system_error(EIO, "near is broken")} : std::nullopt;
  };
  CHECK((get(cached{faulty{near, plan}, far}, key).value() == bytes));
  CHECK(plan->count("remove") == 0);
  CHECK((get(near, key).value() == bytes));
}

TEST_CASE("what near holds under other keys is neither served nor removed") {
  temporary_directory a;
  auto near = directory_store::open_path(a.path().string(), true).value();
  memory_store far;
  cached store{near, far};
  REQUIRE(put(near, "plain", "mine"));
  REQUIRE(put(far, "plain", "theirs"));
  CHECK_FALSE(store.local_file("plain"));
  CHECK(get(store, "plain").value() == "theirs");
  REQUIRE(store.remove("plain"));
  CHECK(get(near, "plain").value() == "mine");
}

TEST_CASE("removing an object removes its near copy too") {
  memory_store near, far;
  cached store{near, far};
  auto const key = object_key(digest_of(algorithms::sha256, "text"));
  REQUIRE(put(store, key, "text"));
  REQUIRE(get(store, key));
  REQUIRE(near.head(key));
  REQUIRE(store.remove(key));
  CHECK(keys_of(near).empty());
  CHECK(keys_of(far).empty());
}

TEST_CASE("a part that near cannot read on the way is continued from far where it stopped") {
  auto const bytes = vector_bytes(10'000, 1);
  auto const key = object_key(digest_of(algorithms::sha256, bytes));
  memory_store near;
  counted far{memory_store{}};
  REQUIRE(put(near, key, bytes));
  REQUIRE(put(far, key, bytes));
  auto const plan = std::make_shared<fault_plan>();
  plan->largest_read = 1'000;
  plan->read = [](std::string_view, std::uint64_t position) {
    return position >= 4'000 ? std::optional{system_error(EIO, "near is broken")} : std::nullopt;
  };
  CHECK((get(cached{faulty{near, plan}, far}, key, {2'000, 5'000}).value() == bytes.substr(2'000, 5'000)));
  CHECK(far.counts().open == operation_count{1, 0, 3'000});
}

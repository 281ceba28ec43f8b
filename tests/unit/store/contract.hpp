#pragma once

// What every store promises (store/concepts.hpp), as one suite. Nothing here knows a store's type: a factory makes one.
//
//   struct my_factory {
//     my_store operator()();                       // a fresh, empty store; may refer to the factory, which outlives it
//     static constexpr std::size_t many = 1100;    // optional: objects of the long listing (more than a page of yours)
//   };
//   TEST_CASE("my store keeps the contract") { my_factory make; store_contract(make); }

#include <waybill/hash/multi.hpp>
#include <waybill/store/concepts.hpp>
#include <waybill/store/verified.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/data.hpp"

/// A failed check shows the error, not the address of a result.
template <class T>
struct Catch::StringMaker<boost::system::result<T, waybill::error>> {
  static std::string convert(boost::system::result<T, waybill::error> const& r) {
    return r ? "a value" : waybill::name_of(r.error().code) + ": " + r.error().message();
  }
};

namespace waybill_test {

using namespace waybill;

/// The bytes of a source, read in pieces of that size. Reading on at the end must give nothing.
inline result<std::string> read_all(byte_source& source, std::size_t piece = 64 * 1024) {
  std::string out;
  std::vector<std::byte> buffer(piece);
  for (;;) {
    auto const n = source.read(buffer);
    if (!n) return n.error();
    if (*n > piece) return make_error(errc::usage, "a source filled more than its buffer");
    if (*n == 0) break;
    out.append(as_text(std::span{buffer}.first(*n)));
  }
  auto const again = source.read(buffer);
  if (!again) return again.error();
  if (*again != 0) return make_error(errc::usage, "a source went on behind its end");
  return out;
}

template <object_source S>
result<std::string> get(S const& store, std::string_view key, byte_range range = {}) {
  auto const source = store.open(key, range);
  if (!source) return source.error();
  return read_all(**source);
}

template <object_store S>
result<object_info> put(S& store, std::string_view key, std::string_view text, put_options const& options = {}) {
  return store.put(key, memory_content{text}, options);
}

/// Listed keys in the order in which they came, or the error as the only element.
template <object_source S>
std::vector<std::string> keys_of(S const& store, std::string_view prefix = {}) {
  std::vector<std::string> keys;
  auto const listed = store.list(prefix, [&](object_info const& info) -> result<void> {
    keys.push_back(info.key);
    return {};
  });
  return listed ? keys : std::vector{"error: " + listed.error().message()};
}

inline digest digest_of(algorithm kind, std::string_view text) {
  auto hasher = make_hasher(kind, text.size()).value();
  hasher.update(as_bytes(text));
  return hasher.finish();
}

/// Runs `work(i)` on so many threads, which start together.
inline void together(unsigned threads, std::function<void(unsigned)> const& work) {
  std::atomic<unsigned> waiting{threads};
  std::vector<std::thread> pool;
  for (unsigned i = 0; i < threads; ++i)
    pool.emplace_back([&, i] {
      --waiting;
      while (waiting != 0) std::this_thread::yield();
      work(i);
    });
  for (auto& t : pool) t.join();
}

/// Errors of several threads, for one check at the end: empty, or the first that was not expected.
class first_error {
 public:
  void note(error const& e) {
    std::scoped_lock const lock{guard_};
    if (text_.empty()) text_ = std::string{name_of(e.code)} + ": " + e.message();
  }
  template <class T>
  void note(result<T> const& r) {
    if (!r) note(r.error());
  }
  [[nodiscard]] std::string const& text() const { return text_; }

 private:
  std::mutex guard_;
  std::string text_;
};

/// A content that does not keep what it promises: another size, or an error on the way.
class unreliable_content final : public object_content {
 public:
  unreliable_content(std::uint64_t promised, std::string bytes, bool fails)
      : promised_{promised}, bytes_{std::make_shared<std::string const>(std::move(bytes))}, fails_{fails} {}
  [[nodiscard]] std::uint64_t size() const override { return promised_; }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(byte_range range) const override {
    return std::unique_ptr<byte_source>{std::make_unique<source>(bytes_, fails_, range)};
  }

 private:
  struct source final : byte_source {
    source(std::shared_ptr<std::string const> bytes, bool fails, byte_range range)
        : bytes_{std::move(bytes)}, fails_{fails}, rest_{std::string_view{*bytes_}.substr(std::min<std::size_t>(
                                                       static_cast<std::size_t>(range.offset), bytes_->size()))} {}
    result<std::size_t> read(std::span<std::byte> buffer) override {
      auto const n = rest_.read(buffer);
      if (*n == 0 && fails_) return make_error(errc::permanent, "the content broke");
      return n;
    }
    std::shared_ptr<std::string const> bytes_;
    bool fails_;
    memory_source rest_;
  };
  std::uint64_t promised_;
  std::shared_ptr<std::string const> bytes_;
  bool fails_;
};

inline std::vector<std::string> const& unusual_keys() {
  static std::vector<std::string> const keys{
      ".hidden", "...", "a b/c+d", "a%20b", "a..b/x..", "q?x=1&y", "h#frag", "quote'\"", "back\\slash", "tilde/~/x",
      "caf\xC3\xA9/\xE6\x97\xA5\xE6\x9C\xAC.txt", "colon:x", "-dash", "line\nbreak", std::string(255, 'n'),
      ".waybill/refs/tags/v1", ".quilt/named_packages/ns/name/latest", "deep/" + std::string(100, 'd') + "/e/f/g/h/i/j"};
  return keys;
}

// --- reading ----------------------------------------------------------------------------------------------------------

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
      for (auto const& [range, expected] : std::vector<std::pair<byte_range, std::string>>{
               {{0, 10}, bytes.substr(0, 10)},
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

// --- writing ----------------------------------------------------------------------------------------------------------

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
    for (auto const& key : std::vector<std::string>{"", "/", "/abs", "a//b", "a/", "/a/", ".", "..", "./a", "a/.", "a/./b",
                                                    "../x", "a/../b", "a/..", std::string{"a\0b", 3}}) {
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

template <object_store S>
void contract_of_concurrent_writing(S& store) {
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
        unexpected.note(put(store, key, key, {.durable = false}));
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

// --- listing ----------------------------------------------------------------------------------------------------------

template <object_store S>
void contract_of_listing(S& store, std::size_t many) {
  SECTION("keys are listed in byte order, by a prefix of bytes") {
    std::vector<std::string> keys{"a",      "ab/c",  "abc/x", "abc/y/z", "abd",       "b-b/x",        "b.txt",
                                  "b/x",    "b0/x",  "c/a-b", "c/a.txt", "c/a/x",     "c/a0",         "d\xC3\xA9/\xC3\xA9",
                                  "d\xFFx", "e f/g", "f/~",   "z/zz/1",  "z/zz/10/x", "z/zz/2",       ".h/x"};
    for (auto const& key : keys) REQUIRE(put(store, key, key));
    std::ranges::sort(keys);
    CHECK(keys_of(store) == keys);
    for (std::string const prefix : {"a", "ab", "abc", "abc/", "abc/y", "b", "b-", "b/", "c/a", "c/a/", "c/a/x", "d\xC3", "z/zz/1",
                                     "z/zz/1/", ".", "nothing", "abc/y/z/", "a/", "..", "../", "a/../b", "//", "/", "e f/"}) {
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

// --- references -------------------------------------------------------------------------------------------------------

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
    for (auto const& text : {std::string{}, std::string{"line\nline\n"}, std::string{"\0\xFF", 2}, std::string(200'000, 'r'),
                             std::string{"dcae1d6f"}}) {
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
        auto const next = store.swap_ref("n", *now ? std::optional{(*now)->version} : std::nullopt, std::to_string(value + 1));
        if (next) ++done;
        else if (next.error().code != errc::lost_race) return unexpected.note(next);
      }
    });
    CHECK(unexpected.text() == "");
    CHECK(get(store, "n").value() == std::to_string(4 * each));
  }
}

template <class Factory>
void store_contract(Factory& factory) {
  std::size_t many = 60;
  if constexpr (requires { Factory::many; }) many = Factory::many;
  auto store = factory();
  contract_of_reading(store);
  contract_of_writing(store);
  contract_of_concurrent_writing(store);
  contract_of_listing(store, many);
  if constexpr (ref_store<decltype(store)>) contract_of_references(store);
}

}  // namespace waybill_test

#pragma once

// Helpers of the store contract: texts in and out of a store, threads, contents that break their word.

#include <waybill/hash/multi.hpp>
#include <waybill/store/concepts.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

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
        : bytes_{std::move(bytes)},
          fails_{fails},
          rest_{std::string_view{*bytes_}.substr(
              std::min<std::size_t>(static_cast<std::size_t>(range.offset), bytes_->size()))} {}
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
  static std::vector<std::string> const keys{".hidden",
                                             "...",
                                             "a b/c+d",
                                             "a%20b",
                                             "a..b/x..",
                                             "q?x=1&y",
                                             "h#frag",
                                             "quote'\"",
                                             "back\\slash",
                                             "tilde/~/x",
                                             "caf\xC3\xA9/\xE6\x97\xA5\xE6\x9C\xAC.txt",
                                             "colon:x",
                                             "-dash",
                                             "line\nbreak",
                                             std::string(255, 'n'),
                                             ".waybill/refs/tags/v1",
                                             ".quilt/named_packages/ns/name/latest",
                                             "deep/" + std::string(100, 'd') + "/e/f/g/h/i/j"};
  return keys;
}

}  // namespace waybill_test

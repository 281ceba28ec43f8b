#include <waybill/store/transfer.hpp>

#include <fcntl.h>
#include <unistd.h>

#include "contract.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

/// Counts writes, and fails after so many bytes.
class counting_sink final : public byte_sink {
 public:
  result<void> write(byte_view bytes) override {
    ++writes;
    size += bytes.size();
    if (size > room) return system_error(ENOSPC, "cannot write", "sink");
    return {};
  }
  int writes = 0;
  std::uint64_t size = 0, room = UINT64_MAX;
};

/// Counts reads.
class counting_content final : public object_content {
 public:
  explicit counting_content(std::string bytes) : bytes_{std::move(bytes)} {}
  std::uint64_t size() const override { return bytes_.size(); }
  result<std::unique_ptr<byte_source>> open(byte_range) const override {
    struct source final : byte_source {
      source(std::string_view bytes, int& reads) : rest{bytes}, count{reads} {}
      result<std::size_t> read(std::span<std::byte> buffer) override {
        auto const n = rest.read(buffer);
        count += *n != 0 ? 1 : 0;
        return n;
      }
      memory_source rest;
      int& count;
    };
    return std::unique_ptr<byte_source>{std::make_unique<source>(bytes_, reads)};
  }
  mutable int reads = 0;

 private:
  std::string bytes_;
};

}  // namespace

TEST_CASE("store keys are relative names of plain segments") {
  for (auto const& key : unusual_keys()) CHECK(check_store_key(key));
  for (std::string const key : {"", "/a", "a/", "a//b", ".", "..", "a/../b", "../a", "a/.", "./a"})
    CHECK(check_store_key(key).error().code == errc::unsafe_key);
  CHECK(check_store_key(std::string_view{"a\0b", 3}).error().code == errc::unsafe_key);
  // The message is one line, whatever the key holds.
  auto const message = check_store_key("a\nb/../\x1b[31m").error().message();
  CHECK(message.find('\n') == std::string::npos);
  CHECK(message.find('\x1b') == std::string::npos);
}

TEST_CASE("a range is clipped without overflow") {
  CHECK(clipped({}, 10) == object_extent{0, 10});
  CHECK(clipped({4, {}}, 10) == object_extent{4, 6});
  CHECK(clipped({4, 2}, 10) == object_extent{4, 2});
  CHECK(clipped({4, UINT64_MAX}, 10) == object_extent{4, 6});
  CHECK(clipped({UINT64_MAX, UINT64_MAX}, 10) == object_extent{10, 0});
  CHECK(clipped({0, 0}, 0) == object_extent{0, 0});
}

TEST_CASE("a small content is one read and one write, a large one goes in pieces of 1 MiB") {
  for (auto const& [size, pieces] : std::vector<std::pair<std::uint64_t, int>>{
           {0, 0}, {1, 1}, {262'144, 1}, {262'145, 1}, {1'048'576, 1}, {1'048'577, 2}, {5'000'000, 5}}) {
    counting_content const content{vector_bytes(size, 1)};
    counting_sink sink;
    REQUIRE(transfer(content, {}, sink, "k"));
    INFO(size << " bytes");
    CHECK(content.reads == pieces);
    CHECK(sink.writes == pieces);
    CHECK(sink.size == size);
  }
}

TEST_CASE("a transfer gives the digests it has checked") {
  digest_set const expected{digest_of(algorithms::sha256, "text"), digest_of(algorithms::md5, "text")};
  string_sink sink;
  auto const found = transfer(memory_content{std::string_view{"text"}}, expected, sink, "k");
  REQUIRE(found);
  CHECK(*found == expected);
  CHECK(sink.str() == "text");
}

TEST_CASE("a transfer ends with what the sink says") {
  counting_sink sink;
  sink.room = 1'500'000;
  auto const r = transfer(counting_content{vector_bytes(5'000'000, 1)}, {}, sink, "k");
  REQUIRE_FALSE(r);
  CHECK(name_of(r.error().code) == "ENOSPC");
  CHECK(sink.writes == 2);
}

TEST_CASE("a wrong digest is reported with both values") {
  auto const a = digest_of(algorithms::sha256, "a"), b = digest_of(algorithms::sha256, "b");
  CHECK(check_digests({a}, {a}, "k"));
  CHECK(check_digests({}, {a}, "k"));
  auto const wrong = check_digests({a}, {b}, "k");
  REQUIRE_FALSE(wrong);
  CHECK_THAT(wrong.error().message(), contains("k: expected sha256 " + a.hex() + ", found " + b.hex()));
  CHECK_FALSE(check_digests({a}, {}, "k"));
}

TEST_CASE("a file source notices that its file shrinks or grows") {
  temporary_directory home;
  auto const path = (home / "f").string();
  auto const source_of = [&](byte_range range) {
    file_descriptor fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    return file_range_source{std::move(fd), std::filesystem::file_size(path), range, path};
  };
  std::array<std::byte, 600> buffer;
  for (std::uint64_t const size : {500u, 1500u, 999u, 1001u}) {
    write_file(path, vector_bytes(1000, 1));
    auto source = source_of({});
    REQUIRE(source.read(buffer).value() == 600);
    std::filesystem::resize_file(path, size);
    INFO(size);
    auto const rest = read_all(source, 400);
    REQUIRE_FALSE(rest);
    CHECK(rest.error().code == errc::source_changed);
    CHECK(rest.error().path == path);
  }
  write_file(path, vector_bytes(1000, 1));
  auto part = source_of({100, 300});
  CHECK((read_all(part).value() == vector_bytes(1000, 1).substr(100, 300)));
}

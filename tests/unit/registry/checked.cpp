#include <waybill/registry/checked.hpp>

#include <waybill/scan/download.hpp>

#include <vector>

#include "entries.hpp"

using namespace waybill;
using waybill_test::code_of;
using waybill_test::entry_of;
using waybill_test::ok;
using waybill_test::temporary_directory;

namespace {

/// Gives bytes that arrive damaged so many times before they arrive whole.
class damaging_provider final : public content_provider {
 public:
  damaging_provider(std::string bytes, int damaged, int tries)
      : bytes_{std::move(bytes)}, damaged_{damaged}, tries_{tries} {}

  result<std::unique_ptr<byte_source>> open(entry const&) override {
    auto arriving = bytes_;
    if (++opened <= damaged_) arriving[arriving.size() / 2] ^= 1;
    return std::unique_ptr<byte_source>{
        std::make_unique<shared_source>(std::make_shared<std::string const>(std::move(arriving)), byte_range{})};
  }
  std::optional<opened_file> open_local(entry const&) override { return std::nullopt; }
  int attempts() const override { return tries_; }

  int opened = 0;

 private:
  std::string bytes_;
  int damaged_;
  int tries_;
};

/// What is given out, and with what result it ends.
struct reading {
  std::string text;
  std::string ended;

  friend bool operator==(reading const&, reading const&) = default;
};

reading read_all(result<std::unique_ptr<byte_source>> const& source) {
  if (!source) return {{}, code_of(source)};
  std::vector<std::byte> buffer(1000);
  for (reading out;;) {
    auto const n = (*source)->read(buffer);
    if (!n || *n == 0) {
      out.ended = code_of(n);
      return out;
    }
    out.text += as_text(byte_view{buffer}.first(*n));
  }
}

std::string many(std::size_t size) {
  std::string out(size, '.');
  for (std::size_t i = 0; i < size; i += 101) out[i] = static_cast<char>('a' + i % 26);
  return out;
}

}  // namespace

TEST_CASE("nothing of what arrives damaged is given out and it is asked for again") {
  temporary_directory dir;
  auto const bytes = many(GENERATE(5000u, (std::size_t{8} << 20) + 1));
  auto const e = entry_of("k", bytes, {});
  damaging_provider mended{bytes, 3, 4};
  CHECK(read_all(open_checked(e, mended, (dir / "open").string())) == reading{bytes, "ok"});
  CHECK(mended.opened == 4);
  damaging_provider wrong{bytes, 4, 4};
  CHECK(read_all(open_checked(e, wrong, (dir / "open").string())) == reading{{}, "digest_mismatch"});
  CHECK(wrong.opened == 4);
}

TEST_CASE("large contents wait in a file that nobody sees and small ones in memory") {
  temporary_directory dir;
  auto const bytes = many((std::size_t{8} << 20) + 1);
  damaging_provider small{bytes.substr(0, 10), 0, 4};
  REQUIRE(ok(open_checked(entry_of("k", bytes.substr(0, 10), {}), small, (dir / "open").string())));
  CHECK_FALSE(std::filesystem::exists(dir / "open"));
  damaging_provider large{bytes, 1, 4};
  auto const source = open_checked(entry_of("k", bytes, {}), large, (dir / "open").string());
  REQUIRE(ok(source));
  for (auto const& at : std::filesystem::recursive_directory_iterator{dir / "open"}) CHECK(at.is_directory());
  CHECK(read_all(open_checked(entry_of("k", bytes, {}), large, "/proc/none")).ended != "ok");
}

TEST_CASE("a large content waits in a file that a later run goes on with, until it is checked") {
  temporary_directory dir;
  auto const bytes = many(std::size_t{8} << 20);
  auto const e = entry_of("k", bytes, {});
  auto const partials = partial_files::open((dir / "partial").string(), 0).value();
  std::string const kept = detail::partial_of(&partials, e)->path();
  waybill_test::write_file(kept, bytes.substr(0, 1000));
  damaging_provider from{bytes, 0, 4};
  std::stop_source stop;
  stop.request_stop();
  CHECK(code_of(open_checked(e, from, (dir / "open").string(), &partials, stop.get_token())) == "interrupted");
  CHECK(std::filesystem::file_size(kept) == 1000);
  auto const source = open_checked(e, from, (dir / "open").string(), &partials);
  CHECK(std::filesystem::is_empty(dir / "partial"));
  CHECK(read_all(source) == reading{bytes, "ok"});
  CHECK_FALSE(std::filesystem::exists(dir / "open"));
}

TEST_CASE("what lies on this machine is given out as it is read and fails at its end") {
  temporary_directory dir;
  auto const bytes = many(5000);
  damaging_provider local{bytes, 1, 1};
  auto const got = read_all(open_checked(entry_of("k", bytes, {}), local, (dir / "open").string()));
  CHECK(got.ended == "digest_mismatch");
  CHECK(got.text.size() == 4000);
  CHECK(local.opened == 1);
}

TEST_CASE("an entry without a digest is given out once its size was found right") {
  temporary_directory dir;
  auto e = entry_of("k", "bytes", {});
  e.digests = {};
  damaging_provider from{"bytes", 0, 4};
  CHECK(read_all(open_checked(e, from, (dir / "open").string())) == reading{"bytes", "ok"});
  e.size = 6;
  CHECK(read_all(open_checked(e, from, (dir / "open").string())) == reading{{}, "size_mismatch"});
}

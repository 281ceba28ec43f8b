#include <waybill/driver/valohai/carrier.hpp>

#include <sys/stat.h>

#include "platform.hpp"

namespace {
using namespace waybill_test;

using a = v::file_action;
using r = v::file_reason;

digest sha(std::string_view text) { return hash_bytes<sha256_hasher>(as_bytes(text)); }

/// One file carried by a fresh worker.
struct bench {
  workplace place{};
  v::previous_files before{};
  v::missing_checksum_policy missing = v::missing_checksum_policy::upload;
  bool ambiguous_is_changed = false;
  std::vector<algorithm> algorithms{algorithms::sha256};
  v::api const* platform = nullptr;
  bool dry = false;
  std::set<std::uint64_t> rename_sizes{};
  v::update_counter counter{{}, 0, 0};

  void old(v::datum d) { before = v::previous_files::create({std::move(d)}, v::duplicate_policy::refuse).value(); }

  result<v::planned_file> carry(std::string const& text) {
    place.put("f", text);
    return carry();
  }
  result<v::planned_file> carry() {
    auto const listing = v::list_content(place.content().string(), {}, {}).value();
    auto const outputs = place.outputs();
    v::carrying_job const job{.before = before,
                              .missing = missing,
                              .ambiguous_is_changed = ambiguous_is_changed,
                              .algorithms = algorithms,
                              .outputs = dry ? nullptr : &outputs,
                              .platform = platform,
                              .rename_sizes = rename_sizes,
                              .counter = counter};
    return v::carrier::create(job).value().carry(listing.files.at(0));
  }
  [[nodiscard]] std::map<std::string, std::string> written() const { return workplace::files(place.out()); }
};

using written = std::map<std::string, std::string>;

TEST_CASE("A new file is hashed while it is copied", "[valohai]") {
  bench b;
  auto const file = b.carry("text");
  REQUIRE(ok(file));
  CHECK(file->verdict == v::verdict{a::added, r::not_in_version});
  CHECK(*file->digests.find(algorithms::sha256) == sha("text"));
  CHECK(b.written() == written{{"f", "text"}});
  CHECK(b.counter.bytes_hashed() == 4);
}

TEST_CASE("A file that kept its size is compared and copied only if it changed", "[valohai]") {
  for (std::size_t const size : {std::size_t{5}, v::carrier::whole_file + 5}) {
    bench b;
    std::string const text(size, 'x');
    b.old({"1", "f", size, {sha(text)}});
    CHECK(b.carry(text)->verdict == v::verdict{a::kept, r::same_digest});
    CHECK(b.written().empty());
    auto other = text;
    other.back() = 'y';
    auto const read_before = b.counter.bytes_hashed();
    CHECK(b.carry(other)->verdict == v::verdict{a::changed, r::digest});
    CHECK(b.written() == written{{"f", other}});
    CHECK(b.counter.bytes_hashed() == read_before + size);
  }
}

TEST_CASE("A file of another size is copied and read once", "[valohai]") {
  bench b;
  b.old({"1", "f", 1, {sha("x")}});
  std::string const text(v::carrier::whole_file * 2 + 7, 'x');
  CHECK(b.carry(text)->verdict == v::verdict{a::changed, r::size});
  CHECK(b.written() == written{{"f", text}});
  CHECK(b.counter.bytes_hashed() == text.size());
}

TEST_CASE("The strongest checksum of the platform decides where sha256 is not known", "[valohai]") {
  bench b;
  b.algorithms = {algorithms::sha256, algorithms::md5};
  b.old({"1", "f", 4, {hash_bytes<md5_hasher>(as_bytes(std::string_view{"text"}))}});
  CHECK(b.carry("text")->verdict == v::verdict{a::kept, r::same_digest});
  CHECK(b.carry("TEXT")->verdict == v::verdict{a::changed, r::digest});
}

TEST_CASE("Content without a checksum is uploaded or kept or downloaded and compared", "[valohai]") {
  bench b;
  b.old({"7", "f", 4});
  CHECK(b.carry("text")->verdict == v::verdict{a::changed, r::no_checksum});
  b.missing = v::missing_checksum_policy::keep;
  CHECK(b.carry("TEXT")->verdict == v::verdict{a::kept, r::no_checksum});
  b.missing = v::missing_checksum_policy::download;
  CHECK(failure(b.carry("text")).code == errc::unsupported);
  fake_platform platform;
  platform.reply(get_line("data/7/download/"), {.body = "text", .headers = {}});
  auto const api = api_of(platform);
  b.platform = &api;
  CHECK(b.carry("text")->verdict == v::verdict{a::kept, r::same_digest});
  CHECK(b.carry("TEXT")->verdict == v::verdict{a::changed, r::digest});
}

TEST_CASE("A name of several old data counts as changed where only all of them can leave", "[valohai]") {
  bench b;
  b.before = v::previous_files::create({{"1", "f", 4, {sha("text")}}, {"2", "f", 4, {sha("text")}}},
                                       v::duplicate_policy::last_one)
                 .value();
  CHECK(b.carry("text")->verdict == v::verdict{a::kept, r::same_digest});
  b.ambiguous_is_changed = true;
  CHECK(b.carry("text")->verdict == v::verdict{a::changed, r::ambiguous});
}

TEST_CASE("A dry run writes nothing and reads new files only to recognise them", "[valohai]") {
  bench b;
  b.dry = true;
  auto const unread = b.carry("text");
  CHECK(unread->verdict == v::verdict{a::added, r::not_in_version});
  CHECK(unread->digests.empty());
  b.rename_sizes = {4};
  CHECK(*b.carry("text")->digests.find(algorithms::sha256) == sha("text"));
  CHECK(b.written().empty());
}

TEST_CASE("A file that changed since it was listed is an error and is not uploaded", "[valohai]") {
  bench b;
  b.place.put("f", "text");
  auto const listing = v::list_content(b.place.content().string(), {}, {}).value();
  b.place.put("f", "longer text");
  auto const outputs = b.place.outputs();
  v::carrying_job const job{.before = b.before, .algorithms = b.algorithms, .outputs = &outputs, .counter = b.counter};
  CHECK(code_of(v::carrier::create(job).value().carry(listing.files.at(0))) == "source_changed");
  CHECK(b.written().empty());
}

}  // namespace

#include <waybill/driver/clowder/comparison.hpp>

#include <waybill/hash/openssl.hpp>

#include "platform.hpp"

namespace {
using namespace waybill_test;

digest sum_of(std::string_view text) { return hash_bytes<sha256_hasher>(as_bytes(text)); }

c::local_file local(std::string key, std::string_view text) {
  return {.key = std::move(key), .path = {}, .state = {.size = text.size()}, .sha256 = sum_of(text)};
}

/// A dataset with one file `a`, and what a comparison with a local file of that content finds.
struct bench {
  explicit bench(c::api_version version) : platform{version}, dataset{platform.add_dataset("d")} {}
  c::compared_file compare(std::string_view text, c::proof how = c::proof::digest) {
    auto const api = api_of(platform);
    auto const contents = c::read_contents(api, dataset).value();
    return c::compare_files(api, {local("a", text)}, contents, how, {.workers = 1}).value().front();
  }
  void record(std::size_t i, std::string_view text) {
    c::file_record const known{
        .id = platform.files[i].id, .path = "a", .size = platform.files[i].bytes.size(), .sha256 = sum_of(text)};
    platform.metadata.emplace_back(dataset, c::content_of(std::vector{known}));
  }
  fake_clowder platform;
  std::string dataset;
};

TEST_CASE("Directories are listed with digests and names that would be lost are refused before", "[clowder]") {
  clowder_place place;
  place.put("in/b", "abc");
  place.put("a", "");
  auto const files = c::list_local(place.content().string(), c::api_version::v1, nullptr, {}).value();
  REQUIRE(files.size() == 2);
  CHECK(files[1].key == "in/b");
  CHECK(files[1].sha256 == sum_of("abc"));
  place.put("x\\y", "1");
  CHECK(failure(c::list_local(place.content().string(), c::api_version::v1, nullptr, {})).code == errc::malformed_key);
  CHECK(ok(c::list_local(place.content().string(), c::api_version::v2, nullptr, {})));
}

TEST_CASE("Size decides first and then the recorded digest without any download", "[clowder]") {
  for (auto const version : both_versions) {
    bench b{version};
    CHECK(b.compare("abc").fate == c::file_fate::added);
    b.platform.add_file(b.dataset, "a", "abc");
    b.record(0, "abc");
    CHECK(b.compare("abc").fate == c::file_fate::unchanged);
    CHECK(b.compare("abc").recorded);
    CHECK(b.compare("abcd").fate == c::file_fate::changed);
    CHECK(b.compare("xyz").fate == c::file_fate::changed);
    CHECK(b.compare("xyz", c::proof::size).fate == c::file_fate::unchanged);
    CHECK(b.platform.count("/files/65a") == 0);
  }
}

TEST_CASE("What nobody recorded is downloaded and compared", "[clowder]") {
  for (auto const version : both_versions) {
    bench b{version};
    b.platform.add_file(b.dataset, "a", "abc");
    CHECK(b.compare("abc").fate == c::file_fate::unchanged);
    CHECK_FALSE(b.compare("abc").recorded);
    CHECK(b.compare("xyz").fate == c::file_fate::changed);
    CHECK(b.platform.count("/files/65a") == 3);
  }
}

TEST_CASE("A full proof reads what is stored whatever was recorded", "[clowder]") {
  bench b{c::api_version::v1};
  b.platform.add_file(b.dataset, "a", "abX");
  b.record(0, "abc");
  CHECK(b.compare("abc").fate == c::file_fate::unchanged);
  CHECK(b.compare("abc", c::proof::full).fate == c::file_fate::changed);
}

TEST_CASE("What the platform has lost is missing", "[clowder]") {
  for (auto const version : both_versions) {
    bench b{version};
    b.platform.add_file(b.dataset, "a", "abc");
    b.platform.files[0].lost = true;
    CHECK(b.compare("abc").fate == c::file_fate::changed);
  }
}

TEST_CASE("Only files of ours are superseded", "[clowder]") {
  bench b{c::api_version::v1};
  b.platform.add_file(b.dataset, "a", "one");
  b.platform.add_file(b.dataset, "a", "two");
  b.record(1, "two");
  auto const changed = b.compare("new");
  CHECK(changed.superseded == std::vector{b.platform.files[1].id});
  CHECK(changed.others == std::vector{b.platform.files[0].id});
  b.platform.metadata.emplace_back(b.dataset, c::content_of(c::dataset_record{"d"}));  // the kit made the dataset
  CHECK(b.compare("new").superseded.size() == 2);
}

TEST_CASE("Of equal copies the recorded one stays", "[clowder]") {
  bench b{c::api_version::v1};
  b.platform.add_file(b.dataset, "a", "abc");
  b.platform.add_file(b.dataset, "a", "abc");
  b.record(1, "abc");
  auto const same = b.compare("abc");
  CHECK(same.stored->id == b.platform.files[1].id);
  CHECK(same.others == std::vector{b.platform.files[0].id});
}

TEST_CASE("A directory and a dataset are equal when neither has more", "[clowder]") {
  clowder_place place;
  place.put("a", "abc");
  bench b{c::api_version::v2};
  b.platform.add_file(b.dataset, "a", "abc");
  auto const compare = [&] {
    return c::compare_directory(api_of(b.platform), b.dataset, place.content().string(), c::proof::digest, nullptr, {})
        .value();
  };
  CHECK(compare().equal());
  b.platform.add_file(b.dataset, "b", "1");
  auto const more = compare();
  CHECK_FALSE(more.equal());
  REQUIRE(more.only_there.size() == 1);
  CHECK(more.only_there[0].path == "b");
  place.put("b", "1");
  CHECK(compare().equal());
  place.put("a", "abd");
  CHECK_FALSE(compare().equal());
}

}  // namespace

#include <waybill/driver/clowder/dataset.hpp>

#include "platform.hpp"

namespace {
using namespace waybill_test;
using kind = fake_clowder::kind;

TEST_CASE("Folders are made once with those above them", "[clowder]") {
  for (auto const version : both_versions) {
    fake_clowder platform{version};
    auto const api = api_of(platform);
    auto const dataset = platform.add_dataset("d");
    c::dataset_contents contents;
    CHECK(c::make_folder(api, dataset, contents, "").value().empty());
    auto const deep = c::make_folder(api, dataset, contents, "a/b");
    REQUIRE(ok(deep));
    CHECK(c::make_folder(api, dataset, contents, "a/b").value() == *deep);
    REQUIRE(ok(c::make_folder(api, dataset, contents, "a/c")));
    CHECK(platform.folders.size() == 3);
    auto const read = c::read_contents(api, dataset).value();
    CHECK(read.folders == contents.folders);
    CHECK(read.folders.at("a/b") == *deep);
  }
}

TEST_CASE("A folder whose answer is lost is found and not made again", "[clowder]") {
  for (auto const version : both_versions) {
    fake_clowder platform{version};
    auto const api = api_of(platform);
    auto const dataset = platform.add_dataset("d");
    c::dataset_contents contents;
    REQUIRE(ok(c::make_folder(api, dataset, contents, "a")));
    platform.faults = {
        {version == c::api_version::v1 ? "POST /api/datasets/" : "POST /api/v2/datasets/", kind::lost_answer}};
    auto const inner = c::make_folder(api, dataset, contents, "a/b");
    REQUIRE(ok(inner));
    CHECK(platform.folders.size() == 2);
    CHECK(platform.folders.back().id == *inner);
  }
}

TEST_CASE("Files have the paths of their folders and their order is the walk's", "[clowder]") {
  fake_clowder platform{c::api_version::v2};
  auto const api = api_of(platform);
  auto const dataset = platform.add_dataset("d");
  c::dataset_contents contents;
  auto const folder = c::make_folder(api, dataset, contents, "a/b").value();
  platform.add_file(dataset, "a.txt", "1");
  platform.add_file(dataset, "x", "22");
  platform.files.back().folder = folder;
  platform.add_file(dataset, "a.txt", "333");
  auto const read = c::read_contents(api, dataset).value();
  REQUIRE(read.files.size() == 3);
  CHECK(read.files[0].path == "a/b/x");
  CHECK(read.of("a.txt").size() == 2);
  CHECK(read.of("a.txt")[0].row.size == 1);
  CHECK(read.of("absent").empty());
}

TEST_CASE("Of several folders of one path the oldest counts and the files of all are seen", "[clowder]") {
  fake_clowder platform{c::api_version::v2};
  auto const dataset = platform.add_dataset("d");
  platform.folders = {{"65a000000000000000000008", dataset, "a"}, {"65a000000000000000000007", dataset, "a"}};
  platform.add_file(dataset, "x", "1");
  platform.files.back().folder = "65a000000000000000000008";
  auto const read = c::read_contents(api_of(platform), dataset).value();
  CHECK(read.folders.at("a") == "65a000000000000000000007");
  CHECK(read.files.at(0).path == "a/x");
}

TEST_CASE("A record whose answer is lost is not added again", "[clowder]") {
  for (auto const version : both_versions) {
    fake_clowder platform{version};
    auto const dataset = platform.add_dataset("d");
    platform.faults = {{"/metadata", kind::lost_answer}};
    CHECK(ok(c::add_record(api_of(platform), dataset, c::content_of(c::dataset_record{"t"}))));
    CHECK(platform.metadata.size() == 1);
  }
}

TEST_CASE("A record counts for the size and content it was made of", "[clowder]") {
  fake_clowder platform{c::api_version::v2};
  auto const api = api_of(platform);
  auto const dataset = platform.add_dataset("d");
  platform.add_file(dataset, "a", "abc");
  digest const sum{algorithms::sha256, std::vector<std::byte>(32)};
  c::file_record const record{.id = platform.files[0].id, .version = 1, .path = "a", .size = 3, .sha256 = sum};
  REQUIRE(ok(c::add_record(api, dataset, c::content_of(std::vector{record}))));
  auto const known = [&] {
    auto const read = c::read_contents(api, dataset).value();
    return read.known(read.files[0].row) != nullptr;
  };
  CHECK(known());
  platform.files[0].version = 2;
  CHECK_FALSE(known());
  platform.files[0] = {record.id, dataset, {}, "a", "abcd"};
  CHECK_FALSE(known());
}

TEST_CASE("A dataset that is not there is said to be missing and no id is sent that is none", "[clowder]") {
  for (auto const version : both_versions) {
    fake_clowder platform{version};
    auto const api = api_of(platform);
    CHECK(failure(c::get_dataset(api, "65a000000000000000000099")).code == condition::not_found);
    auto const asked = platform.lines.size();
    CHECK(failure(c::get_dataset(api, "../x")).code == condition::not_found);
    CHECK(platform.lines.size() == asked);
  }
}

TEST_CASE("A dataset is frozen once whatever becomes of the answer", "[clowder]") {
  fake_clowder platform{c::api_version::v2};
  auto const dataset = platform.add_dataset("d");
  CHECK(c::freeze(api_of(platform), dataset).value() == 1);
  platform.faults = {{"POST", kind::lost_answer}};
  CHECK(c::freeze(api_of(platform), dataset).value() == 2);
  CHECK(platform.freezes == 2);
  fake_clowder old{c::api_version::v1};
  CHECK(failure(c::freeze(api_of(old), old.add_dataset("d"))).code == errc::unsupported);
}

}  // namespace

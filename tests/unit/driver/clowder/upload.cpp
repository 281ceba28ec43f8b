#include <waybill/driver/clowder/upload.hpp>

#include "platform.hpp"

namespace {
using namespace waybill_test;
using kind = fake_clowder::kind;

std::map<std::string, std::string> const tree{
    {"a", "1"}, {"in/b \"q\"", "22"}, {"in/deep/c", ""}, {".hidden", "x"}, {"\xE2\x82\xAC", "5"}};

struct bench {
  explicit bench(c::api_version version) : platform{version} {
    for (auto const& [name, text] : tree) place.put(name, text);
  }
  result<c::upload_report> upload(c::proof how = c::proof::digest, bool dry_run = false, std::stop_token stop = {}) {
    c::upload_options options{.directory = place.content().string(), .target = {.title = "t", .space = "s"}};
    options.how = how;
    options.dry_run = dry_run;
    return c::upload_directory(api_of(platform, nullptr, stop), options, {.workers = 3, .stop = stop});
  }
  fake_clowder platform;
  clowder_place place;
};

TEST_CASE("A directory is uploaded once and the second run uploads nothing", "[clowder]") {
  for (auto const version : both_versions) {
    bench b{version};
    auto const first = b.upload();
    REQUIRE(ok(first));
    CHECK(b.platform.contents() == tree);
    CHECK(first->uploaded.size() == 5);
    CHECK(first->bytes == 5);
    CHECK(first->url == "https://clowder.example/datasets/" + first->id);
    auto const files = b.platform.files.size();
    auto const second = b.upload().value();
    CHECK(second.uploaded.empty());
    CHECK(second.unchanged.size() == 5);
    CHECK(second.id == first->id);
    CHECK(b.platform.files.size() == files);
  }
}

TEST_CASE("A changed file is one upload and takes the place of the old one", "[clowder]") {
  for (auto const version : both_versions) {
    bench b{version};
    REQUIRE(ok(b.upload()));
    b.place.put("in/b \"q\"", "33");
    auto const changed = b.upload().value();
    REQUIRE(changed.uploaded.size() == 1);
    CHECK(changed.uploaded[0].replaced);
    auto wanted = tree;
    wanted["in/b \"q\""] = "33";
    CHECK(b.platform.contents() == wanted);
    CHECK(b.upload()->uploaded.empty());
  }
}

TEST_CASE("A dry run says what would be done and does nothing", "[clowder]") {
  for (auto const version : both_versions) {
    bench b{version};
    auto const plan = b.upload(c::proof::digest, true).value();
    CHECK(plan.uploaded.size() == 5);
    CHECK(plan.id.empty());
    CHECK(b.platform.count("POST") == 0);
  }
}

TEST_CASE("Whichever answer is lost every file is there exactly once", "[clowder]") {
  for (auto const version : both_versions)
    for (auto const* method : {"POST", "GET", "DELETE"})
      for (int skipped = 0; skipped < 14; ++skipped) {
        CAPTURE(method, skipped);
        bench b{version};
        b.platform.faults = {{.part = method, .what = kind::lost_answer, .skip = skipped}};
        REQUIRE(ok(b.upload()));
        b.place.put("a", "9");
        REQUIRE(ok(b.upload()));
        auto wanted = tree;
        wanted["a"] = "9";
        CHECK(b.platform.contents() == wanted);
        CHECK(b.platform.datasets.size() == 1);
        CHECK(b.platform.folders.size() == 2);
      }
}

TEST_CASE("A failing platform ends the upload and the next run goes on", "[clowder]") {
  for (auto const version : both_versions) {
    bench b{version};
    REQUIRE(ok(b.upload(c::proof::digest, true)));
    auto const route = version == c::api_version::v1 ? "POST /api/uploadToDataset" : "/files";
    b.platform.faults = {{route, kind::status, 99}};
    CHECK(failure(b.upload()).code == condition::transient);
    b.platform.faults.clear();
    REQUIRE(ok(b.upload()));
    CHECK(b.platform.contents() == tree);
    CHECK(b.platform.datasets.size() == 1);
  }
}

TEST_CASE("What a killed run did not record is compared by its bytes and recorded", "[clowder]") {
  for (auto const version : both_versions) {
    bench b{version};
    REQUIRE(ok(b.upload()));
    std::erase_if(b.platform.metadata, [](auto const& m) { return m.second.find("files") != nullptr; });
    auto const uploads = b.platform.files.size();
    CHECK(b.upload()->unchanged.size() == 5);
    CHECK(b.platform.files.size() == uploads);
    auto const asked = b.platform.lines.size();
    CHECK(b.upload()->unchanged.size() == 5);
    for (auto i = asked; i < b.platform.lines.size(); ++i)
      CHECK(b.platform.lines[i].find("/files/65a") == std::string::npos);
  }
}

TEST_CASE("A copy that came late is taken away", "[clowder]") {
  for (auto const version : both_versions) {
    bench b{version};
    REQUIRE(ok(b.upload()));
    auto copy = b.platform.files[0];
    copy.id = "65a000000000000000000999";
    b.platform.files.push_back(copy);
    CHECK(b.upload()->uploaded.empty());
    CHECK(b.platform.contents() == tree);
  }
}

TEST_CASE("A file of somebody else stays and is remarked on", "[clowder]") {
  bench b{c::api_version::v1};
  auto const space = std::string{"65a000000000000000000050"};
  b.platform.spaces = {{space, {}, "s"}};
  auto const dataset = b.platform.add_dataset("t", space);
  b.platform.add_file(dataset, "a", "of others");
  auto const done = b.upload().value();
  CHECK(done.id == dataset);
  CHECK(done.remarks.size() == 1);
  CHECK(b.platform.files.front().bytes == "of others");
}

TEST_CASE("A stop ends an upload", "[clowder]") {
  bench b{c::api_version::v1};
  std::stop_source stop;
  stop.request_stop();
  CHECK(failure(b.upload(c::proof::digest, false, stop.get_token())).code == condition::interrupted);
}

TEST_CASE("One file that fails is told and the others are uploaded", "[clowder]") {
  bench b{c::api_version::v1};
  b.platform.faults = {{"POST /api/uploadToDataset", kind::status, 1, 413}};
  auto const done = b.upload().value();
  CHECK(done.failed.size() == 1);
  CHECK(done.uploaded.size() == 4);
  CHECK(b.upload()->uploaded.size() == 1);
  CHECK(b.platform.contents() == tree);
}

}  // namespace

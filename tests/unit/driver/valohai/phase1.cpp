#include <waybill/driver/valohai/phase1.hpp>
#include <waybill/protocol/valohai/extended_manifest.hpp>

#include "platform.hpp"

namespace {
using namespace waybill_test;

std::string const id = "01900000-0000-7000-8000-0000000000d5";

/// A dataset `demo` with keep, chg and gone, and content with keep, chg and sub/add.
struct scene {
  workplace place{};
  fake_platform platform{};
  v::phase1_options options{
      .common = {.content = place.content().string(), .now = some_time}, .dataset = id, .execution_id = "e0"};

  scene() {
    platform.on(get_line("datasets/" + id + "/"),
                R"({"id":")" + id + R"(","name":"demo","latest_version":{"id":"aa"}})");
    platform.on(get_line("dataset-versions/aa/"), R"({"id":"aa","name":"v1","files":[)" + file_json("1", "keep", "k") +
                                                      "," + file_json("2", "chg", "c") + "," +
                                                      file_json("3", "gone", "g") + "]}");
    place.put("keep", "k");
    place.put("chg", "C");
    place.put("sub/add", "a");
  }
  result<v::update_outcome> run() {
    auto const outputs = place.outputs();
    return v::run_phase1(api_of(platform), &outputs, options, {.workers = 2});
  }
  [[nodiscard]] std::map<std::string, std::string> written() const { return workplace::files(place.out()); }
};

std::string const manifest =
    R"({"dataset_id": "01900000-0000-7000-8000-0000000000d5", "exclude": ["chg", "gone"], "execution_id": "e0", )"
    R"("keep": {"keep": "1"}, "new": ["chg", "sub/add"], "new_version_name": "20260102-030405", )"
    R"("new_version_uri": "dataset://demo/20260102-030405", "old_version_id": "aa", )"
    R"("old_version_uri": "dataset://demo/v1"})";

TEST_CASE("Phase 1 leaves what changed and a manifest that names it", "[valohai]") {
  scene s;
  auto const done = s.run();
  REQUIRE(ok(done));
  CHECK(s.written() ==
        std::map<std::string, std::string>{{"_dataset-manifest.json", manifest}, {"chg", "C"}, {"sub/add", "a"}});
  CHECK(done->version_uri == "dataset://demo/20260102-030405");
  CHECK(workplace::files(s.place.content()).size() == 3);
}

TEST_CASE("Phase 1 repeated ends in the same state", "[valohai]") {
  scene s;
  REQUIRE(ok(s.run()));
  auto const first = s.written();
  REQUIRE(ok(s.run()));
  CHECK(s.written() == first);
}

TEST_CASE("An earlier manifest is gone before its files are replaced", "[valohai]") {
  scene s;
  REQUIRE(ok(s.run()));
  s.place.put("sub/add", "other");
  std::filesystem::remove(s.place.out() / "sub/add");
  std::filesystem::create_directories(s.place.out() / "sub/add/in-the-way");
  REQUIRE_FALSE(s.run());
  CHECK_FALSE(s.written().contains("_dataset-manifest.json"));
}

TEST_CASE("A second manifest tells sizes and digests when it is asked for", "[valohai]") {
  scene s;
  s.options.extended = true;
  REQUIRE(ok(s.run()));
  auto const extended = v::read_extended(s.written().at("_waybill-manifest.json"));
  REQUIRE(ok(extended));
  CHECK(extended->find("sub/add")->size == 1);
  CHECK(extended->find("sub/add")->sha256 == hash_bytes<sha256_hasher>(as_bytes(std::string_view{"a"})));
  CHECK(extended->find("gone")->action == "removed");
  CHECK(s.written().at("_dataset-manifest.json") == manifest);
}

TEST_CASE("When the platform fails the outputs stay untouched", "[valohai]") {
  scene s;
  s.options.dataset = "01900000-0000-7000-8000-0000000000ff";
  CHECK_FALSE(s.run());
  CHECK(s.written().empty());
}

TEST_CASE("Content is moved only after the manifest is there and never twice", "[valohai]") {
  scene s;
  s.options.move = true;
  REQUIRE(ok(s.run()));
  CHECK(workplace::files(s.place.content()) == std::map<std::string, std::string>{{"keep", "k"}});
  auto const first = s.written();
  CHECK(code_of(s.run()) == "refused");  // the content is no longer what the dataset should become
  CHECK(s.written() == first);
}

TEST_CASE("A version made within the second of the old one has another name", "[valohai]") {
  scene s;
  s.options.common.version_name = "v1";
  CHECK(s.run()->version_name == "v1-2");
  s.options.exact_name = true;
  CHECK(s.run()->version_name == "v1");
  s.options.common.version_name = "a/b";
  CHECK(code_of(s.run()) == "malformed_name");
}

TEST_CASE("A dry run of phase 1 finds the same and writes nothing", "[valohai]") {
  scene s;
  auto const planned = v::run_phase1(api_of(s.platform), nullptr, s.options, {});
  REQUIRE(ok(planned));
  CHECK(v::new_names(planned->plan) == std::vector<std::string>{"chg", "sub/add"});
  CHECK(v::excluded_names(planned->plan) == std::vector<std::string>{"chg", "gone"});
  CHECK_FALSE(std::filesystem::exists(s.place.out()));
}

}  // namespace

#include <waybill/driver/valohai/phase2.hpp>

#include "platform.hpp"

namespace {
using namespace waybill_test;

std::string const outputs_line = get_line(
    "data/?ordering=id&limit=100&offset=0&output_execution=e0&exclude=output_execution%2Cproject&purged=false");

/// A manifest with one new and one kept file over version aa.
struct scene {
  fake_platform platform{};
  v::phase2_options options{.manifest = {.dataset_id = "d5",
                                         .exclude = {"n"},
                                         .execution_id = "e0",
                                         .keep = {{"k", "1"}},
                                         .new_files = {"n"},
                                         .new_version_name = "v2",
                                         .new_version_uri = "dataset://demo/v2",
                                         .old_version_id = "aa",
                                         .old_version_uri = "dataset://demo/v1"}};

  scene() {
    platform.on(outputs_line,
                R"({"next":null,"results":[{"id":"9","name":"log.txt"},{"id":"2","name":"n","size":3}]})");
  }
  void latest(std::string const& version) {
    platform.on(get_line("datasets/d5/"), R"({"id":"d5","name":"demo","latest_version":)" + version + "}");
  }
  void versions(std::string const& rows) {
    platform.on(get_line("dataset-versions/?dataset=d5"), R"({"next":null,"results":[)" + rows + "]}");
  }
  result<v::phase2_outcome> run() { return v::run_phase2(api_of(platform), options); }
  [[nodiscard]] int posts() const { return platform.count(post_line); }
};
std::string const base = R"({"id":"aa","name":"v1"})";
std::string const ours =
    R"({"id":"bb","name":"v2","files":[{"datum":{"id":"2","name":"n"}},{"datum":{"id":"1","name":"k"}}]})";

TEST_CASE("A version is made of exactly what its manifest names", "[valohai]") {
  scene s;
  s.latest(base);
  s.platform.reply(post_line, {.status = 201, .body = R"({"id":"bb"})"});
  auto const done = s.run();
  REQUIRE(ok(done));
  CHECK(done->publication == v::publication::created);
  CHECK(done->version_id == "bb");
  CHECK_FALSE(done->checked);
  CHECK(s.platform.requests.back().body ==
        R"({"previous_version":"aa","name":"v2","dataset":"d5","files":[{"datum":"1"},{"datum":"2"}]})");
}

TEST_CASE("A manifest without an execution is refused before anything is asked", "[valohai]") {
  scene s;
  s.options.manifest.execution_id.reset();
  CHECK(code_of(s.run()) == "refused");
  s.options.manifest.execution_id = "";
  CHECK(code_of(s.run()) == "refused");
  CHECK(s.platform.requests.empty());
}

TEST_CASE("A stale base is refused unless it is forced", "[valohai]") {
  scene s;
  s.latest(R"({"id":"cc","name":"other"})");
  s.versions(base + R"(,{"id":"cc","name":"other"})");
  auto const refused = failure(s.run());
  CHECK(refused.code == condition::refused);
  CHECK_THAT(refused.detail, contains("cc") && contains("aa") && contains("--force"));
  CHECK(s.posts() == 0);
  s.options.force = true;
  s.platform.reply(post_line, {.status = 201, .body = R"({"id":"bb"})"});
  CHECK(ok(s.run()));
}

TEST_CASE("Repeated phase 2 makes no second version", "[valohai]") {
  scene s;
  s.latest(R"({"id":"bb","name":"v2"})");
  s.versions(base + "," + ours);
  s.platform.on(get_line("dataset-versions/bb/"), ours);
  auto const done = s.run();
  REQUIRE(ok(done));
  CHECK(done->publication == v::publication::already_there);
  CHECK(done->version_id == "bb");
  CHECK(s.posts() == 0);
}

TEST_CASE("A version of that name with other files is refused", "[valohai]") {
  scene s;
  s.latest(R"({"id":"bb","name":"v2"})");
  s.versions(R"({"id":"bb","name":"v2"})");
  s.platform.on(get_line("dataset-versions/bb/"),
                R"({"id":"bb","name":"v2","files":[{"datum":{"id":"7","name":"n"}}]})");
  CHECK_THAT(failure(s.run()).detail, contains("other files"));
  CHECK(s.posts() == 0);
}

TEST_CASE("A version that was made although its answer was lost is found and not made again", "[valohai]") {
  scene s;
  s.latest(base);
  s.platform.reply(post_line, {.lost = true});
  s.versions(base + "," + ours);
  s.platform.on(get_line("dataset-versions/bb/"), ours);
  auto const done = s.run();
  REQUIRE(ok(done));
  CHECK(done->publication == v::publication::already_there);
  CHECK(s.posts() == 1);
}

TEST_CASE("A version that was not made is asked for again when the failure was a passing one", "[valohai]") {
  scene s;
  s.latest(base);
  s.versions(base);
  s.platform.reply(post_line, {.status = 503});
  s.platform.reply(post_line, {.status = 201, .body = R"({"id":"bb"})"});
  CHECK(s.run()->publication == v::publication::created);
  CHECK(s.posts() == 2);
}

TEST_CASE("A refused version is not asked for again", "[valohai]") {
  scene s;
  s.latest(base);
  s.versions(base);
  s.platform.reply(post_line, {.status = 400, .body = R"({"name":[{"code":"unique","message":"taken"}]})"});
  auto const refused = failure(s.run());
  CHECK(refused.code == condition::permanent);
  CHECK_THAT(refused.detail, contains("name: taken"));
  CHECK(s.posts() == 1);
}

TEST_CASE("A manifest that changes nothing needs no version", "[valohai]") {
  scene s;
  s.options.manifest.exclude.clear();
  s.options.manifest.new_files.clear();
  CHECK(s.run()->publication == v::publication::not_needed);
  CHECK(s.platform.requests.empty());
  s.options.always = true;
  s.latest(base);
  s.platform.reply(post_line, {.status = 201, .body = R"({"id":"bb"})"});
  CHECK(s.run()->publication == v::publication::created);
}

TEST_CASE("Sizes and digests are checked by the second manifest wherever it is", "[valohai]") {
  scene s;
  s.latest(base);
  v::extended_manifest checks{.new_version_name = "v2", .files = {{"n", "changed", "size", 4, {}}}};
  s.options.checks = checks;
  CHECK(code_of(s.run()) == "size_mismatch");
  CHECK(s.posts() == 0);

  fake_platform with_output;
  with_output.on(outputs_line, R"({"next":null,"results":[{"id":"2","name":"n","size":3},)"
                               R"({"id":"8","name":"_waybill-manifest.json"}]})");
  with_output.reply(get_line("data/8/download/"), {.body = v::write_extended(checks), .headers = {}});
  s.options.checks.reset();
  CHECK(code_of(v::run_phase2(api_of(with_output), s.options)) == "size_mismatch");
  s.options.manifest.new_version_name = "v3";
  CHECK(code_of(v::run_phase2(api_of(with_output), s.options)) == "malformed_manifest");
}

TEST_CASE("A dry run of phase 2 checks everything and creates nothing", "[valohai]") {
  scene s;
  s.latest(base);
  s.options.dry_run = true;
  auto const done = s.run();
  REQUIRE(ok(done));
  CHECK(done->publication == v::publication::planned);
  CHECK(done->data == std::vector<std::string>{"1", "2"});
  CHECK(s.posts() == 0);
}

}  // namespace

#include <waybill/driver/valohai/single_step.hpp>
#include <waybill/protocol/valohai/membership.hpp>

#include "platform.hpp"

namespace {
using namespace waybill_test;

std::string line_of(std::string_view file, v::membership const& m) {
  return v::metadata_line(file, v::sidecar_text(m));
}

struct scene {
  workplace place{};
  v::single_step_options options{.common = {.content = place.content().string(), .now = some_time}};
  std::vector<v::datum> before{{"1", "keep", 1, sums("k")}, {"2", "chg", 1, sums("c")}, {"3", "gone", 1, sums("g")}};

  scene() {
    place.put("keep", "k");
    place.put("chg", "C");
    place.put("sub/add", "a");
  }
  static digest_set sums(std::string_view text) { return {hash_bytes<sha256_hasher>(as_bytes(text))}; }
  result<v::update_outcome> run() {
    auto const outputs = place.outputs();
    auto base = v::base_of_input(before, "demo", "latest", v::duplicate_policy::last_one);
    return v::run_single_step(std::move(base.value()), nullptr, &outputs, options, {.workers = 2});
  }
  [[nodiscard]] std::map<std::string, std::string> written() const { return workplace::files(place.out()); }
};

using written = std::map<std::string, std::string>;

TEST_CASE("One step leaves what changed and the metadata that makes the version", "[valohai]") {
  scene s;
  s.options.aliases = {"prod"};
  s.options.packaging = true;
  REQUIRE(ok(s.run()));
  v::membership const m{.uri = "dataset://demo/20260102-030405",
                        .from = "dataset://demo/latest",
                        .exclude = {"chg", "gone"},
                        .aliases = {"prod"},
                        .packaging = true};
  CHECK(s.written() ==
        written{{"chg", "C"}, {"sub/add", "a"}, {"valohai.metadata.jsonl", line_of("chg", m) + line_of("sub/add", m)}});
}

TEST_CASE("Where nothing changed nothing is written", "[valohai]") {
  scene s;
  s.before = {{"1", "keep", 1, scene::sums("k")},
              {"2", "chg", 1, scene::sums("C")},
              {"3", "sub/add", 1, scene::sums("a")},
              {"4", "dataset-marker.txt"}};
  auto const done = s.run();
  REQUIRE(ok(done));
  CHECK(done->plan.empty());
  CHECK(s.written().empty());
  s.options.always = true;
  REQUIRE(ok(s.run()));
  CHECK(s.written().at("dataset-marker.txt") == "2026-01-02T03:04:05.678901+00:00");
}

TEST_CASE("Where files only went a marker carries the news and the next update takes it out", "[valohai]") {
  scene s;
  s.before = {{"1", "keep", 1, scene::sums("k")},
              {"2", "chg", 1, scene::sums("C")},
              {"3", "sub/add", 1, scene::sums("a")},
              {"4", "gone"}};
  REQUIRE(ok(s.run()));
  v::membership const m{.uri = "dataset://demo/20260102-030405", .from = "dataset://demo/latest", .exclude = {"gone"}};
  CHECK(s.written().at("valohai.metadata.jsonl") == line_of("dataset-marker.txt", m));
  CHECK(s.written().size() == 2);
  s.before = {{"1", "keep", 1, scene::sums("k")},
              {"2", "chg", 1, scene::sums("c")},
              {"3", "sub/add", 1, scene::sums("a")},
              {"4", "dataset-marker.txt"}};
  CHECK(v::excluded_names(s.run()->plan) == std::vector<std::string>{"chg", "dataset-marker.txt"});
}

TEST_CASE("An earlier run's lines are replaced and those of others stay", "[valohai]") {
  scene s;
  workplace::put_at(
      s.place.out() / "valohai.metadata.jsonl",
      "{\"file\": \"log.txt\", \"metadata\": {\"valohai.tags\": [\"t\"]}}\n"
      "{\"file\": \"old\", \"metadata\": {\"valohai.dataset-versions\": [{\"uri\": \"dataset://demo/x\"}]}}\n");
  REQUIRE(ok(s.run()));
  auto const lines = s.written().at("valohai.metadata.jsonl");
  CHECK_THAT(lines, contains("log.txt") && contains("sub/add") && !contains("demo/x"));
  REQUIRE(ok(s.run()));
  CHECK(s.written().at("valohai.metadata.jsonl") == lines);
}

TEST_CASE("An earlier run's lines are gone before its files are replaced", "[valohai]") {
  scene s;
  REQUIRE(ok(s.run()));
  s.place.put("sub/add", "other");
  std::filesystem::remove(s.place.out() / "sub/add");
  std::filesystem::create_directories(s.place.out() / "sub/add/in-the-way");
  REQUIRE_FALSE(s.run());
  CHECK_FALSE(s.written().contains("valohai.metadata.jsonl"));
}

TEST_CASE("Two old data of one name are both left out and the file is uploaded", "[valohai]") {
  scene s;
  s.before = {{"1", "keep", 1, scene::sums("k")},
              {"2", "keep", 1, scene::sums("k")},
              {"3", "chg", 1, scene::sums("C")},
              {"4", "sub/add", 1, scene::sums("a")}};
  auto const done = s.run();
  REQUIRE(ok(done));
  CHECK(v::new_names(done->plan) == std::vector<std::string>{"keep"});
  CHECK(v::excluded_names(done->plan) == std::vector<std::string>{"keep"});
}

TEST_CASE("Metadata that would be too large is refused", "[valohai]") {
  scene s;
  for (int i = 0; i < 3000; ++i) {
    auto const name = std::string(100, 'n') + std::to_string(i);
    s.place.put(name, "x");
    s.before.push_back({std::to_string(i), name, 2, {}});
  }
  auto const refused = failure(s.run());
  CHECK(refused.code == errc::refused);
  CHECK_THAT(refused.detail, contains("phase1 and phase2"));
  CHECK_FALSE(s.written().contains("valohai.metadata.jsonl"));
}

TEST_CASE("A dry run of one step writes nothing", "[valohai]") {
  scene s;
  auto base = v::base_of_input(s.before, "demo", "latest", {}).value();
  CHECK(v::run_single_step(std::move(base), nullptr, nullptr, s.options, {})->plan.count(v::file_action::added) == 1);
  CHECK_FALSE(std::filesystem::exists(s.place.out()));
}

}  // namespace

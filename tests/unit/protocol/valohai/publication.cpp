#include <waybill/protocol/valohai/publication.hpp>

#include <waybill/hash/openssl.hpp>
#include <waybill/json/parse.hpp>

#include <algorithm>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

v::update_manifest sample() {
  return {.dataset_id = "d",
          .execution_id = "e0",
          .keep = {{"k", "0"}},
          .new_files = {"a", "b"},
          .new_version_name = "v2",
          .new_version_uri = "u",
          .old_version_id = "aa"};
}

std::vector<v::datum> const outputs{{"9", "log.txt"}, {"3", "b", 1}, {"2", "a", 1}, {"1", "_dataset-manifest.json"}};

TEST_CASE("A version is made of the named outputs and of what is kept", "[valohai]") {
  CHECK(v::select_data(sample(), outputs, nullptr).value() == std::vector<std::string>{"0", "2", "3"});
}

TEST_CASE("A name without exactly one output is refused", "[valohai]") {
  auto some = outputs;
  some[1].purged = true;
  CHECK(failure(v::select_data(sample(), some, nullptr)).path == "b");
  some = outputs;
  some.push_back({"4", "a", 1});
  auto const twice = failure(v::select_data(sample(), some, nullptr));
  CHECK(twice.code == errc::refused);
  CHECK_THAT(twice.detail, contains("2 and 4"));
}

TEST_CASE("A manifest without an execution is refused before anything is asked", "[valohai]") {
  auto m = sample();
  m.execution_id.reset();
  CHECK(code_of(v::select_data(m, outputs, nullptr)) == "refused");
  m.execution_id = "";
  CHECK(code_of(v::select_data(m, outputs, nullptr)) == "refused");
}

TEST_CASE("An output of another size or digest than phase 1 wrote is refused", "[valohai]") {
  auto const sum = hash_bytes<sha256_hasher>(as_bytes("x"));
  v::extended_manifest checks{.new_version_name = "v2", .files = {{"a", "added", "size", 1, sum}}};
  auto some = outputs;
  some[2].digests = {sum};
  CHECK(ok(v::select_data(sample(), some, &checks)));
  some[2].digests = {hash_bytes<sha256_hasher>(as_bytes("y"))};
  CHECK(code_of(v::select_data(sample(), some, &checks)) == "digest_mismatch");
  some[2].size = 2;
  CHECK(code_of(v::select_data(sample(), some, &checks)) == "size_mismatch");
  some[2] = {"2", "a"};  // the platform says nothing of it
  CHECK(ok(v::select_data(sample(), some, &checks)));
}

TEST_CASE("The recorded bodies are made from the recorded manifests", "[valohai]") {
  for (auto const* name : {"01-first-version", "09-mixed", "10-all-gone", "15-unicode-names", "23-page-100"}) {
    INFO(name);
    auto const recorded =
        json::parse(waybill_test::read_file(vectors("valohai") / (std::string{name} + ".json"))).value();
    auto const m = v::read_manifest(*recorded.find("phase1")->find("manifest_bytes")->as_string()).value();
    std::vector<v::datum> data;
    for (auto const& row : *recorded.find("phase2")->find("api_data")->as_array())
      data.push_back(v::read_datum(row, "").value());
    auto const ids = v::select_data(m, data, nullptr);
    REQUIRE(ok(ids));
    auto const& raw = *recorded.find("phase2")->find("post_raw")->as_string();
    // The recorded order of `files` is that of a Python set: bodies are compared with theirs sorted.
    auto body = json::parse(raw.substr(raw.find("\r\n\r\n") + 4)).value();
    auto& files = *body.find("files")->as_array();
    std::ranges::sort(files, {}, [](json::value const& f) { return *f.find("datum")->as_string(); });
    CHECK(json::parse(v::post_body(m, *ids)).value() == body);
    CHECK(v::post_body(m, *ids).size() == raw.size() - raw.find("\r\n\r\n") - 4);
  }
}

}  // namespace

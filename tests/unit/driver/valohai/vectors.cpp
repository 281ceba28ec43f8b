// What the published programs did, recorded in tests/vectors/valohai, beside what we do. Cases that record a defect
// have a test of their own each, which states our behaviour instead.

#include <waybill/driver/valohai/phase1.hpp>
#include <waybill/driver/valohai/phase2.hpp>
#include <waybill/driver/valohai/single_step.hpp>
#include <waybill/protocol/valohai/names.hpp>
#include <waybill/protocol/valohai/publication.hpp>

#include <algorithm>
#include <set>

#include "platform.hpp"

namespace {
using namespace waybill_test;

using texts = std::vector<std::string>;

std::string text_at(json::value const& in, std::string_view name) { return *in.find(name)->as_string(); }
json::value body_of(std::string const& text) { return json::parse(text).value(); }

/// A recorded case with its platform and its content.
struct recording {
  explicit recording(std::string const& name)
      : document{body_of(waybill_test::read_file(vectors("valohai") / (name + ".json")))} {
    auto const& api = *document.find("api");
    auto const& dataset = *api.find("dataset");
    serve("datasets/" + text_at(dataset, "id") + "/", dataset);
    if (auto const* version = api.find("version"); !version->is_null())
      serve("dataset-versions/" + text_at(*version, "id") + "/", *version);
    for (auto const& [file, text] : *document.find("new")->as_object()) place.put(file, *text.as_string());
    options.dataset = text_at(dataset, "id");
    options.common = {.content = place.content().string(),
                      .missing = v::missing_checksum_policy::keep,
                      .now = parse_rfc3339(text_at(document, "clock_utc")).value()};
    if (auto const* id = document.find("env")->find("VH_EXECUTION_ID"); !id->is_null())
      options.execution_id = *id->as_string();
    options.exact_name = true;
  }

  /// Serves an answer, or what the case puts in its place.
  void serve(std::string const& path, json::value const& body) {
    auto const* other = document.find("api")->find("override")->find("GET /api/v0/" + path);
    if (other == nullptr) return platform.on(get_line(path), json::compact(body));
    platform.reply(get_line(path),
                   {.status = std::stoi(other->find("status")->as_number()->text), .body = text_at(*other, "body")});
  }

  /// The execution's outputs, in the pages that the recorded requests asked for.
  void serve_outputs() {
    auto const& rows = *document.find("phase2")->find("api_data")->as_array();
    std::size_t page = 0;
    for (auto const& request : *document.find("phase2")->find("requests")->as_array()) {
      auto const& line = *request.as_string();
      if (!line.starts_with("GET")) continue;
      json::array part;
      for (auto i = page * 100; i < std::min(rows.size(), (page + 1) * 100); ++i) part.push_back(rows[i]);
      ++page;
      platform.on("GET https://app.example" + line.substr(4, line.find(" HTTP") - 4),
                  json::compact(json::object{{"next", nullptr}, {"results", std::move(part)}}));
    }
    auto const* refused = document.find("api")->find("override")->find("POST /api/v0/dataset-versions/");
    if (refused != nullptr) platform.reply(post_line, {.status = 400, .body = text_at(*refused, "body")});
    else platform.reply(post_line, {.status = 201, .body = R"({"id":"0192aaaa-0000-0000-0000-00000000beef"})"});
    platform.on(get_line("dataset-versions/?dataset=" + options.dataset), R"({"next":null,"results":[]})");
  }

  result<v::update_outcome> phase1() {
    auto const outputs = place.outputs();
    return v::run_phase1(api_of(platform), &outputs, options, {.workers = 2});
  }
  result<v::update_outcome> single_step() {
    auto const outputs = place.outputs();
    auto const api = api_of(platform);
    auto base = v::base_of_platform(api, options.dataset, options.common.duplicates);
    if (!base) return base.error();
    return v::run_single_step(std::move(*base), &api, &outputs,
                              {.common = options.common, .always = true, .form = v::metadata_form::sidecars}, {});
  }
  result<v::phase2_outcome> phase2(std::string const& manifest) {
    serve_outputs();
    return v::run_phase2(
        api_of(platform),
        {.manifest = v::read_manifest(manifest).value(), .always = true, .paging = v::paging::until_empty});
  }
  [[nodiscard]] std::map<std::string, std::string> written() const { return workplace::files(place.out()); }
  [[nodiscard]] std::string manifest() const { return written().at(std::string{v::manifest_name}); }

  /// The recorded request lines of a phase, as `lines()` gives ours.
  [[nodiscard]] texts recorded_lines(std::string_view phase) const {
    texts out;
    for (auto const& line : *document.find(phase)->find("requests")->as_array())
      out.push_back(line.as_string()->substr(0, line.as_string()->find(" HTTP")));
    return out;
  }

  json::value document;
  workplace place{};
  fake_platform platform{};
  v::phase1_options options{};
};

/// Name, size and sha256 of each file, as the recordings list outputs.
std::set<std::string> listed(std::map<std::string, std::string> const& files) {
  std::set<std::string> out;
  for (auto const& [name, text] : files)
    out.insert(name + " " + std::to_string(text.size()) + " " + hash_bytes<sha256_hasher>(as_bytes(text)).hex());
  return out;
}
std::set<std::string> listed(json::value const& outputs) {
  std::set<std::string> out;
  for (auto const& file : *outputs.as_array())
    out.insert(text_at(file, "name") + " " + file.find("size")->as_number()->text + " " + text_at(file, "sha256"));
  return out;
}

texts sorted_data(std::string const& post_body) {
  texts out;
  auto const body = body_of(post_body);
  for (auto const& file : *body.find("files")->as_array()) out.push_back(text_at(file, "datum"));
  std::ranges::sort(out);
  return out;
}

// 12, 13 and 16 to 19 record defects of phase 1 and 11 one of both; 20 one of phase 2.
texts const alike{"01-first-version", "02-no-change",
                  "03-add",           "04-remove",
                  "05-change-size",   "06-change-md5",
                  "07-only-sha1",     "09-mixed",
                  "10-all-gone",      "14-empty-file",
                  "15-unicode-names", "22-post-400",
                  "23-page-100",      "08-no-checksums-same-size"};

TEST_CASE("Phase 1 equals the published one byte for byte", "[valohai]") {
  auto names = alike;
  names.emplace_back("20-no-execution-id");
  for (auto const& name : names) {
    INFO(name);
    recording r{name};
    REQUIRE(ok(r.phase1()));
    CHECK(r.manifest() == text_at(*r.document.find("phase1"), "manifest_bytes"));
    CHECK(listed(r.written()) == listed(*r.document.find("phase1")->find("outputs")));
    CHECK(r.platform.lines() == r.recorded_lines("phase1"));
  }
}

TEST_CASE("Phase 2 publishes what the published one does and looks at the base before it does", "[valohai]") {
  for (auto const& name : alike) {
    INFO(name);
    recording r{name};
    auto const& recorded = *r.document.find("phase2");
    auto const done = r.phase2(text_at(*r.document.find("phase1"), "manifest_bytes"));
    bool const refused = name == "22-post-400";
    if (refused) CHECK(failure(done).code == condition::permanent);
    else REQUIRE(ok(done));
    auto wanted = r.recorded_lines("phase2");
    wanted.insert(wanted.end() - 1, "GET /api/v0/datasets/" + r.options.dataset + "/");
    if (refused) wanted.push_back("GET /api/v0/dataset-versions/?dataset=" + r.options.dataset);
    CHECK(r.platform.lines() == wanted);
    auto const post = std::ranges::find(r.platform.requests, post_line, &fake_platform::seen::line);
    REQUIRE(post != r.platform.requests.end());
    texts ids;
    for (auto const& id : *recorded.find("post_files_sorted")->as_array()) ids.push_back(*id.as_string());
    CHECK(sorted_data(post->body) == ids);
    auto rest = body_of(post->body);
    std::erase_if(*rest.as_object(), [](json::member const& m) { return m.first == "files"; });
    CHECK(rest == *recorded.find("post_without_files"));
  }
}

TEST_CASE("The single step equals the published one byte for byte", "[valohai]") {
  for (auto const& name : alike) {
    INFO(name);
    recording r{name};
    REQUIRE(ok(r.single_step()));
    auto const& recorded = *r.document.find("single_step");
    CHECK(listed(r.written()) == listed(*recorded.find("outputs")));
    for (auto const& [file, text] : *recorded.find("sidecars")->as_object())
      CHECK(r.written().at(file) == *text.as_string());
  }
}

TEST_CASE("The published walkthrough goes round by round", "[valohai]") {
  auto const document = body_of(waybill_test::read_file(vectors("valohai") / "24-readme-walkthrough.json"));
  std::string latest = "null";
  int rounds = 0;
  for (auto const& round : *document.find("rounds")->as_array()) {
    INFO("round " << rounds++);
    auto const& parameters = *round.find("parameters_json");
    auto const id = text_at(parameters, "dataset-id");
    workplace place;
    fake_platform platform;
    auto const reference = body_of(latest);
    platform.on(get_line("datasets/" + id + "/"),
                R"({"id":")" + id + R"(","name":"demo","latest_version":)" + latest + "}");
    if (!reference.is_null()) platform.on(get_line("dataset-versions/" + text_at(reference, "id") + "/"), latest);
    // The published program's demonstration content: the texts one after the other, from the first again.
    auto const& names = *parameters.find("new-file-names")->as_array();
    auto const& contents = *parameters.find("new-file-contents")->as_array();
    for (std::size_t i = 0; i < names.size(); ++i)
      place.put(*names[i].as_string(), *contents[i % contents.size()].as_string());
    auto const& recorded = text_at(*round.find("phase1"), "manifest_bytes");
    auto const outputs = place.outputs();
    v::phase1_options const options{
        .common = {.content = place.content().string(), .now = parse_rfc3339(text_at(document, "clock_utc")).value()},
        .dataset = id,
        .execution_id = v::read_manifest(recorded).value().execution_id,
        .exact_name = true};
    REQUIRE(ok(v::run_phase1(api_of(platform), &outputs, options, {})));
    auto const written = workplace::files(place.out());
    CHECK(written.at("_dataset-manifest.json") == recorded);
    CHECK(listed(written) == listed(*round.find("phase1")->find("outputs")));

    json::array files;
    std::vector<v::datum> data;
    auto const& api_data = *round.find("phase2")->find("api_data")->as_array();
    for (auto const& row : api_data) data.push_back(v::read_datum(row, "").value());
    auto const m = v::read_manifest(recorded).value();
    auto const ids = v::select_data(m, data, nullptr);
    REQUIRE(ok(ids));
    texts wanted;
    for (auto const& one : *round.find("phase2")->find("post_files_sorted")->as_array())
      wanted.push_back(*one.as_string());
    CHECK(*ids == wanted);
    // The version that came of it, for the next round: new data with their sums, and what was kept.
    for (auto const& row : api_data)
      if (text_at(row, "name") != v::manifest_name) files.emplace_back(json::object{{"datum", row}});
    for (auto const& [name, kept] : m.keep)
      for (auto const& old : *reference.find("files")->as_array())
        if (text_at(*old.find("datum"), "id") == kept) files.push_back(old);
    auto const& after = *round.find("version_after");
    latest = json::compact(
        json::object{{"id", text_at(after, "id")}, {"name", text_at(after, "name")}, {"files", std::move(files)}});
  }
  CHECK(rounds >= 3);
}

// -- defects of the published programs, and what happens here instead ------------------------------------------------

TEST_CASE("Defect 1: nested files are content and stay in the dataset", "[valohai]") {
  recording r{"11-nested"};
  REQUIRE(ok(r.phase1()));
  auto const m = v::read_manifest(r.manifest()).value();
  CHECK(m.exclude.empty());
  CHECK(m.new_files.empty());
  REQUIRE(m.keep.size() == 2);
  CHECK(m.keep[1].first == "sub/in.csv");
  recording alone{"11-nested"};
  std::filesystem::remove(alone.place.content() / "sub/in.csv");
  REQUIRE(ok(alone.phase1()));
  CHECK(v::read_manifest(alone.manifest()).value().exclude == texts{"sub/in.csv"});
}

TEST_CASE("Defect 2: two old data of one name are an error unless the last one may count", "[valohai]") {
  recording r{"12-duplicate-old-names"};
  auto const refused = failure(r.phase1());
  CHECK(refused.code == errc::duplicate_key);
  CHECK_THAT(refused.detail, contains("01910001") && contains("01910003"));
  CHECK(r.written().empty());
  r.options.common.duplicates = v::duplicate_policy::last_one;
  REQUIRE(ok(r.phase1()));
  CHECK(r.manifest() == text_at(*r.document.find("phase1"), "manifest_bytes"));
}

TEST_CASE("Defect 3: equal size alone does not make equal content unless that was chosen", "[valohai]") {
  recording r{"08-no-checksums-same-size"};
  r.options.common.missing = v::missing_checksum_policy::upload;
  REQUIRE(ok(r.phase1()));
  CHECK(v::read_manifest(r.manifest()).value().keep.empty());
}

TEST_CASE("Defect 4: a checksum in upper-case letters is the same checksum", "[valohai]") {
  recording r{"13-uppercase-hex"};
  REQUIRE(ok(r.phase1()));
  auto const m = v::read_manifest(r.manifest()).value();
  CHECK(m.new_files.empty());
  CHECK(m.keep.size() == 1);
}

TEST_CASE("Defect 7: other outputs of the execution do not become data", "[valohai]") {
  recording r{"09-mixed"};
  auto& rows = *r.document.find("phase2")->find("api_data")->as_array();
  rows.emplace_back(json::object{{"id", "0191ffff-1111-7222-8333-000000000000"}, {"name", "train.log"}});
  auto const done = r.phase2(text_at(*r.document.find("phase1"), "manifest_bytes"));
  REQUIRE(ok(done));
  CHECK(done->data.size() == 4);
}

TEST_CASE("Defect 8: a manifest without an execution asks for nothing", "[valohai]") {
  recording r{"20-no-execution-id"};
  CHECK(code_of(r.phase2(text_at(*r.document.find("phase1"), "manifest_bytes"))) == "refused");
  CHECK(r.platform.requests.empty());
}

TEST_CASE("Defects 9 and 10: content with a name of the platform's own files is refused", "[valohai]") {
  for (auto const* name : {"16-hidden-and-sidecar-files", "17-manifest-name-collision"}) {
    INFO(name);
    recording r{name};
    CHECK(code_of(r.phase1()) == "protected_name");
    CHECK(code_of(r.single_step()) == "protected_name");
    CHECK(r.written().empty());
  }
  recording passed{"16-hidden-and-sidecar-files"};
  passed.options.common.names.pass_sidecars = true;
  REQUIRE(ok(passed.phase1()));
  CHECK(v::read_manifest(passed.manifest()).value().new_files == texts{".hidden", "x.csv"});
  CHECK(passed.written().contains("x.csv.metadata.json"));
}

TEST_CASE("Defect 16: data without bytes are uploaded anew and data without a size are compared", "[valohai]") {
  recording purged{"18-purged-kept"};
  REQUIRE(ok(purged.phase1()));
  auto const m = v::read_manifest(purged.manifest()).value();
  CHECK(m.new_files == texts{"a"});  // and b is kept
  CHECK(m.exclude == m.new_files);
  recording unsized_one{"19-size-missing"};
  REQUIRE(ok(unsized_one.phase1()));
  CHECK(v::read_manifest(unsized_one.manifest()).value().keep.size() == 1);
}

TEST_CASE("A dataset that is not there leaves the outputs untouched", "[valohai]") {
  recording r{"21-dataset-404"};
  CHECK(failure(r.phase1()).code == condition::permanent);
  CHECK(failure(r.single_step()).code == condition::permanent);
  CHECK(r.written().empty());
  CHECK(r.platform.lines().size() == 2);
}

}  // namespace

#include <waybill/lineage/open_lineage.hpp>

#include <waybill/algebra/json_schema.hpp>
#include <waybill/core/bytes.hpp>
#include <waybill/json/parse.hpp>

#include <algorithm>

#include "samples.hpp"
#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

/// What OpenLineage 2-0-2 demands of a run event, and its facets of themselves.
json_schema event_schema() {
  return json_schema::compile(json::parse(R"j({
    "type": "object",
    "required": ["eventType", "eventTime", "producer", "schemaURL", "run", "job"],
    "properties": {
      "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
      "eventTime": {"type": "string", "format": "date-time"},
      "producer": {"type": "string", "pattern": "^[a-z][a-z0-9+.-]*:."},
      "schemaURL": {"const": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"},
      "run": {
        "type": "object", "required": ["runId"],
        "properties": {
          "runId": {"$ref": "#/definitions/uuid"},
          "facets": {
            "additionalProperties": {"$ref": "#/definitions/facet"},
            "properties": {
              "parent": {"allOf": [{"$ref": "#/definitions/facet"}], "required": ["run", "job"], "properties": {
                "run": {"required": ["runId"], "properties": {"runId": {"$ref": "#/definitions/uuid"}}},
                "job": {"$ref": "#/definitions/named"}}},
              "errorMessage": {"allOf": [{"$ref": "#/definitions/facet"}],
                "required": ["message", "programmingLanguage"]}}}}},
      "job": {
        "allOf": [{"$ref": "#/definitions/named"}],
        "properties": {"facets": {
          "additionalProperties": {"$ref": "#/definitions/facet"},
          "properties": {"jobType": {"allOf": [{"$ref": "#/definitions/facet"}],
            "required": ["processingType", "integration"]}}}}},
      "inputs": {"type": "array", "items": {"$ref": "#/definitions/dataset"}},
      "outputs": {"type": "array", "items": {"$ref": "#/definitions/dataset"}}},
    "definitions": {
      "uuid": {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"},
      "named": {"type": "object", "required": ["namespace", "name"],
        "properties": {"namespace": {"type": "string", "minLength": 1}, "name": {"type": "string", "minLength": 1}}},
      "facet": {"type": "object", "required": ["_producer", "_schemaURL"],
        "properties": {"_schemaURL": {"pattern": "^https://openlineage.io/spec/facets/[0-9]+-[0-9]+-[0-9]+/"}}},
      "dataset": {
        "allOf": [{"$ref": "#/definitions/named"}],
        "properties": {"facets": {
          "additionalProperties": {"$ref": "#/definitions/facet"},
          "properties": {"version": {"allOf": [{"$ref": "#/definitions/facet"}], "required": ["datasetVersion"],
            "properties": {"datasetVersion": {"type": "string", "minLength": 1}}}}}}}}
  })j")
                                  .value())
      .value();
}

std::string text_at(json::value const& v, std::initializer_list<char const*> path) {
  auto const* at = &v;
  for (auto const* name : path) {
    at = at->find(name);
    if (at == nullptr) return "-";
  }
  return at->as_string() != nullptr ? *at->as_string() : "?";
}

/// Type, job and versions of what was read and written, of each event.
std::vector<std::string> summary(run_log const& log) {
  std::vector<std::string> out;
  for (auto const& e : open_lineage_events(log)) {
    out.push_back(text_at(e, {"eventType"}) + " " + text_at(e, {"job", "name"}));
    for (auto const* list : {"inputs", "outputs"})
      if (auto const* data = e.find(list))
        for (auto const& d : *data->as_array())
          out.back() += std::string{list[0] == 'i' ? " <" : " >"} + text_at(d, {"name"}) + "@" +
                        text_at(d, {"facets", "version", "datasetVersion"});
  }
  return out;
}

attempt_id const who{"F", "1", "work", "3", 2};
using texts = std::vector<std::string>;

run_log rich_log() {
  auto package = record_of(record_kind::write, who);
  package.data = package_version{"ns/n", "abc"};
  auto failed = end_of({"F", "1", "work", "3", 1}, end_status::fail);
  failed.failure = "ValueError";
  return {{"F", "1"},
          {record_of(record_kind::begin, failed.attempt), failed, record_of(record_kind::begin, who),
           read_of(who, "t", "c1", "h1"), read_of(who, "t", "c1", "h1"), write_of(who, "w"), write_of(who, "w", "c2"),
           write_of(who, "lost"), package, end_of(who)}};
}

}  // namespace

TEST_CASE("every event has the shape that OpenLineage demands") {
  auto const schema = event_schema();
  auto const events = open_lineage_events(rich_log());
  CHECK(events.size() == 4);
  for (auto const& e : events) CHECK(schema.violations(e) == texts{});
  CHECK_FALSE(schema.violations(json::object{{"eventType", "START"}}).empty());
}

TEST_CASE("an attempt starts and ends with what it read and wrote in exact versions") {
  CHECK(summary(rich_log()) ==
        texts{"START F.work", "FAIL F.work", "START F.work", "COMPLETE F.work <t@c1 >w@c2 >lost@- >ns/n@abc"});
  auto const events = open_lineage_events(rich_log());
  CHECK(text_at(events[1], {"run", "facets", "errorMessage", "message"}) == "ValueError");
  CHECK(text_at(events[3], {"run", "facets", "errorMessage", "message"}) == "-");
  CHECK(text_at(events[3], {"run", "facets", "parent", "run", "runId"}) == open_lineage_id(run_name{"F", "1"}));
  CHECK(text_at(events[2], {"run", "runId"}) == text_at(events[3], {"run", "runId"}));
  CHECK(text_at(events[1], {"run", "runId"}) != text_at(events[3], {"run", "runId"}));
  CHECK(text_at(events[3], {"eventTime"}) == "2026-11-20T19:03:43.500Z");
}

TEST_CASE("an attempt without an end runs and one that nobody began is complete") {
  CHECK(summary({{"F", "1"}, {record_of(record_kind::begin, who)}}) == texts{"START F.work"});
  CHECK(summary({{"F", "1"}, {record_of(record_kind::begin, who), read_of(who, "t", "c1", "h1")}}) ==
        texts{"START F.work", "RUNNING F.work <t@c1"});
  CHECK(summary({{"F", "1"}, {read_of(who, "t", "c1", "h1")}}) == texts{"START F.work", "COMPLETE F.work <t@c1"});
}

TEST_CASE("the version of a dirty read is its hash and not the commit") {
  auto r = read_of(who, "t", "c1", "h1");
  std::get<table_version>(r.data).dirty = true;
  CHECK(summary({{"F", "1"}, {r}}).back() == "COMPLETE F.work <t@h1");
}

TEST_CASE("run ids are name-based UUIDs") {
  // The example of RFC 9562, appendix A.4.
  auto const dns = from_hex("6ba7b8109dad11d180b400c04fd430c8").value();
  CHECK(lineage::detail::uuid5(dns, "www.example.com") == "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  CHECK(open_lineage_id(run_name{"F", "1"}) == "66e39d93-69f0-5a34-9d2f-824f36f0dab7");
  CHECK(open_lineage_id(who) == "6d295ac8-ff15-50d8-9dda-009d41f2ed4a");
}

#include <waybill/lineage/record_names.hpp>

#include "support/catch.hpp"

using namespace waybill::lineage;

TEST_CASE("a run is a file of its flow and an attempt is an object of its run") {
  CHECK(file_key({"Flow", "7"}) == "Flow/7.jsonl");
  CHECK(object_prefix({"Flow", "7"}) == "Flow/7/");
  CHECK(object_key({"Flow", "7", "work", "3", 1}) == "Flow/7/work/3.1.jsonl");
}

TEST_CASE("no name leaves its place") {
  CHECK(name_segment("..") == "%2E.");
  CHECK(name_segment(".") == "%2E");
  CHECK(name_segment(".waybill") == "%2Ewaybill");
  CHECK(name_segment("a/b %") == "a%2Fb%20%25");
  CHECK(file_key({"..", ".."}) == "%2E./%2E..jsonl");
}

TEST_CASE("names are read back from keys") {
  for (run_name const& run : {run_name{"Flow", "7"}, {"..", "."}, {"a b", "7.jsonl"}, {"é", "100%"}}) {
    CAPTURE(run.flow, run.run);
    CHECK(run_of_file_key(file_key(run)) == run);
    CHECK(run_of_object_key(object_key({run.flow, run.run, "s", "t", 0})) == run);
    CHECK_FALSE(run_of_object_key(file_key(run)));
    CHECK_FALSE(run_of_file_key(object_key({run.flow, run.run, "s", "t", 0})));
  }
  for (auto const* key : {"", "a", "a.jsonl", "/a.jsonl", "a/.jsonl", "a/b", "a/b.txt", "a/b/c.jsonl"}) {
    CAPTURE(key);
    CHECK_FALSE(run_of_file_key(key));
    CHECK_FALSE(run_of_object_key(key));
  }
  CHECK_FALSE(run_of_object_key("a//c/d.0.jsonl"));
}

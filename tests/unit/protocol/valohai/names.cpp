#include <waybill/protocol/valohai/names.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

TEST_CASE("A version is named by the second of UTC in which it is made", "[valohai]") {
  CHECK(v::version_name(parse_rfc3339("2026-01-02T03:04:05.678901Z").value()) == "20260102-030405");
  CHECK(v::version_name(parse_rfc3339("2025-12-31T23:59:59+00:00").value()) == "20251231-235959");
  CHECK(v::version_uri("my data", "v 1") == "dataset://my data/v 1");
}

TEST_CASE("Names the platform or phase 1 keeps for itself are no content", "[valohai]") {
  CHECK(ok(v::check_content_name("a/b.csv", false)));
  CHECK(ok(v::check_content_name("sub/_dataset-manifest.json", false)));
  CHECK(ok(v::check_content_name("sub/valohai.metadata.jsonl", false)));
  CHECK(ok(v::check_content_name("metadata.json", false)));
  CHECK(code_of(v::check_content_name("_dataset-manifest.json", true)) == "protected_name");
  CHECK(code_of(v::check_content_name("_waybill-manifest.json", true)) == "protected_name");
  CHECK(code_of(v::check_content_name("valohai.metadata.jsonl", true)) == "protected_name");
  CHECK(code_of(v::check_content_name("a/x.csv.metadata.json", false)) == "protected_name");
  CHECK(failure(v::check_content_name("x.metadata.json", false)).detail.ends_with("(--pass-sidecars)"));
  CHECK(failure(v::check_content_name("valohai.metadata.jsonl", false)).detail.ends_with("rename the content"));
  CHECK(ok(v::check_content_name("a/x.csv.metadata.json", true)));
  CHECK(code_of(v::check_content_name("a/../b", false)) == "malformed_key");
  CHECK(code_of(v::check_content_name("/a", false)) == "malformed_key");
}

TEST_CASE("What would change the meaning of a dataset URI is refused", "[valohai]") {
  for (auto const* good : {"demo", "my data", "v1.2-x", "日本"}) CHECK(ok(v::check_uri_part(good)));
  for (auto const* bad : {"", "a/b", "a?b", "a#b", "a\nb", "\xff"})
    CHECK(code_of(v::check_uri_part(bad)) == "malformed_name");
}

TEST_CASE("An id is a UUID in text form", "[valohai]") {
  CHECK(v::is_id("01900000-0000-7000-8000-0000000000d5"));
  CHECK(v::is_id("01900000-0000-7000-8000-0000000000D5"));
  CHECK_FALSE(v::is_id("demo"));
  CHECK_FALSE(v::is_id("01900000-0000-7000-8000-0000000000dg"));
  CHECK_FALSE(v::is_id("019000000000-7000-8000-00000000000000"));
}

}  // namespace

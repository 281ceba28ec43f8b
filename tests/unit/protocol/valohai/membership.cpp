#include <waybill/protocol/valohai/membership.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

TEST_CASE("A sidecar is that of the published single step", "[valohai]") {
  CHECK(v::sidecar_text({.uri = "dataset://demo/v2", .from = "dataset://demo/v1", .exclude = {"a", "日.csv"}}) ==
        R"({"valohai.dataset-versions": [{"uri": "dataset://demo/v2", "from": "dataset://demo/v1", )"
        R"("exclude": ["a", "\u65e5.csv"]}]})");
  CHECK(v::sidecar_text({.uri = "dataset://demo/v1"}) ==
        R"({"valohai.dataset-versions": [{"uri": "dataset://demo/v1", "from": null, "exclude": []}]})");
}

TEST_CASE("A line of many files' metadata names its file and may ask for aliases and packaging", "[valohai]") {
  CHECK(v::metadata_line("sub/a.csv",
                         v::sidecar_text({.uri = "dataset://demo/v2", .aliases = {"prod"}, .packaging = true})) ==
        R"({"file": "sub/a.csv", "metadata": {"valohai.dataset-versions": [{"uri": "dataset://demo/v2", "from": null, )"
        R"("exclude": [], "targeting_aliases": ["prod"], "packaging": true}]}})"
        "\n");
}

}  // namespace

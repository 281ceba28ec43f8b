#include <waybill/registry/layout.hpp>

#include "support/catch.hpp"

using namespace waybill;

TEST_CASE("the layout is Quilt's V1, and ours beside it") {
  auto const name = package_name::parse("ns/data").value();
  CHECK(layout::manifest_key("ab") == ".quilt/packages/ab");
  CHECK(layout::latest_key(name) == ".quilt/named_packages/ns/data/latest");
  CHECK(layout::pointer_key(name, 1700000000) == ".quilt/named_packages/ns/data/1700000000");
  CHECK(layout::tag_key(name, "v1") == ".waybill/tags/ns/data/v1");
}

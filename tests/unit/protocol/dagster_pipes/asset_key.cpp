#include <waybill/protocol/dagster_pipes/asset_key.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace d = waybill::dagster_pipes;
using parts = std::vector<std::string>;

TEST_CASE("Parts of an asset key are joined and split again", "[dagster]") {
  for (auto const& [one, text] :
       {std::pair{parts{"demo"}, "demo"}, std::pair{parts{"a", "b"}, "a/b"}, std::pair{parts{"a/b", "c"}, "a\\/b/c"},
        std::pair{parts{"a\\", "/"}, "a\\\\/\\/"}, std::pair{parts{"ä b", ""}, "ä b/"}}) {
    CHECK(d::escape_asset_key(one) == text);
    CHECK(d::split_asset_key(text).value() == one);
  }
}

TEST_CASE("A backslash stands for what follows it and never alone", "[dagster]") {
  CHECK(d::split_asset_key("\\a").value() == parts{"a"});
  CHECK(code_of(d::split_asset_key("a\\")) == "malformed_key");
}

}  // namespace

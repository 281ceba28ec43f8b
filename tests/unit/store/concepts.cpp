#include <waybill/store/concepts.hpp>

#include "contract.hpp"
#include "factories.hpp"

using namespace waybill;

namespace {

/// The least a store of somebody else's must have to be read from.
struct read_only {
  result<object_info> head(std::string_view key) const { return inner.head(key); }
  result<std::unique_ptr<byte_source>> open(std::string_view key, byte_range range) const {
    return inner.open(key, range);
  }
  result<void> list(std::string_view prefix, object_visitor const& visit) const { return inner.list(prefix, visit); }
  physical_key url(std::string_view key) const { return inner.url(key); }
  std::optional<std::string> local_file(std::string_view) const { return std::nullopt; }
  memory_store inner;
};

struct without_listing {
  result<object_info> head(std::string_view) const;
  result<std::unique_ptr<byte_source>> open(std::string_view, byte_range) const;
  physical_key url(std::string_view) const;
  std::optional<std::string> local_file(std::string_view) const;
};

}  // namespace

TEST_CASE("the ladder of store concepts has three rungs") {
  STATIC_REQUIRE(object_source<read_only>);
  STATIC_REQUIRE_FALSE(object_store<read_only>);
  STATIC_REQUIRE_FALSE(object_source<without_listing>);
  STATIC_REQUIRE(ref_store<memory_store>);
  STATIC_REQUIRE(ref_store<directory_store>);
  STATIC_REQUIRE(ref_store<any_store>);
  read_only store;
  REQUIRE(waybill_test::put(store.inner, "k", "text"));
  CHECK(waybill_test::get(store, "k").value() == "text");
}

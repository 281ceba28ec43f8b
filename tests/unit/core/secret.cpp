#include <waybill/core/secret.hpp>

#include "support/catch.hpp"

namespace {
using namespace waybill;

TEST_CASE("A secret is hidden wherever it stands in an error") {
  auto const e = without_secret(make_error(errc::denied, "k3y is no key: k3yk3y", "https://x/?key=k3y"), "k3y");
  CHECK(e.detail == "*** is no key: ******");
  CHECK(e.path == "https://x/?key=***");
  CHECK(e.code == errc::denied);
}

TEST_CASE("No secret hides nothing and one of asterisks ends") {
  CHECK(without_secret(make_error(errc::denied, "a", "b"), "").detail == "a");
  CHECK(without_secret(make_error(errc::denied, "a*b", ""), "*").detail == "a***b");
}

}  // namespace

#include <waybill/store/s3_key.hpp>

#include "contract/tools.hpp"
#include "s3_fixture.hpp"

using namespace waybill;
using namespace waybill_test;

TEST_CASE("S3 can name what is UTF-8 and without NUL whether or not the kit would name it so") {
  s3_fixture f;
  detail::s3_session const session{f.erased(), f.options};
  for (auto const* good : {"a//b", "../x", "/", ".waybill/conditional-writes", "caf\u00E9"})
    CHECK(detail::check_s3_key(session, good));
  CHECK(detail::check_s3_key(session, "").error().code == errc::unsafe_key);
  CHECK(detail::check_s3_key(session, {"a\0b", 3}).error().code == errc::unsafe_key);
  auto const refused = detail::check_s3_key(session, "caf\xE9");
  CHECK(refused.error().code == errc::malformed_key);
  CHECK_THAT(refused.error().message(), contains("s3://bucket/"));
}

TEST_CASE("the kit's own keys are those of any store without the one that the store keeps for itself") {
  s3_fixture f;
  detail::s3_session const session{f.erased(), f.options};
  CHECK(detail::check_own_key(session, ".waybill/objects/x"));
  for (auto const* bad : {"", "a//b", "../x", "/", ".waybill/conditional-writes"})
    CHECK(detail::check_own_key(session, bad).error().code == errc::unsafe_key);
  CHECK(detail::check_own_key(session, "caf\xE9").error().code == errc::malformed_key);
}

TEST_CASE("keys S3 cannot hold and the store's own are refused before anything is asked") {
  s3_fixture f;
  auto store = f.store();
  CHECK(put(store, "caf\xE9", "x").error().code == errc::malformed_key);
  CHECK(put(store, ".waybill/conditional-writes", "x").error().code == errc::unsafe_key);
  CHECK(store.head("../x").error().code == errc::unsafe_key);
  CHECK(store.remove("a//b").error().code == errc::unsafe_key);
  CHECK(store.read_ref("/x").error().code == errc::unsafe_key);
  CHECK(store.swap_ref("a/../b", std::nullopt, "x").error().code == errc::unsafe_key);
  CHECK(store.copy("other", "from", {}, "a//b").error().code == errc::unsafe_key);
  CHECK(store.copy("o/ther", "from", {}, "to").error().code == errc::usage);
}

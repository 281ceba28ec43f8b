#include <waybill/protocol/valohai/comparison.hpp>

#include <waybill/hash/openssl.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

using a = v::file_action;
using r = v::file_reason;
using policy = v::missing_checksum_policy;

digest_set sums_of(std::string_view text) {
  return {hash_bytes<sha256_hasher>(as_bytes(text)), hash_bytes<md5_hasher>(as_bytes(text))};
}

void check_look(v::datum const* old, policy p, v::next_step next, v::verdict wanted) {
  auto const look = v::look_at(old, 5, p);
  CHECK(look.next == next);
  if (next == v::next_step::none) CHECK(look.verdict == wanted);
}

TEST_CASE("What is known without reading is judged without reading", "[valohai]") {
  check_look(nullptr, policy::upload, v::next_step::none, {a::added, r::not_in_version});
  v::datum old{"1", "n", 4, sums_of("other")};
  check_look(&old, policy::upload, v::next_step::none, {a::changed, r::size});
  old.size = 5;
  check_look(&old, policy::upload, v::next_step::hash_content, {});
  old.size.reset();
  check_look(&old, policy::keep, v::next_step::hash_content, {});
  old.purged = true;
  check_look(&old, policy::keep, v::next_step::none, {a::changed, r::purged});
}

TEST_CASE("A file without checksums is judged as the caller chose", "[valohai]") {
  v::datum old{"1", "n", 5};
  check_look(&old, policy::upload, v::next_step::none, {a::changed, r::no_checksum});
  check_look(&old, policy::keep, v::next_step::none, {a::kept, r::no_checksum});
  check_look(&old, policy::download, v::next_step::download_old, {});
  old.size.reset();  // then nothing at all says that it is the same
  check_look(&old, policy::keep, v::next_step::none, {a::changed, r::no_checksum});
}

TEST_CASE("The strongest checksum that both sides have decides", "[valohai]") {
  CHECK(v::judge(sums_of("x"), sums_of("x")) == v::verdict{a::kept, r::same_digest});
  CHECK(v::judge(sums_of("x"), sums_of("y")) == v::verdict{a::changed, r::digest});
  digest_set weak_lie = sums_of("x");
  weak_lie.insert(hash_bytes<md5_hasher>(as_bytes("y")));
  CHECK(v::judge(weak_lie, sums_of("x")) == v::verdict{a::kept, r::same_digest});
  CHECK(v::judge({}, sums_of("x")) == v::verdict{a::changed, r::no_checksum});
}

TEST_CASE("Actions and reasons have stable words", "[valohai]") {
  CHECK(v::name_of(a::added) == "added");
  CHECK(v::name_of(a::removed) == "removed");
  CHECK(v::name_of(r::not_in_version) == "not_in_version");
  CHECK(v::name_of(r::ambiguous) == "ambiguous");
}

}  // namespace

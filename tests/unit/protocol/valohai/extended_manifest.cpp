#include <waybill/protocol/valohai/extended_manifest.hpp>

#include <waybill/hash/openssl.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

v::extended_manifest sample() {
  auto const sum = hash_bytes<sha256_hasher>(as_bytes("x"));
  auto const plan = v::make_plan({{"n", {v::file_action::added, v::file_reason::not_in_version}, 1, {sum}}},
                                 v::previous_files::create({{"1", "gone", 2}}, v::duplicate_policy::refuse).value());
  return v::extend(plan, {.dataset_id = "d", .new_version_name = "v2", .new_version_uri = "u", .old_version_id = "aa"});
}

TEST_CASE("Sizes and digests and reasons survive the way through the file", "[valohai]") {
  auto const read = v::read_extended(v::write_extended(sample()));
  REQUIRE(ok(read));
  CHECK(read->new_version_name == "v2");
  CHECK(read->old_version_id == "aa");
  REQUIRE(read->files.size() == 2);
  auto const* n = read->find("n");
  REQUIRE(n != nullptr);
  CHECK(n->action == "added");
  CHECK(n->reason == "not_in_version");
  CHECK(n->size == 1);
  CHECK(n->sha256 == sample().files[0].sha256);
  CHECK(read->find("gone")->action == "removed");
  CHECK_FALSE(read->find("gone")->sha256);
  CHECK(read->find("other") == nullptr);
}

TEST_CASE("What is no second manifest is refused", "[valohai]") {
  auto const with = [](std::string_view from, std::string_view to) {
    auto text = v::write_extended(sample());
    return v::read_extended(text.replace(text.find(from), from.size(), to));
  };
  CHECK(code_of(with("manifest/1", "manifest/2")) == "malformed_manifest");
  CHECK(failure(with("\"size\":1", "\"size\":-1")).path == "/files/0/size");
  CHECK(failure(with("\"sha256\":\"2d", "\"sha256\":\"2")).path == "/files/0/sha256");
  CHECK(code_of(v::read_extended("{}")) == "missing_member");
}

}  // namespace

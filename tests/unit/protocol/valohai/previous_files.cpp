#include <waybill/protocol/valohai/previous_files.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

TEST_CASE("Old files are found by name and keep the platform's order", "[valohai]") {
  auto const before = v::previous_files::create({{"2", "b"}, {"1", "a"}}, v::duplicate_policy::refuse);
  REQUIRE(ok(before));
  CHECK(before->files().front().name == "b");
  CHECK(before->find("a")->id == "1");
  CHECK(before->find("c") == nullptr);
  CHECK_FALSE(before->was_ambiguous("a"));
}

TEST_CASE("Two data of one name are refused unless the last one may count", "[valohai]") {
  std::vector<v::datum> const files{{"1", "d"}, {"2", "e"}, {"3", "d"}};
  auto const refused = failure(v::previous_files::create(files, v::duplicate_policy::refuse));
  CHECK(refused.code == errc::duplicate_key);
  CHECK(refused.path == "d");
  CHECK_THAT(refused.detail, contains("1 and 3"));
  auto const last = v::previous_files::create(files, v::duplicate_policy::last_one).value();
  CHECK(last.files().size() == 2);
  CHECK(last.files().front().id == "3");  // at the place of the first
  CHECK(last.was_ambiguous("d"));
  CHECK_FALSE(last.was_ambiguous("e"));
}

}  // namespace

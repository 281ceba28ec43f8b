#include <waybill/protocol/valohai/file_error.hpp>

#include "support/catch.hpp"

namespace {
using namespace waybill;
namespace v = waybill::valohai;

TEST_CASE("An error in a file names the file and then the place in it", "[valohai]") {
  CHECK(v::in_file(make_error(errc::wrong_type, "no", "/a"), "dir/p.json").path == "dir/p.json, /a");
  CHECK(v::in_file(make_error(errc::wrong_type, "no"), "dir/p.json").path == "dir/p.json");
  CHECK(v::in_file(make_error(errc::wrong_type, "no", "/a"), "f").detail == "no");
}

}  // namespace

#include <waybill/core/in_file.hpp>

#include "support/catch.hpp"

namespace {
using namespace waybill;

TEST_CASE("An error in a file names the file and then the place in it") {
  CHECK(in_file(make_error(errc::wrong_type, "no", "/a"), "dir/p.json").path == "dir/p.json, /a");
  CHECK(in_file(make_error(errc::wrong_type, "no"), "dir/p.json").path == "dir/p.json");
  CHECK(in_file(make_error(errc::wrong_type, "no", "/a"), "f").detail == "no");
}

}  // namespace

// The header stands apart so that what reads contents needs nothing that scans trees: the tree comes first here.
#include <waybill/scan/tree.hpp>

#include <waybill/scan/placeholder_mark.hpp>

#include <string_view>

#include "support/catch.hpp"

TEST_CASE("A content looks like a placeholder by its first line alone", "[placeholder]") {
  using namespace waybill;
  CHECK(looks_like_placeholder(as_bytes(std::string_view{"waybill placeholder 1\nrest"})));
  CHECK_FALSE(looks_like_placeholder(as_bytes(std::string_view{"waybill placeholder 1"})));
  CHECK_FALSE(looks_like_placeholder(as_bytes(std::string_view{"waybill placeholder 2\n"})));
  CHECK_FALSE(looks_like_placeholder({}));
}

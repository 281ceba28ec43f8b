#include <waybill/protocol/clowder/names.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill::clowder;
using waybill_test::contains;
using waybill_test::failure;
using waybill_test::ok;

TEST_CASE("Names that arrive as they are may be uploaded to both versions", "[clowder]") {
  for (auto const* path :
       {"a.csv", "b \xC3\xA4.csv", "c \"q\" %22;.txt", ".hidden", " a ", "d/e f/g", "100%", "a=b", "'x'"})
    for (auto const api : {api_version::v1, api_version::v2}) {
      CAPTURE(path);
      CHECK(ok(check_path(api, path)));
    }
  CHECK(ok(check_path(api_version::v2, std::string(255, 'x'))));
}

TEST_CASE("A backslash is refused where the platform would lose it", "[clowder]") {
  auto const lost = failure(check_path(api_version::v1, "in/a\\b"));
  CHECK(lost.code == condition::unsafe_input);
  CHECK(lost.path == "in/a\\b");
  CHECK_THAT(lost.detail, contains("only what stands behind") && contains("rename it"));
  CHECK(ok(check_path(api_version::v2, "a\\b")));
  CHECK(ok(check_path(api_version::v2, "a\\\"b")));
  for (auto const* name : {"a\\", "\\\\host\\b", "C:\\b"}) {
    CAPTURE(name);
    CHECK(failure(check_path(api_version::v2, name)).code == errc::malformed_key);
  }
  CHECK(ok(check_path(api_version::v1, "a\\b/c")));  // folders travel in JSON
  CHECK(ok(check_path(api_version::v2, "a\\/c")));
}

TEST_CASE("Control characters are refused in file names and travel in folder names", "[clowder]") {
  for (auto const* name : {"a\nb", "a\rb", "a\tb", "a\x7f"}) CHECK_FALSE(check_path(api_version::v2, name));
  CHECK(ok(check_path(api_version::v2, "a\nb/c")));
}

TEST_CASE("Folder names that version 1 would shorten are refused there", "[clowder]") {
  for (auto const* path : {" a/b", "a /b", "x/\ta/b", "a\xC2\xA0/b"}) {
    CAPTURE(path);
    CHECK(failure(check_path(api_version::v1, path)).code == errc::malformed_key);
    CHECK(ok(check_path(api_version::v2, path)));
  }
}

TEST_CASE("Quotes and backslashes stand behind a backslash and nothing else is written differently", "[clowder]") {
  CHECK(quoted_name("a \"b\" \\ %22 \xC3\xA4") == "a \\\"b\\\" \\\\ %22 \xC3\xA4");
}

TEST_CASE("A title becomes an expression that matches nothing else", "[clowder]") {
  CHECK(literal_pattern("A.B (1)+[x]{2}|^$*?\\") == "A\\.B \\(1\\)\\+\\[x\\]\\{2\\}\\|\\^\\$\\*\\?\\\\");
  CHECK(literal_pattern("s 1 \xC3\xA4") == "s 1 \xC3\xA4");
}

TEST_CASE("Ids are 24 hexadecimal digits", "[clowder]") {
  CHECK(is_id("65a0000000000000000000aA"));
  CHECK_FALSE(is_id("65a0000000000000000000a"));
  CHECK_FALSE(is_id("65a0000000000000000000ag"));
}

TEST_CASE("Latin-1 ends before the euro sign", "[clowder]") {
  CHECK(is_latin("a \xC3\xA4\xC3\xBF"));
  CHECK_FALSE(is_latin("\xE2\x82\xAC"));
  CHECK_FALSE(is_latin("a\xC2\x80"));
  CHECK_FALSE(is_latin("a\nb"));
}

}  // namespace

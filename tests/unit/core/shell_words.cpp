#include <waybill/core/shell_words.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;

TEST_CASE("a command line is split as Python's shlex splits it") {
  using words = std::vector<std::string>;
  CHECK(shell_words("").value().empty());
  CHECK(shell_words(" \t\r\n").value().empty());
  CHECK(shell_words("  aws  configure\texport ").value() == words{"aws", "configure", "export"});
  CHECK(shell_words(R"('/opt/my tools/get' --role "a \"b\" \\ \n" x\ y)").value() ==
        words{"/opt/my tools/get", "--role", R"(a "b" \ \n)", "x y"});
  CHECK(shell_words(R"(a'b'"c"d '' "")").value() == words{"abcd", "", ""});
  CHECK(shell_words(R"('\' "'" '"')").value() == words{"\\", "'", "\""});
  CHECK(shell_words("a # b $HOME ;|&").value() == words{"a", "#", "b", "$HOME", ";|&"});
}

TEST_CASE("a command line that ends inside a quote is refused without being shown") {
  for (std::string const text : {"hush '", "hush \"", "hush \"\\\"", "'it''s hush", "hush\\"}) {
    auto const refused = shell_words(text);
    INFO(text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::usage);
    CHECK(refused.error().message().find("hush") == std::string::npos);
  }
}

#include <waybill/http/aws_profiles.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;

namespace {

aws_profile profile(std::string_view credentials, std::string_view config, std::string_view name = "default") {
  auto const all = aws_profiles::parse(credentials, config);
  REQUIRE(all);
  auto const* found = all->find(name);
  REQUIRE(found);
  return *found;
}

}  // namespace

TEST_CASE("keys are read from either file") {
  auto const keys = profile("[default]\naws_access_key_id = AK\naws_secret_access_key=S+/=x\n", "").keys;
  CHECK(keys.access_key_id == "AK");
  CHECK(keys.secret_access_key == "S+/=x");
  CHECK(keys.session_token.empty());
  auto const other = profile(
      "", "[profile x]\r\nAWS_Access_Key_ID: AK2\r\naws_secret_access_key : S:2\r\naws_session_token = T\r\n", "x");
  CHECK(other.keys.access_key_id == "AK2");
  CHECK(other.keys.secret_access_key == "S:2");
  CHECK(other.keys.session_token == "T");
  CHECK(profile("[a]\naws_access_key_id=k\naws_security_token = old", "", "a").keys.session_token == "old");
}

TEST_CASE("the credentials file goes before the config file") {
  auto const config =
      "[default]\nregion = r\naws_access_key_id = no\naws_secret_access_key = no\ncredential_process = p\n";
  auto const both = profile("[default]\naws_access_key_id = AK\naws_secret_access_key = S\n", config);
  CHECK(both.keys.access_key_id == "AK");
  CHECK(both.keys.secret_access_key == "S");
  CHECK(both.credential_process.empty());
  CHECK(both.region == "r");
  auto const process = profile("[default]\nregion = first\n", config);
  CHECK(process.credential_process == "p");
  CHECK(process.keys.anonymous());
  CHECK(process.region == "first");
}

TEST_CASE("sections are told apart as the AWS tools do") {
  auto const all =
      aws_profiles::parse("[bare]\nregion=1\n[profile odd]\nregion=1\n",
                          "[default]\nregion=a\n[profile x]\nregion=b\n[profile \"two words\"]\nregion=c\n"
                          "[bare2]\nregion=d\n[profile a b]\nregion=e\n[profilex]\nregion=f\n[profile]\nregion=g\n"
                          "[sso-session s]\nsso_region=h\n[profile\t'y']\nregion=i\n");
  REQUIRE(all);
  CHECK(all->names() == std::vector<std::string>{"bare", "default", "profile odd", "two words", "x", "y"});
  CHECK(all->find("two words")->region == "c");
  CHECK(all->find("y")->region == "i");
  CHECK(all->find("X") == nullptr);
}

TEST_CASE("comments are whole lines and indented lines go on with a value") {
  auto const p = profile("",
                         "# note\n\n[default]\n; note\nregion = r # kept\ncredential_process = /bin/x\n   --more\n"
                         "  # not this\n\nendpoint_url = http://h;x\n");
  CHECK(p.region == "r # kept");
  CHECK(p.credential_process == "/bin/x\n--more");
  CHECK(p.endpoint_url == "http://h;x");
  CHECK(profile("\xEF\xBB\xBF  [default]\n  region = r\n  endpoint_url = u\n", "").endpoint_url == "u");
}

TEST_CASE("the endpoint of the S3 service goes before that of the profile") {
  std::string const services =
      "[services local]\ns3 =\n  # comment\n  endpoint_url = http://127.0.0.1:9000\n  other = 1\nsts =\n  endpoint_url "
      "= no\n"
      "[services empty]\nsts =\n  endpoint_url = no\n";
  CHECK(profile("", services + "[default]\nservices = local\nendpoint_url = http://all\n").endpoint_url ==
        "http://127.0.0.1:9000");
  CHECK(profile("", services + "[default]\nservices = empty\nendpoint_url = http://all\n").endpoint_url ==
        "http://all");
  CHECK(profile("", services + "[default]\nservices = none\n").endpoint_url.empty());
  CHECK(profile("", services + "[default]\ns3 =\n  endpoint_url = http://not-here\n").endpoint_url.empty());
  CHECK(profile("", services + "[default]\nservices = local\nignore_configured_endpoint_urls = true\n")
            .endpoint_url.empty());
}

TEST_CASE("a setting with settings below it is no text") {
  auto const p = profile("[default]\nregion =\n  a = b\naws_access_key_id =\n  c = d\nendpoint_url =\n", "");
  CHECK(p.region.empty());
  CHECK(p.keys.anonymous());
  CHECK(p.endpoint_url.empty());
}

TEST_CASE("a kind of credentials that is not fetched is named") {
  CHECK(profile("", "[default]\nrole_arn = arn\nsource_profile = default\n").unsupported == "role_arn");
  CHECK(profile("[default]\naws_access_key_id=a\naws_secret_access_key=s\n", "[default]\nsso_session = x\n")
            .unsupported == "sso_session");
  CHECK(profile("", "[default]\nsso_start_url = x\n").unsupported == "sso_start_url");
  CHECK(profile("", "[default]\nsource_profile = x\n").unsupported.empty());
}

TEST_CASE("a file that is none is refused by its line and never shown") {
  struct bad_file {
    std::string text;
    int line;
  };
  for (auto const& [text, line] : {bad_file{"aws_secret_access_key = hush\n", 1},
                                   {"[default]\n\nhush\n", 3},
                                   {"[default]\n= hush\n", 2},
                                   {"[default]\na = hush\na = hush\n", 3},
                                   {"[default]\na = hush\n[default]\n", 3},
                                   {"[hush\n", 1},
                                   {"[]\n", 1},
                                   {"[default]\nA = hush\n  more\na : hush\n", 4}}) {
    INFO(text);
    auto const refused = aws_profiles::parse(text, "");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::usage);
    CHECK(refused.error().path == "credentials file, line " + std::to_string(line));
    CHECK(refused.error().message().find("hush") == std::string::npos);
    auto const other = aws_profiles::parse("", text);
    REQUIRE_FALSE(other);
    CHECK(other.error().path == "config file, line " + std::to_string(line));
  }
}

#include <waybill/driver/aws_settings.hpp>

#include "surroundings.hpp"

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using waybill_test::lab;

TEST_CASE("region and endpoint come from the environment before the files") {
  lab at;
  CHECK(read_aws_settings(at.surroundings())->region.empty());
  CHECK(read_aws_settings(at.surroundings())->endpoint_url.empty());
  at.files["/home/me/.aws/config"] = "[default]\nregion = file\nendpoint_url = http://file\n";
  CHECK(read_aws_settings(at.surroundings())->region == "file");
  CHECK(read_aws_settings(at.surroundings())->endpoint_url == "http://file");
  at.environment["AWS_DEFAULT_REGION"] = "second";
  at.environment["AWS_ENDPOINT_URL"] = "http://second";
  CHECK(read_aws_settings(at.surroundings())->region == "second");
  CHECK(read_aws_settings(at.surroundings())->endpoint_url == "http://second");
  at.environment["AWS_REGION"] = "first";
  at.environment["AWS_ENDPOINT_URL_S3"] = "http://first";
  CHECK(read_aws_settings(at.surroundings())->region == "first");
  CHECK(read_aws_settings(at.surroundings())->endpoint_url == "http://first");
  at.environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
  CHECK(read_aws_settings(at.surroundings())->endpoint_url.empty());
}

TEST_CASE("the files can stand elsewhere and one that is absent is empty") {
  lab at;
  at.environment["AWS_SHARED_CREDENTIALS_FILE"] = "~/keys";
  at.environment["AWS_CONFIG_FILE"] = "/etc/aws";
  at.files["/home/me/keys"] = "[default]\naws_access_key_id = AK\n";
  at.files["/home/me/.aws/credentials"] = "[default]\naws_access_key_id = no\n";
  at.files["/etc/aws"] = "[default]\nregion = r\n";
  auto const found = read_aws_settings(at.surroundings());
  REQUIRE(found);
  CHECK(found->profile.keys.access_key_id == "AK");
  CHECK(found->region == "r");
  at.files.clear();
  CHECK(read_aws_settings(at.surroundings())->profile.keys.anonymous());
  at.environment.clear();
  CHECK(read_aws_settings(at.surroundings())->profile_name == "default");
}

TEST_CASE("a profile that was chosen must exist") {
  lab at;
  at.environment["AWS_PROFILE"] = "work";
  auto const none = read_aws_settings(at.surroundings());
  REQUIRE_FALSE(none);
  CHECK(none.error().code == errc::usage);
  at.files["/home/me/.aws/config"] = "[profile home]\nregion = r\n[profile other]\n";
  auto const refused = read_aws_settings(at.surroundings());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find("'work'") != std::string::npos);
  CHECK(refused.error().detail.find("home, other") != std::string::npos);
  at.files["/home/me/.aws/config"] += "[profile work]\nregion = w\n";
  auto const found = read_aws_settings(at.surroundings());
  REQUIRE(found);
  CHECK(found->region == "w");
  CHECK(found->profile_name == "work");
}

TEST_CASE("a broken file is named with its line and one that cannot be read is not taken for an absent one") {
  lab at;
  at.files["/home/me/.aws/config"] = "[default]\nhush\n";
  auto const refused = read_aws_settings(at.surroundings());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().path == "/home/me/.aws/config, line 2");
  CHECK(refused.error().message().find("hush") == std::string::npos);
  auto locked = at.surroundings();
  locked.read_file = [](std::string const& path) -> result<std::string> {
    return system_error(EACCES, "cannot read", path);
  };
  auto const denied = read_aws_settings(locked);
  REQUIRE_FALSE(denied);
  CHECK(denied.error().code == condition::denied);
}

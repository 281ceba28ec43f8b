#include <waybill/driver/valohai/api.hpp>

#include "platform.hpp"

namespace {
using namespace waybill_test;

std::string page(std::string const& rows, std::string const& next) {
  return R"({"count":9,"previous":null,"next":)" + next + R"(,"results":[)" + rows + "]}";
}
std::string const first_outputs = get_line(
    "data/?ordering=id&limit=100&offset=0&output_execution=e0"
    "&exclude=output_execution%2Cproject&purged=false");

TEST_CASE("Passing failures of the platform are waited for and repeated", "[valohai]") {
  fake_platform platform;
  platform.reply(get_line("datasets/d5/"), {.status = 429, .headers = {{"Retry-After", "1"}}});
  platform.reply(get_line("datasets/d5/"), {.status = 502, .body = "<!DOCTYPE html>"});
  platform.on(get_line("datasets/d5/"), R"({"id":"d5","name":"demo","latest_version":null})");
  int waits = 0;
  CHECK(api_of(platform, &waits).get_dataset("d5").value().name == "demo");
  CHECK(waits == 2);
  CHECK(platform.requests.size() == 3);
  CHECK(platform.requests[0].has_token);
}

TEST_CASE("A failure that stays is given up after three attempts", "[valohai]") {
  fake_platform platform;
  platform.reply(get_line("datasets/d5/"), {.lost = true});
  CHECK(api_of(platform).get_dataset("d5").error().code == condition::transient);
  CHECK(platform.requests.size() == 3);
}

TEST_CASE("A refusal is not repeated and does not show the token", "[valohai]") {
  fake_platform platform;
  platform.reply(get_line("datasets/d5/"), {.status = 404, .body = R"({"detail":"no t0ken here"})"});
  auto const refused = failure(api_of(platform).get_dataset("d5"));
  CHECK(refused.code == condition::permanent);
  CHECK_THAT(refused.detail, contains("404") && contains("no *** here"));
  CHECK(refused.path == "https://app.example/api/v0/datasets/d5/");
  CHECK(platform.requests.size() == 1);
}

TEST_CASE("An answer that is no document of the API is permanent and names the URL", "[valohai]") {
  fake_platform platform;
  platform.on(get_line("datasets/d5/"), "<html>");
  platform.on(get_line("dataset-versions/aa/"), R"({"id":"aa"})");
  CHECK(failure(api_of(platform).get_dataset("d5")).code == errc::permanent);
  auto const broken = failure(api_of(platform).get_version("aa"));
  CHECK(broken.code == errc::permanent);
  CHECK_THAT(broken.detail, contains("/name"));
}

TEST_CASE("A redirect to another host is followed without the token", "[valohai]") {
  fake_platform platform;
  platform.reply(get_line("datasets/d5/"), {.status = 302, .headers = {{"Location", "https://other.example/x"}}});
  platform.on("GET https://other.example/x", R"({"id":"d5","name":"demo"})");
  CHECK(ok(api_of(platform).get_dataset("d5")));
  REQUIRE(platform.requests.size() == 2);
  CHECK_FALSE(platform.requests[1].has_token);
}

TEST_CASE("Pages are asked of the API's own host whatever next says", "[valohai]") {
  fake_platform platform;
  platform.on(first_outputs, page(R"({"id":"1","name":"a"})", "\"http://evil.example/api/v0/data/?offset=1\""));
  platform.on(get_line("data/?offset=1"), page(R"({"id":"2","name":"b"})", "null"));
  auto const outputs = api_of(platform).outputs("e0", v::paging::next);
  REQUIRE(ok(outputs));
  CHECK(outputs->size() == 2);
  CHECK(platform.requests.size() == 2);
}

TEST_CASE("A list without next ends at a short page", "[valohai]") {
  fake_platform platform;
  platform.on(first_outputs, R"({"results":[{"id":"1","name":"a"}]})");
  CHECK(api_of(platform).outputs("e0", v::paging::next).value().size() == 1);
  CHECK(platform.requests.size() == 1);
}

TEST_CASE("A list that leads in a circle is an error and not an endless loop", "[valohai]") {
  fake_platform platform;
  platform.on(first_outputs, page(R"({"id":"1","name":"a"})", "\"https://app.example/?offset=1\""));
  platform.on(get_line("data/?offset=1"), page(R"({"id":"2","name":"b"})", "\"https://app.example/?offset=1\""));
  CHECK_THAT(failure(api_of(platform).outputs("e0", v::paging::next)).detail, contains("circle"));
}

TEST_CASE("The published way of paging ends behind an empty page", "[valohai]") {
  fake_platform platform;
  platform.on(first_outputs, page(R"({"id":"1","name":"a"})", "null"));
  auto second = first_outputs;
  second.replace(second.find("offset=0"), 8, "offset=100");
  platform.on(second, page("", "null"));
  CHECK(api_of(platform).outputs("e0", v::paging::until_empty).value().size() == 1);
  CHECK(platform.requests.size() == 2);
}

TEST_CASE("A dataset is found by its name when exactly one has it", "[valohai]") {
  fake_platform platform;
  platform.on(get_line("datasets/?limit=100"), page(R"({"id":"d4","name":"other"})", "\"?offset=100\""));
  platform.on(get_line("datasets/?offset=100"), page(R"({"id":"d5","name":"demo"},{"id":"d6","name":"twin"},)"
                                                     R"({"id":"d7","name":"twin"})",
                                                     "null"));
  platform.on(get_line("datasets/d5/"), R"({"id":"d5","name":"demo","latest_version":null})");
  auto const api = api_of(platform);
  CHECK(api.find_dataset("demo").value().id == "d5");
  CHECK(failure(api.find_dataset("none")).code == condition::permanent);
  CHECK_THAT(failure(api.find_dataset("twin")).detail, contains("d6 and d7"));
}

TEST_CASE("Data of which a version says only the id are asked for", "[valohai]") {
  fake_platform platform;
  platform.on(get_line("dataset-versions/aa/"), R"({"id":"aa","name":"v1","files":[{"datum":"7"}]})");
  platform.on(get_line("data/7/"), R"({"id":"7","name":"a","size":3})");
  auto const version = api_of(platform).get_version("aa");
  REQUIRE(ok(version));
  CHECK(version->files.at(0).name == "a");
  CHECK(version->files.at(0).size == 3u);
}

TEST_CASE("A version is found by name in the list of its dataset's versions", "[valohai]") {
  fake_platform platform;
  platform.on(get_line("dataset-versions/?dataset=d5"),
              page(R"({"id":"aa","name":"v1"},{"id":"bb","name":"v2"})", "null"));
  auto const api = api_of(platform);
  CHECK((*api.find_version("d5", "v2").value()).id == "bb");
  CHECK_FALSE(api.find_version("d5", "v3").value());
}

std::string text_of(byte_source& source) {
  std::string out(100, '\0');
  out.resize(source.read(std::as_writable_bytes(std::span{out})).value());
  return out;
}

TEST_CASE("Bytes come from the place the platform names and that place does not see the token", "[valohai]") {
  fake_platform platform;
  platform.on(get_line("data/7/download/"), R"({"url":"https://blob.example/7?sig=s"})");
  platform.reply("GET https://blob.example/7?sig=s", {.body = "bytes", .headers = {}});
  auto const source = api_of(platform).open_datum("7");
  REQUIRE(ok(source));
  CHECK(text_of(**source) == "bytes");
  CHECK(platform.requests[0].has_token);
  CHECK_FALSE(platform.requests[1].has_token);
}

TEST_CASE("A place that refuses is named and the token is not blamed for it", "[valohai]") {
  fake_platform platform;
  bool const leads = GENERATE(true, false);
  if (leads)
    platform.reply(get_line("data/7/download/"),
                   {.status = 302, .headers = {{"Location", "https://blob.example/7?sig=s"}}});
  else platform.on(get_line("data/7/download/"), R"({"url":"https://blob.example/7?sig=s"})");
  platform.reply("GET https://blob.example/7?sig=s", {.status = 403, .body = "expired", .headers = {}});
  auto const refused = failure(api_of(platform).open_datum("7"));
  CHECK(refused.code == errc::permanent);
  CHECK(refused.path == "https://blob.example/7");
  CHECK_THAT(refused.detail, !contains("VH_API_TOKEN"));
}

TEST_CASE("An answer from another host that refuses is denied for want of the token", "[valohai]") {
  fake_platform platform;
  platform.reply(get_line("datasets/d5/"), {.status = 302, .headers = {{"Location", "https://other.example/x"}}});
  platform.reply("GET https://other.example/x", {.status = 403, .body = "{}"});
  auto const refused = failure(api_of(platform).get_dataset("d5"));
  CHECK(refused.code == condition::denied);
  CHECK(refused.path == "https://other.example/x");
  CHECK_THAT(refused.detail, contains("VH_API_BASE_URL"));
}

TEST_CASE("Bytes may come from the platform itself", "[valohai]") {
  fake_platform platform;
  platform.reply(
      get_line("data/7/download/"),
      {.body = "{}", .headers = {{"Content-Type", "application/json"}, {"Content-Disposition", "attachment"}}});
  CHECK(text_of(**api_of(platform).open_datum("7")) == "{}");
}

TEST_CASE("A version is asked for once whatever happens", "[valohai]") {
  fake_platform platform;
  platform.reply(post_line, {.lost = true});
  platform.reply(post_line, {.status = 201, .body = R"({"id":"bb"})"});
  auto const api = api_of(platform);
  CHECK(api.create_version("{}").error().code == condition::transient);
  CHECK(platform.requests.size() == 1);
  CHECK(api.create_version("{\"a\":1}").value() == "bb");
  CHECK(platform.requests[1].body == "{\"a\":1}");
}

TEST_CASE("A version is asked for by the client that sends nothing twice", "[valohai]") {
  fake_platform platform, posting;
  posting.reply(post_line, {.status = 201, .body = R"({"id":"bb"})"});
  v::api const api{platform, {.base = "https://app.example", .token = "t0ken", .posting = &posting}};
  CHECK(api.create_version("{}").value() == "bb");
  CHECK(platform.requests.empty());
}

TEST_CASE("A stop ends a call", "[valohai]") {
  fake_platform platform;
  std::stop_source stop;
  stop.request_stop();
  CHECK(code_of(api_of(platform, nullptr, stop.get_token()).get_dataset("d5")) == "interrupted");
}

}  // namespace

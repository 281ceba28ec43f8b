#include <waybill/store/http.hpp>

#include "contract/tools.hpp"
#include "scripted_client.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

struct web_fixture {
  std::shared_ptr<scripted_client> client = std::make_shared<scripted_client>();
  http_store_options options{"http://web.test/data"};
  [[nodiscard]] http_store<scripted_client> store() const {
    return http_store<scripted_client>::create(client, options).value();
  }
};

std::string const key_url = "http://web.test/data/a%20b";

}  // namespace

TEST_CASE("an object of the web is looked at and read") {
  web_fixture f;
  auto const store = f.store();
  f.client->expect("HEAD", key_url, scripted_answer{200, {{"Content-Length", "10"}, {"ETag", "\"e\""}}});
  auto const info = store.head("a b");
  REQUIRE(info);
  CHECK(info->key == "a b");
  CHECK(info->size == 10);
  CHECK(info->version == "\"e\"");
  f.client->expect("GET", key_url, [](seen_request const& r) {
    CHECK(r.header("Accept-Encoding") == "identity");
    CHECK(r.header("Range") == "-");
    return scripted_answer{200, {}, "0123456789"};
  });
  CHECK(get(store, "a b").value() == "0123456789");
  CHECK(store.url("a b").url() == key_url);
  CHECK_FALSE(store.local_file("a b"));
  CHECK(store.list("", [](object_info const&) { return result<void>{}; }).error().code == errc::unsupported);
}

TEST_CASE("a weak ETag is no version, the time of the last change is") {
  web_fixture f;
  auto const store = f.store();
  f.client->expect(
      "HEAD", key_url,
      scripted_answer{
          200, {{"Content-Length", "1"}, {"ETag", "W/\"e\""}, {"Last-Modified", "Wed, 25 Nov 2026 12:00:00 GMT"}}});
  CHECK(store.head("a b")->version == "Wed, 25 Nov 2026 12:00:00 GMT");
}

TEST_CASE("a server that refuses HEAD is asked for the first byte") {
  for (int const status : {403, 405, 501}) {
    web_fixture f;
    auto const store = f.store();
    f.client->expect("HEAD", key_url, scripted_answer{status});
    f.client->expect("GET", key_url, [](seen_request const& r) {
      CHECK(r.header("Range") == "bytes=0-0");
      return scripted_answer{206, {{"Content-Range", "bytes 0-0/77"}}, "x"};
    });
    CHECK(store.head("a b")->size == 77);
    f.client->expect("HEAD", key_url, scripted_answer{status});
    f.client->expect("GET", key_url, scripted_answer{416, {{"Content-Range", "bytes */0"}}});
    CHECK(store.head("a b")->size == 0);
    f.client->expect("HEAD", key_url, scripted_answer{status});
    f.client->expect("GET", key_url, scripted_answer{403});
    CHECK(store.head("a b").error().code == errc::denied);
  }
}

TEST_CASE("a size that is not told is not made up") {
  web_fixture f;
  auto const store = f.store();
  f.client->expect("HEAD", key_url, scripted_answer{200, {{"Content-Length", "unknown"}}});
  CHECK(store.head("a b").error().code == errc::unsupported);
}

TEST_CASE("a range is asked for and checked") {
  web_fixture f;
  auto const store = f.store();
  f.client->expect("GET", key_url, [](seen_request const& r) {
    CHECK(r.header("Range") == "bytes=2-4");
    return scripted_answer{206, {{"Content-Range", "bytes 2-4/10"}}, "234"};
  });
  CHECK(get(store, "a b", {2, 3}).value() == "234");
  f.client->expect("GET", key_url, scripted_answer{206, {{"Content-Range", "bytes 0-2/10"}}, "012"});
  CHECK(get(store, "a b", {2, 3}).error().code == errc::permanent);
  f.client->expect("GET", key_url, scripted_answer{416});
  CHECK(get(store, "a b", {20, {}}).value().empty());
  f.client->expect("GET", key_url, [](seen_request const& r) {
    CHECK(r.header("Range") == "bytes=0-0");
    return scripted_answer{206, {{"Content-Range", "bytes 0-0/10"}}, "0"};
  });
  CHECK(get(store, "a b", {3, 0}).value().empty());
}

TEST_CASE("a server that knows no ranges sends everything and the rest is dropped") {
  web_fixture f;
  auto const store = f.store();
  for (auto const& [range, expected] : std::vector<std::pair<byte_range, std::string>>{
           {{2, 3}, "234"}, {{8, {}}, "89"}, {{0, 4}, "0123"}, {{9, 100}, "9"}, {{10, {}}, ""}, {{50, 2}, ""}}) {
    f.client->expect("GET", key_url, scripted_answer{200, {}, "0123456789"});
    CHECK(get(store, "a b", range).value() == expected);
  }
}

TEST_CASE("versions never mix") {
  web_fixture f;
  auto const store = f.store();
  f.client->expect("GET", key_url, [](seen_request const& r) {
    CHECK(r.header("If-Range") == "\"e\"");
    return scripted_answer{206, {{"Content-Range", "bytes 2-4/10"}, {"ETag", "\"e\""}}, "234"};
  });
  CHECK(store.open_url(key_url, "\"e\"", {2, 3}));
  f.client->expect("GET", key_url, scripted_answer{200, {{"ETag", "\"other\""}}, "abcdefghij"});
  CHECK(store.open_url(key_url, "\"e\"", {2, 3}).error().code == errc::source_changed);
  f.client->expect("GET", key_url, scripted_answer{200, {{"ETag", "\"e\""}}, "0123456789"});
  auto const same = store.open_url(key_url, "\"e\"", {2, 3});
  REQUIRE(same);
  CHECK(read_all(**same).value() == "234");
}

TEST_CASE("bytes of the web that end early are an error") {
  web_fixture f;
  auto const store = f.store();
  f.client->expect("GET", key_url, scripted_answer{200, {{"Content-Length", "20"}}, "0123456789"});
  CHECK(get(store, "a b").error().code == errc::temporary);
  f.client->expect("GET", key_url, scripted_answer{200, {{"Content-Length", "20"}}, "0123456789"});
  CHECK(get(store, "a b", {15, {}}).error().code == errc::temporary);
  f.client->expect("GET", key_url, scripted_answer{200, {{"Content-Length", "5"}}, "0123456789"});
  auto const longer = store.open("a b");
  REQUIRE(longer);
  std::array<std::byte, 10> buffer;
  CHECK((*longer)->read(buffer).error().code == errc::temporary);  // before a byte too many is passed on
}

TEST_CASE("redirects are followed, without secrets to another host") {
  web_fixture f;
  f.options.headers = {{"Authorization", "Bearer x", true}, {"X-Plain", "y"}};
  auto const store = f.store();
  f.client->expect("GET", key_url, scripted_answer{302, {{"Location", "https://cdn.test/object"}}});
  f.client->expect("GET", "https://cdn.test/object", [](seen_request const& r) {
    CHECK(r.header("Authorization") == "-");
    CHECK(r.header("X-Plain") == "y");
    return scripted_answer{200, {}, "there"};
  });
  CHECK(get(store, "a b").value() == "there");
}

TEST_CASE("redirects are followed as far and to where the options say") {
  web_fixture f;
  host_policy const strict;
  f.options.redirects = {.most = 1, .hosts = &strict};
  auto const store = f.store();
  auto const led_to = [](std::string url) { return scripted_answer{302, {{"Location", std::move(url)}}}; };
  f.client->expect("GET", key_url, led_to("http://169.254.169.254/latest/meta-data"));
  CHECK(get(store, "a b").error().code == errc::foreign_location);
  f.client->expect("GET", key_url, led_to("http://cdn.test/1"));
  f.client->expect("GET", "http://cdn.test/1", led_to("http://cdn.test/2"));
  CHECK(get(store, "a b").error().code == errc::permanent);
}

TEST_CASE("a key that leads away from the base is not asked for") {
  web_fixture f;
  auto const store = f.store();
  for (auto const* key : {"../x", "a//b", "/x", ""}) {
    CHECK(store.head(key).error().code == errc::unsafe_key);
    CHECK(store.open(key).error().code == errc::unsafe_key);
  }
}

TEST_CASE("a stop request ends what is asked of the web") {
  web_fixture f;
  std::stop_source stop;
  f.options.stop = stop.get_token();
  stop.request_stop();
  CHECK(get(f.store(), "a b").error().code == errc::interrupted);
  CHECK(f.store().head("a b").error().code == errc::interrupted);
}

TEST_CASE("failures of the web are told apart") {
  web_fixture f;
  auto const store = f.store();
  for (auto const& [status, means] : std::vector<std::pair<int, errc>>{
           {404, errc::object_not_found}, {403, errc::denied}, {503, errc::temporary}, {400, errc::permanent}}) {
    f.client->expect("GET", key_url, scripted_answer{status});
    CHECK(get(store, "a b").error().code == means);
  }
}

TEST_CASE("a base is a URL that keys can be appended to") {
  auto const client = std::make_shared<scripted_client>();
  for (std::string const base :
       {"", "ftp://x/", "http://user:pw@x/", "http://x/?q=1", "http://x/#f", "http://x/\xFF", "http://x/\n"})
    CHECK(http_store<scripted_client>::create(client, {base}).error().code == errc::malformed_url);
  CHECK(http_store<scripted_client>::create(client, {"http://x/a/"})->url("k").url() == "http://x/a/k");
  CHECK(http_store<scripted_client>::create(client, {"http://x"})->url("k").url() == "http://x/k");
}

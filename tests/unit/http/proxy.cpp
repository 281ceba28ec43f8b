#include <waybill/http/proxy.hpp>

#include <map>

#include "support/catch.hpp"

using namespace waybill;

TEST_CASE("the environment names proxies as it does for libcurl") {
  auto const of = [](std::map<std::string, std::string, std::less<>> const& variables) {
    return proxies_of_environment([&](std::string_view name) -> std::optional<std::string> {
      auto const at = variables.find(name);
      return at == variables.end() ? std::nullopt : std::optional{at->second};
    });
  };
  CHECK(of({}) == proxy_settings{});
  CHECK(of({{"http_proxy", "a"}, {"https_proxy", "b"}, {"no_proxy", "c"}}) == proxy_settings{"a", "b", "c"});
  CHECK(of({{"HTTPS_PROXY", "b"}, {"NO_PROXY", "c"}}) == proxy_settings{"", "b", "c"});
  CHECK(of({{"https_proxy", "a"}, {"HTTPS_PROXY", "b"}}).https == "a");
  CHECK(of({{"all_proxy", "x"}, {"https_proxy", "b"}}) == proxy_settings{"x", "b", ""});
  CHECK(of({{"ALL_PROXY", "x"}}) == proxy_settings{"x", "x", ""});
  CHECK(of({{"all_proxy", "x"}, {"http_proxy", ""}}) == proxy_settings{"", "x", ""});
}

TEST_CASE("a proxy named in upper case is not taken for http") {
  auto const read = proxies_of_environment([](std::string_view name) -> std::optional<std::string> {
    return name == "HTTP_PROXY" ? std::optional<std::string>{"evil:1"} : std::nullopt;
  });
  CHECK(read == proxy_settings{});
}

TEST_CASE("a URL is asked through the proxy of its scheme unless its host is excepted") {
  proxy_settings const proxies{"p:1", "s:2",
                               "example.com,.internal, 10.0.0.0/8 192.168.1.7\t[fd00::]/8 bad/99 1.2.3.4/x"};
  CHECK(proxy_for(proxies, "http://a.org/") == "p:1");
  CHECK(proxy_for(proxies, "https://a.org/") == "s:2");
  for (std::string const host : {"example.com", "EXAMPLE.com.", "a.b.example.com", "internal", "x.internal", "10.1.2.3",
                                 "0x0a.1", "192.168.1.7", "[fd12::1]"}) {
    INFO(host);
    CHECK(proxy_for(proxies, "http://" + host + ":8080/").empty());
  }
  for (std::string const host :
       {"notexample.com", "example.com.org", "11.0.0.1", "192.168.1.8", "[fe00::1]", "1.2.3.4", "ternal"}) {
    INFO(host);
    CHECK(proxy_for(proxies, "http://" + host + "/") == "p:1");
  }
  CHECK(proxy_for({"p:1", "", "*"}, "http://a.org/").empty());
  CHECK(proxy_for({"p:1", "", ""}, "https://a.org/").empty());
  CHECK(proxy_for(proxies, "not a url").empty());
}

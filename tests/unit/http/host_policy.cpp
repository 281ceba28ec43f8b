#include <waybill/http/host_policy.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;

namespace {

std::string verdict(std::string_view url, host_policy const& policy = {}) {
  auto const r = policy.check_url(url);
  return r ? "permitted" : name_of(r.error().code);
}

ip_address ip(std::string_view text) { return parse_ip(text).value(); }

}  // namespace

TEST_CASE("an address is read in every spelling that a resolver takes") {
  auto const loopback = ip("127.0.0.1");
  for (std::string const text : {"127.1", "127.0.1", "0x7f.1", "0x7F000001", "2130706433", "017700000001",
                                 "0177.0.0.01", "127.0.0.1.", "[::ffff:127.0.0.1]", "::ffff:7f00:1", "127.0x0.0.0x1"}) {
    INFO(text);
    REQUIRE(parse_ip(text));
    CHECK(*parse_ip(text) == loopback);
  }
  for (std::string const text : {"",
                                 ".",
                                 "a",
                                 "127.0.0.1.5",
                                 "256.0.0.1",
                                 "1.2.3.256",
                                 "1.2.65536",
                                 "4294967296",
                                 "08.0.0.1",
                                 "127.0.0.1..",
                                 "127..1",
                                 "-1",
                                 "1.2.3.4 ",
                                 "[::1",
                                 "::1]",
                                 "[::g]",
                                 "[fe80::1%25eth0]",
                                 "0xg",
                                 "example.com",
                                 "1e3"}) {
    INFO(text);
    CHECK_FALSE(parse_ip(text));
  }
  CHECK_FALSE(parse_ip({"::1\0x", 5}));
  CHECK_FALSE(ip_from_bytes(std::array<std::uint8_t, 5>{}));
  CHECK(ip_from_bytes(std::array<std::uint8_t, 4>{127, 0, 0, 1}) == loopback);
}

TEST_CASE("addresses of this host and of private, special and multicast networks are not public") {
  for (std::string const text : {"0.0.0.0",
                                 "0.1.2.3",
                                 "10.0.0.1",
                                 "10.255.255.255",
                                 "100.64.0.1",
                                 "100.127.255.255",
                                 "127.0.0.1",
                                 "127.255.255.255",
                                 "169.254.169.254",
                                 "172.16.0.1",
                                 "172.31.255.255",
                                 "192.0.0.8",
                                 "192.0.2.1",
                                 "192.88.99.1",
                                 "192.168.0.1",
                                 "198.18.0.1",
                                 "198.19.255.255",
                                 "198.51.100.7",
                                 "203.0.113.9",
                                 "224.0.0.1",
                                 "239.255.255.255",
                                 "240.0.0.1",
                                 "255.255.255.255",
                                 "::",
                                 "::1",
                                 "::2",
                                 "::127.0.0.1",
                                 "::ffff:10.0.0.1",
                                 "::ffff:169.254.169.254",
                                 "::ffff:0:10.0.0.1",
                                 "64:ff9b::10.0.0.1",
                                 "64:ff9b::a9fe:a9fe",
                                 "64:ff9b:1::1",
                                 "2002:7f00:1::",
                                 "2002:a9fe:a9fe::1",
                                 "2001::1",
                                 "2001:db8::1",
                                 "2001:10::1",
                                 "100::1",
                                 "3fff::1",
                                 "5f00::1",
                                 "fc00::1",
                                 "fdff::1",
                                 "fd00:ec2::254",
                                 "fe80::1",
                                 "febf::1",
                                 "fec0::1",
                                 "ff02::1",
                                 "4000::1",
                                 "8000::1"}) {
    INFO(text);
    CHECK_FALSE(is_public_address(ip(text)));
  }
}

TEST_CASE("other addresses are public") {
  for (std::string const text : {"1.1.1.1",          "9.255.255.255",   "11.0.0.0",
                                 "100.63.255.255",   "100.128.0.0",     "126.255.255.255",
                                 "128.0.0.0",        "169.253.255.255", "169.255.0.0",
                                 "172.15.255.255",   "172.32.0.0",      "192.0.1.1",
                                 "192.167.255.255",  "192.169.0.0",     "198.17.255.255",
                                 "198.20.0.0",       "223.255.255.255", "::ffff:1.1.1.1",
                                 "64:ff9b::1.1.1.1", "2002:101:101::1", "2606:4700:4700::1111",
                                 "2001:200::1",      "2a00:1450::1",    "3ffe::1"}) {
    INFO(text);
    CHECK(is_public_address(ip(text)));
  }
}

TEST_CASE("a URL that leads into this host or a private network is refused by its text") {
  for (std::string const url :
       {"http://127.0.0.1/", "http://0x7f.1/", "http://2130706433/", "http://[::ffff:127.0.0.1]:8080/",
        "https://[::1]/x", "http://localhost/", "http://LOCALHOST.:80/", "http://a.localhost/",
        "http://localhost.localdomain/", "http://169.254.169.254/latest/meta-data/", "http://10.1/", "http://0/",
        "http://017700000001/"}) {
    INFO(url);
    CHECK(verdict(url) == "foreign_location");
  }
  for (std::string const url :
       {"http://%31%32%37.0.0.1/", "http://[fe80::1%25eth0]/", "http://user@example.com/",
        "http://example.com@127.0.0.1/", "file:///etc/passwd", "gopher://x/", "ftp://example.com/", "//example.com/",
        "http://", "http:///x", "http://a,b/", "http://\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.0.0.1/", "http://a\\@b/"}) {
    INFO(url);
    CHECK(verdict(url) == "malformed_url");
  }
  for (std::string const url :
       {"http://example.com/", "https://example.com:8443/x?y", "http://1.1.1.1/", "https://bucket_a.s3.amazonaws.com/k",
        "http://localhost.example.com/", "http://[2606:4700:4700::1111]/", "http://notlocalhost/"}) {
    INFO(url);
    CHECK(verdict(url) == "permitted");
  }
}

TEST_CASE("a host that was allowed is permitted in every spelling and with all its addresses") {
  host_policy policy;
  policy.allow("Store.Internal").allow("127.0.0.1").allow("localhost").allow("[fd00::5]");
  CHECK(policy.trusts("store.internal."));
  CHECK_FALSE(policy.trusts("x.store.internal"));
  CHECK(policy.trusts("0x7f.1"));
  CHECK_FALSE(policy.trusts("127.0.0.2"));
  for (std::string const url :
       {"http://127.0.0.1:9000/", "http://2130706433/", "http://localhost/", "http://[FD00:0::5]/"})
    CHECK(verdict(url, policy) == "permitted");
  CHECK(verdict("http://127.0.0.2/", policy) == "foreign_location");
  CHECK(policy.permits("store.internal", ip("10.0.0.1")));
  CHECK(policy.permits("STORE.internal.", ip("169.254.169.254")));
  CHECK_FALSE(policy.permits("rebound.example.com", ip("10.0.0.1")));
  CHECK(policy.permits("rebound.example.com", ip("1.1.1.1")));
  CHECK(policy.permits("other.example.com", ip("127.0.0.1")));
}

#include <waybill/store/s3_references.hpp>

#include "contract/tools.hpp"
#include "s3_fixture.hpp"

using namespace waybill;
using namespace waybill_test;

TEST_CASE("whether conditional writes hold is tried once per store with at most two requests") {
  s3_fixture f;
  auto store = f.store();
  SECTION("they do, and the object was there") { expect_conditions(f); }
  SECTION("they do, and the object was not there") {
    f.client->expect("PUT", f.url(".waybill/conditional-writes"), stored_as("p"));
    expect_conditions(f);
  }
  f.client->expect("PUT", f.url("r"), stored_as("1"));
  f.client->expect("PUT", f.url("r"), stored_as("2"));
  auto copy = store;
  REQUIRE(store.swap_ref("r", std::nullopt, "x"));
  REQUIRE(copy.swap_ref("r", "1", "y"));
}

TEST_CASE("a service that ignores conditional writes is refused for references, unless that is forced") {
  s3_fixture f;
  bool const unknown_header = GENERATE(false, true);
  auto const expect_ignorance = [&] {
    if (unknown_header)
      return f.client->expect("PUT", f.url(".waybill/conditional-writes"), s3_refusal(501, "NotImplemented"));
    f.client->expect("PUT", f.url(".waybill/conditional-writes"), stored_as("p"));
    f.client->expect("PUT", f.url(".waybill/conditional-writes"), stored_as("p"));
  };
  SECTION("refused") {
    auto store = f.store();
    expect_ignorance();
    auto const refused = store.swap_ref("r", std::nullopt, "x");
    CHECK(refused.error().code == errc::unsupported);
    CHECK_THAT(refused.error().message(), contains("--force-unsafe-refs"));
    // Not asked again.
    CHECK(store.swap_ref("r", std::nullopt, "x").error().code == errc::unsupported);
    CHECK(put(store, "k", "x", {.only_if_absent = true}).error().code == errc::unsupported);
  }
  SECTION("forced, it compares before it writes") {
    f.options.force_unsafe_refs = true;
    auto store = f.store();
    expect_ignorance();
    f.client->expect("HEAD", f.url("r"), head_of("x", "e1"));
    f.client->expect("PUT", f.url("r"), [](seen_request const& r) {
      CHECK(r.header("If-Match") == "-");
      return stored_as("e2");
    });
    CHECK(store.swap_ref("r", "e1", "new")->version == "e2");
    f.client->expect("HEAD", f.url("r"), head_of("x", "e2"));
    CHECK(store.swap_ref("r", "e1", "new").error().code == errc::lost_race);
    f.client->expect("HEAD", f.url("k"), head_of("x", "e2"));
    CHECK(put(store, "k", "x", {.only_if_absent = true}).error().code == errc::collision);
  }
}

TEST_CASE("a reference is read with its version, and what is not there is none") {
  s3_fixture f;
  auto store = f.store();
  f.client->expect("GET", f.url("r"), object("text\n", "e1"));
  auto const there = store.read_ref("r");
  REQUIRE((there && *there));
  CHECK((*there)->text == "text\n");
  CHECK((*there)->version == "e1");
  auto damaged = object("tixt\n", "e1");
  damaged.headers.add({"x-amz-checksum-sha256", base64_of("text\n")});
  f.client->expect("GET", f.url("r"), damaged);
  CHECK(store.read_ref("r").error().code == errc::temporary);
  f.client->expect("GET", f.url("r"), s3_refusal(404, "NoSuchKey"));
  CHECK_FALSE(store.read_ref("r").value());
  f.client->expect("GET", f.url("r"), s3_refusal(404, "NoSuchBucket"));
  CHECK(store.read_ref("r").error().code == errc::object_not_found);
  for (auto const& refusal : {s3_refusal(403, "AccessDenied"), s3_refusal(404, "XAdminUserNotFound")}) {
    f.client->expect("GET", f.url("r"), refusal);
    CHECK(store.read_ref("r").error().code == errc::denied);
  }
}

TEST_CASE("a reference that other programs wrote is checked by what the service keeps of it") {
  s3_fixture f;
  auto store = f.store();
  std::string const text = "text\n", flipped = "tixt\n", md5 = digest_of(algorithms::md5, text).hex();
  auto with_crc = object(flipped, "e1");
  with_crc.headers.add({"x-amz-checksum-crc64nvme", digest_of(algorithms::crc64nvme, text).text()});
  f.client->expect("GET", f.url("r"), with_crc);
  CHECK(store.read_ref("r").error().code == errc::temporary);
  SECTION("right at once") {
    f.client->expect("GET", f.url("r"), object(text, md5));
    CHECK(store.read_ref("r").value()->text == text);
  }
  SECTION("damaged once") {
    f.client->expect("GET", f.url("r"), object(flipped, md5));
    f.client->expect("GET", f.url("r"), object(text, md5));
    CHECK(store.read_ref("r").value()->text == text);
  }
  SECTION("damaged and then gone") {
    f.client->expect("GET", f.url("r"), object(flipped, md5));
    f.client->expect("GET", f.url("r"), s3_refusal(404, "NoSuchKey"));
    CHECK_FALSE(store.read_ref("r").value());
  }
  SECTION("damaged twice") {
    f.client->expect("GET", f.url("r"), object(flipped, md5));
    f.client->expect("GET", f.url("r"), object("taxt\n", md5));
    CHECK(store.read_ref("r").error().code == errc::temporary);
  }
  SECTION("on a service whose ETags are no MD5") {
    f.client->expect("GET", f.url("r"), object(text, std::string(32, 'a')));
    f.client->expect("GET", f.url("r"), object(text, std::string(32, 'a')));
    CHECK(store.read_ref("r").value()->text == text);
    f.client->expect("GET", f.url("r"), object(text, md5 + "-1"));
    CHECK(store.read_ref("r").value()->text == text);
  }
  SECTION("encrypted with a key of its own") {
    auto encrypted = object(text, std::string(32, 'a'));
    encrypted.headers.add(GENERATE(http_header{"x-amz-server-side-encryption", "aws:kms"},
                                   http_header{"x-amz-server-side-encryption-customer-algorithm", "AES256"}));
    f.client->expect("GET", f.url("r"), encrypted);
    CHECK(store.read_ref("r").value()->text == text);
  }
}

TEST_CASE("a reference changes only if it is what it was") {
  s3_fixture f;
  auto store = f.store();
  expect_conditions(f);
  f.client->expect("PUT", f.url("r"), [](seen_request const& r) {
    CHECK(r.header("If-Match") == "\"e1\"");
    CHECK(r.header("If-None-Match") == "-");
    CHECK(r.body == "new");
    return stored_as("e2");
  });
  CHECK(store.swap_ref("r", "e1", "new")->version == "e2");
  f.client->expect("PUT", f.url("r"), [](seen_request const& r) {
    CHECK(r.header("If-Match") == "-");
    CHECK(r.header("If-None-Match") == "*");
    return stored_as("e3");
  });
  CHECK(store.swap_ref("r", std::nullopt, "first")->version == "e3");
  for (auto const& refusal : {s3_refusal(412, "PreconditionFailed"), s3_refusal(409, "ConditionalRequestConflict"),
                              s3_refusal(404, "NoSuchKey")}) {
    f.client->expect("PUT", f.url("r"), refusal);
    auto const lost = store.swap_ref("r", "e1", "new");
    CHECK(lost.error().code == errc::lost_race);
    CHECK_THAT(lost.error().message(), contains("s3://bucket/r"));
  }
  f.client->expect("PUT", f.url("r"), s3_refusal(404, "NoSuchBucket"));
  CHECK(store.swap_ref("r", "e1", "new").error().code == errc::object_not_found);
  f.client->expect("PUT", f.url("r"), s3_refusal(400, "XAmzContentSHA256Mismatch"));
  CHECK(store.swap_ref("r", "e1", "new").error().code == errc::temporary);
  f.client->expect("PUT", f.url("r"), s3_refusal(503, "SlowDown"));
  CHECK(store.swap_ref("r", "e1", "new").error().code == errc::temporary);
}

TEST_CASE("a reference is removed only if it is what it was") {
  s3_fixture f;
  auto store = f.store();
  f.client->expect("HEAD", f.url("r"), head_of("x", "e1"));
  f.client->expect("DELETE", f.url("r"), [](seen_request const& r) {
    CHECK(r.header("If-Match") == "\"e1\"");
    return scripted_answer{204};
  });
  CHECK(store.remove_ref("r", "e1"));
  f.client->expect("HEAD", f.url("r"), head_of("x", "e2"));
  CHECK(store.remove_ref("r", "e1").error().code == errc::lost_race);
  f.client->expect("HEAD", f.url("r"), head_of("x", "e2"));
  CHECK(store.remove_ref("r", std::nullopt).error().code == errc::lost_race);
  f.client->expect("HEAD", f.url("r"), scripted_answer{404});
  CHECK(store.remove_ref("r", std::nullopt));
  f.client->expect("HEAD", f.url("r"), head_of("x", "e1"));
  f.client->expect("DELETE", f.url("r"), s3_refusal(412, "PreconditionFailed"));
  CHECK(store.remove_ref("r", "e1").error().code == errc::lost_race);
  f.client->expect("HEAD", f.url("r"), head_of("x", "e1"));
  f.client->expect("DELETE", f.url("r"), s3_refusal(501, "NotImplemented"));
  f.client->expect("DELETE", f.url("r"), scripted_answer{204});
  CHECK(store.remove_ref("r", "e1"));
}

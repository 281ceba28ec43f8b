#include <waybill/driver/clowder/sending.hpp>

#include "platform.hpp"

namespace {
using namespace waybill_test;
using kind = fake_clowder::kind;

/// A dataset, a file `a "q"` that is to be sent to it, and a job.
struct bench {
  explicit bench(c::api_version version)
      : platform{version}, dataset{platform.add_dataset("d")}, api{api_of(platform)} {
    place.put("a \"q\"", "some bytes");
    file = c::list_local(place.content().string(), version, nullptr, {}).value().at(0);
  }
  [[nodiscard]] c::sending_job job(c::proof how = c::proof::digest) {
    return {.platform = api, .dataset = dataset, .before = before, .how = how, .counter = counter};
  }
  fake_clowder platform;
  std::string dataset;
  c::api api;
  clowder_place place;
  c::local_file file{{}, {}, {}, digest{algorithms::sha256, std::vector<std::byte>(32)}};
  c::dataset_contents before;
  progress_counter counter{{}, "upload"};
};

TEST_CASE("A file is sent once whatever becomes of the answer", "[clowder]") {
  for (auto const version : both_versions)
    for (auto const what : {kind::lost_answer, kind::lost_request, kind::status}) {
      bench b{version};
      b.platform.faults = {{"POST", what}};
      auto const sent = c::send_file(b.job(), b.file);
      REQUIRE(ok(sent));
      CHECK(sent->size == 10);
      CHECK(b.platform.files.size() == 1);
      CHECK(b.platform.contents() == std::map<std::string, std::string>{{"a \"q\"", "some bytes"}});
    }
}

TEST_CASE("A page instead of an answer is no upload and not repeated", "[clowder]") {
  bench b{c::api_version::v1};
  b.platform.faults = {{"POST", kind::html}};
  CHECK(failure(c::send_file(b.job(), b.file)).code == errc::permanent);
  CHECK(b.platform.count("POST") == 1);
}

TEST_CASE("An older file of the same path is not taken for the new one", "[clowder]") {
  bench b{c::api_version::v2};
  b.platform.add_file(b.dataset, "a \"q\"", "other byte");
  b.before = c::read_contents(b.api, b.dataset).value();
  b.platform.faults = {{"POST", kind::lost_request}};
  auto const sent = c::send_file(b.job(), b.file);
  REQUIRE(ok(sent));
  REQUIRE(b.platform.files.size() == 2);
  CHECK(sent->id == b.platform.files[1].id);
}

TEST_CASE("A file that is not what it was is not sent", "[clowder]") {
  bench b{c::api_version::v1};
  b.place.put("a \"q\"", "some bytez");
  CHECK(failure(c::send_file(b.job(), b.file)).code == errc::source_changed);
  CHECK(b.platform.files.empty());
}

TEST_CASE("What the platform loses is sent again and given up after so many attempts", "[clowder]") {
  for (auto const version : both_versions) {
    bench b{version};
    auto const how = version == c::api_version::v1 ? c::proof::digest : c::proof::full;
    b.platform.faults = {{"POST", kind::lost_bytes}};
    auto const sent = c::send_file(b.job(how), b.file).value();
    auto const proven = c::prove_file(b.job(how), b.file, sent);
    REQUIRE(ok(proven));
    CHECK(proven->id != sent.id);
    CHECK(b.platform.files.size() == 1);
    b.platform.faults = {{"POST", kind::lost_bytes, 9}};
    auto const lost = c::send_file(b.job(how), b.file).value();
    CHECK(failure(c::prove_file(b.job(how), b.file, lost)).code == errc::digest_mismatch);
    CHECK(b.platform.files.size() == 1);
  }
}

TEST_CASE("A full proof finds bytes that are not those sent", "[clowder]") {
  bench b{c::api_version::v2};
  auto const sent = c::send_file(b.job(), b.file).value();
  b.platform.files[0].bytes = "some bytez";
  CHECK(c::has_arrived(b.job(), b.file, sent).value());
  CHECK_FALSE(c::has_arrived(b.job(c::proof::full), b.file, sent).value());
}

}  // namespace

#include <waybill/driver/clowder/download.hpp>

#include <waybill/driver/clowder/upload.hpp>

#include "platform.hpp"
#include "support/data.hpp"

namespace {
using namespace waybill_test;
using kind = fake_clowder::kind;

struct bench {
  explicit bench(c::api_version version) : platform{version} {
    place.put("a", "abc");
    place.put("in/b", "");
    c::upload_options const options{.directory = place.content().string(), .target = {.title = "t"}};
    dataset = c::upload_directory(api_of(platform), options, {}).value().id;
  }
  result<c::download_report> download(bool dry_run = false) {
    return c::download_dataset(api_of(platform), dataset, out(), dry_run, {.workers = 2});
  }
  [[nodiscard]] std::string out() const { return (place.root / "out").string(); }
  [[nodiscard]] std::string text(std::string const& name) const {
    return waybill_test::read_file(place.root / "out" / name);
  }
  fake_clowder platform;
  clowder_place place;
  std::string dataset;
};

TEST_CASE("A dataset is put into a directory and what is there already is not fetched", "[clowder]") {
  for (auto const version : both_versions) {
    bench b{version};
    auto const plan = b.download(true).value();
    CHECK(plan.added == std::vector<std::string>{"a", "in/b"});
    CHECK_FALSE(std::filesystem::exists(b.out()));
    auto const first = b.download().value();
    CHECK(first.added.size() == 2);
    CHECK(first.unchecked.empty());
    CHECK(b.text("a") == "abc");
    CHECK(std::filesystem::file_size(b.out() + "/in/b") == 0);
    CHECK(b.download()->unchanged == 2);
    std::ofstream{b.out() + "/a"} << "xyz";
    CHECK(b.download()->replaced == std::vector<std::string>{"a"});
    CHECK(b.text("a") == "abc");
  }
}

TEST_CASE("Wrong bytes get no name", "[clowder]") {
  bench b{c::api_version::v1};
  std::ranges::find(b.platform.files, "a", &fake_clowder::stored::name)->bytes = "abX";
  CHECK(failure(b.download()).code == errc::digest_mismatch);
  CHECK_FALSE(std::filesystem::exists(b.out() + "/a"));
}

TEST_CASE("What nobody recorded is checked by its size and said to be", "[clowder]") {
  bench b{c::api_version::v2};
  b.platform.add_file(b.dataset, "more", "12");
  CHECK(b.download()->unchecked == std::vector<std::string>{"more"});
}

TEST_CASE("Names that lead elsewhere and paths that stand there twice are refused before anything is written",
          "[clowder]") {
  for (auto const* name : {"..", "a/../../x", "/x", ".git/config", "~/x"}) {
    CAPTURE(name);
    bench b{c::api_version::v2};
    b.platform.add_file(b.dataset, name, "1");
    CHECK(failure(b.download()).code != condition::transient);
    CHECK_FALSE(std::filesystem::exists(b.out()));
  }
  bench b{c::api_version::v2};
  b.platform.add_file(b.dataset, "a", "1");
  CHECK(failure(b.download()).code == errc::collision);
  CHECK_FALSE(std::filesystem::exists(b.out()));
}

TEST_CASE("Failures in passing are repeated", "[clowder]") {
  for (auto const version : both_versions) {
    bench b{version};
    b.platform.faults = {{"GET", kind::lost_request, 2}};
    CHECK(ok(b.download()));
  }
}

TEST_CASE("The platform's archive is one file", "[clowder]") {
  for (auto const version : both_versions) {
    bench b{version};
    CHECK(c::download_bag(api_of(b.platform), b.dataset, b.out(), "bag.zip", {}).value() == 8);
    CHECK(b.text("bag.zip") == "PK a bag");
  }
}

}  // namespace

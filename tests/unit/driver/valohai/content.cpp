#include <waybill/driver/valohai/content.hpp>

#include "platform.hpp"

namespace {
using namespace waybill_test;

std::vector<std::string> names_of(std::vector<v::content_file> const& files) {
  std::vector<std::string> out;
  for (auto const& file : files) out.push_back(file.name);
  return out;
}
using names = std::vector<std::string>;

TEST_CASE("Content is listed with its directories or by its last names", "[valohai]") {
  workplace place;
  for (auto const* name : {"top.csv", "sub/in.csv", "sub/deep/é.csv", ".hidden"}) place.put(name, "x");
  auto const nested = v::list_content(place.content().string(), {}, {});
  REQUIRE(ok(nested));
  CHECK(names_of(nested->files) == names{".hidden", "sub/deep/é.csv", "sub/in.csv", "top.csv"});
  auto const flat = v::list_content(place.content().string(), {.flat = true}, {});
  CHECK(names_of(flat->files) == names{".hidden", "é.csv", "in.csv", "top.csv"});
  CHECK(flat->files[1].key == "sub/deep/é.csv");
}

TEST_CASE("Two files of one flat name are refused and both are named", "[valohai]") {
  workplace place;
  place.put("a/x", "1");
  place.put("b/x", "2");
  auto const refused = failure(v::list_content(place.content().string(), {.flat = true}, {}));
  CHECK(refused.code == errc::collision);
  CHECK(refused.path == "b/x");
  CHECK_THAT(refused.detail, contains("a/x"));
}

TEST_CASE("A link inside stands for its target and one that leads outside is refused", "[valohai]") {
  workplace place;
  place.put("real", "x");
  std::filesystem::create_symlink("real", place.content() / "link");
  std::filesystem::create_symlink("nowhere", place.content() / "dangling");
  auto const inside = v::list_content(place.content().string(), {}, {});
  REQUIRE(ok(inside));
  CHECK(names_of(inside->files) == names{"link", "real"});
  CHECK(inside->files[0].path == (place.content() / "real").string());
  workplace::put_at(place.root / "outside", "secret");
  std::filesystem::create_symlink("../outside", place.content() / "leak");
  CHECK(code_of(v::list_content(place.content().string(), {}, {})) == "unsafe_path");
}

TEST_CASE("Names that cannot become data are refused with their place", "[valohai]") {
  workplace place;
  auto const refusal = [&](std::string const& name) {
    place.put(name, "x");
    auto const r = failure(v::list_content(place.content().string(), {}, {}));
    std::filesystem::remove(place.content() / name);
    return r;
  };
  CHECK(refusal("_dataset-manifest.json").code == errc::protected_name);
  CHECK(refusal("sub/x.metadata.json").path == "sub/x.metadata.json");
  CHECK(refusal("bad\xff").code == errc::malformed_key);
  CHECK(code_of(v::list_content((place.root / "absent").string(), {}, {})) == "file_not_found");
}

TEST_CASE("Sidecars are passed on beside the file they belong to", "[valohai]") {
  workplace place;
  place.put("x.csv", "x");
  place.put("x.csv.metadata.json", "{}");
  auto const passed = v::list_content(place.content().string(), {.pass_sidecars = true}, {});
  REQUIRE(ok(passed));
  CHECK(names_of(passed->files) == names{"x.csv"});
  CHECK(names_of(passed->sidecars) == names{"x.csv.metadata.json"});
  place.put("alone.metadata.json", "{}");
  CHECK(failure(v::list_content(place.content().string(), {.pass_sidecars = true}, {})).path == "alone.metadata.json");
}

}  // namespace

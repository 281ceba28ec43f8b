#include <waybill/scan/file_namer.hpp>

#include <fcntl.h>

#include <filesystem>
#include <set>
#include <string>

#include "placing.hpp"

using namespace waybill;
using waybill_test::code_of;
namespace fs = std::filesystem;

namespace {

using tree = std::map<std::string, std::string>;

/// A namer in a directory of its own, which can be told not to use AT_EMPTY_PATH.
struct bench {
  explicit bench(bool empty_path = true) { namer.empty_path = empty_path; }

  [[nodiscard]] file_descriptor unnamed(std::string_view bytes) const {
    file_descriptor fd{::open(dir.path().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0644)};
    REQUIRE(fd);
    file_sink{fd.get(), "test"}.write(as_bytes(bytes)).value();
    return fd;
  }
  [[nodiscard]] std::string staged(std::string const& bytes) const {
    auto name = detail::staged_name();
    waybill_test::write_file(dir / ".waybill/tmp" / name, bytes);
    return name;
  }

  waybill_test::temporary_directory dir;
  detail::beneath_resolver resolver{file_descriptor{::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY)},
                                    dir.path().string()};
  detail::file_namer namer{resolver};
};

}  // namespace

TEST_CASE("staged names are of their own kind and never the same") {
  std::set<std::string> names;
  for (int i = 0; i < 1000; ++i) names.insert(detail::staged_name());
  CHECK(names.size() == 1000);
  for (auto const& name : names)
    REQUIRE((name.size() == 16 && name.find_first_not_of("0123456789abcdef") == name.npos));
}

TEST_CASE("an open file gets its name, and replaces another only where that is asked for") {
  for (bool const empty_path : {true, false}) {
    INFO("AT_EMPTY_PATH " << empty_path);
    bench in{empty_path};
    auto& namer = in.namer;
    auto const first = in.unnamed("first"), second = in.unnamed("second");
    CHECK(code_of(namer.place_open_file(first.get(), in.resolver.root(), "x", false)) == "ok");
    CHECK(code_of(namer.place_open_file(second.get(), in.resolver.root(), "x", false)) == "collision");
    CHECK(waybill_test::placed(in.dir.path()) == tree{{"x", "first"}});
    CHECK(code_of(namer.place_open_file(first.get(), in.resolver.root(), "x", true)) == "ok");  // has that name
    CHECK(code_of(namer.place_open_file(second.get(), in.resolver.root(), "x", true)) == "ok");
    CHECK(waybill_test::placed(in.dir.path()) == tree{{"x", "second"}});
    CHECK(fs::is_empty(in.dir / ".waybill/tmp"));
  }
}

TEST_CASE("a staged file is renamed, or removed where it cannot be") {
  bench const in;
  auto staged = in.staged("new");
  CHECK(code_of(in.namer.place_staged(staged, in.resolver.root(), "x", false)) == "ok");
  CHECK(staged.empty());
  fs::create_directory(in.dir / "d");
  for (bool const replace : {false, true})
    for (auto const* key : {"x", "d"}) {
      INFO(key << (replace ? " replaced" : " new"));
      auto other = in.staged("other");
      auto const taken = std::string_view{key} == "d" ? "unsafe_path" : "ok";
      CHECK(code_of(in.namer.place_staged(other, in.resolver.root(), key, replace)) == (replace ? taken : "collision"));
      CHECK(other.empty());
      CHECK(fs::is_empty(in.dir / ".waybill/tmp"));
    }
  CHECK(waybill_test::read_file(in.dir / "x") == "other");
  CHECK(fs::is_directory(in.dir / "d"));
}

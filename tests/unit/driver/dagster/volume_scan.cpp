#include <waybill/driver/dagster/volume_scan.hpp>

#include <filesystem>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace fs = std::filesystem;
using strings = std::vector<std::string>;

/// A volume, scanned again and again at times far behind its last change.
struct volume {
  temporary_directory place;
  std::string cursor{};
  strings hashed{};
  dagster::volume_scan_options options{};
  timestamp now =
      std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now()) + std::chrono::hours{1};

  void put(std::string const& name, std::string const& text) const { write_file(place / ("v/" + name), text); }
  result<dagster::volume_scan> try_scan() {
    hashed.clear();
    options.cursor = cursor;
    options.now = now;
    options.memo_file = (place / "memo").string();
    if (!options.hash)
      options.hash = [this](std::string const& directory) {
        hashed.push_back(directory.substr(directory.rfind('/') + 1));
        return scan_tree(directory, {.symlinks = dagster::dataset_links});
      };
    return dagster::scan_volume((place / "v").string(), options);
  }
  dagster::volume_scan scan() {
    auto out = try_scan().value();
    cursor = out.cursor;
    now += std::chrono::minutes{1};
    return out;
  }
};

strings asked(dagster::volume_scan const& s) {
  strings out;
  for (auto const& r : s.requests) out.push_back((r.is_new ? "new " : "changed ") + r.dataset);
  return out;
}

TEST_CASE("Each dataset is asked for once in each of its versions", "[dagster]") {
  volume v;
  v.put("c/a/f", "1");
  v.put("c/b/f", "2");
  auto const first = v.scan();
  CHECK(asked(first) == strings{"new c/a", "new c/b"});
  CHECK(first.requests[0].version.size() == 64);
  CHECK(first.requests[0].run_key == "c/a@" + first.requests[0].version.substr(0, 16));
  CHECK(first.requests[0].files == 1);
  CHECK(first.datasets == 2);
  CHECK(asked(v.scan()).empty());
  v.put("c/b/g", "3");
  v.put("c/c/f", "4");
  CHECK(asked(v.scan()) == strings{"changed c/b", "new c/c"});
  CHECK(asked(v.scan()).empty());
  v.cursor.clear();
  auto const anew = v.scan();
  CHECK(anew.requests.size() == 3);
  CHECK(anew.requests[0].run_key == first.requests[0].run_key);
}

TEST_CASE("What holds the same is the same and what holds something else is another", "[dagster]") {
  volume v;
  v.put("c/a/f", "1");
  v.put("d/a/f", "1");
  auto const first = v.scan();
  CHECK(first.requests[0].version == first.requests[1].version);
  CHECK(first.requests[0].run_key != first.requests[1].run_key);
  fs::last_write_time(v.place / "v/c/a/f", fs::file_time_type::clock::now() - std::chrono::hours{9});
  CHECK(asked(v.scan()).empty());
  CHECK(v.hashed == strings{"a"});
  auto const kept = fs::last_write_time(v.place / "v/c/a/f");
  v.put("c/a/f", "2");
  fs::last_write_time(v.place / "v/c/a/f", kept);
  CHECK(asked(v.scan()) == strings{"changed c/a"});
}

TEST_CASE("A version that comes back runs again under a key of its own", "[dagster]") {
  volume v;
  v.put("c/a/f", "1");
  auto const first = v.scan().requests.at(0);
  v.put("c/a/f", "2");
  CHECK(v.scan().requests.size() == 1);
  v.put("c/a/f", "1");
  auto const back = v.scan().requests.at(0);
  CHECK(back.version == first.version);
  CHECK(back.run_key == first.run_key + "0002");
}

TEST_CASE("An unchanged volume is not read", "[dagster]") {
  volume v;
  for (char const* name : {"c/a/f", "c/b/f", "d/a/f"}) v.put(name, name);
  CHECK(v.scan().requests.size() == 3);
  CHECK(v.hashed.size() == 3);
  CHECK(v.scan().requests.empty());
  CHECK(v.hashed.empty());
  v.put("c/b/f", "other");
  CHECK(v.scan().requests.size() == 1);
  CHECK(v.hashed == strings{"b"});
  CHECK(v.scan().requests.empty());
  CHECK(v.hashed.empty());
  fs::remove(v.place / "memo");
  CHECK(v.scan().requests.empty());
  CHECK(v.hashed.size() == 3);
}

TEST_CASE("A scan is bounded and goes on behind where it stopped", "[dagster]") {
  volume v;
  for (int i = 0; i < 5; ++i) v.put("c/d" + std::to_string(i) + "/f", std::to_string(i));
  v.options.limit = 2;
  auto const first = v.scan();
  CHECK(asked(first) == strings{"new c/d0", "new c/d1"});
  CHECK_FALSE(first.complete);
  v.put("c/d0/f", "again");  // must not keep the others waiting
  CHECK(asked(v.scan()) == strings{"new c/d2", "new c/d3"});
  auto const third = v.scan();
  CHECK(asked(third) == strings{"new c/d4", "changed c/d0"});
  v.put("c/d1/f", "again");
  CHECK(asked(v.scan()) == strings{"changed c/d1"});
  auto const last = v.scan();
  CHECK(last.requests.empty());
  CHECK(last.complete);
}

TEST_CASE("A scan that takes too long ends and the next one goes on", "[dagster]") {
  volume v;
  for (int i = 0; i < 3; ++i) v.put("c/d" + std::to_string(i) + "/f", std::to_string(i));
  v.options.is_late = [] { return true; };
  for (int i = 0; i < 3; ++i) {
    auto const one = v.scan();
    CHECK(asked(one) == strings{"new c/d" + std::to_string(i)});
    CHECK(one.complete == (i == 2));
  }
  CHECK(asked(v.scan()).empty());
  CHECK(v.hashed.empty());
}

TEST_CASE("A dataset that is being written waits", "[dagster]") {
  volume v;
  v.put("c/a/f", "1");
  v.options.settle = std::chrono::hours{2};
  auto const early = v.scan();
  CHECK(early.requests.empty());
  REQUIRE(early.waiting.size() == 1);
  CHECK(early.waiting[0].dataset == "c/a");
  CHECK(v.hashed.empty());
  v.options.settle = std::chrono::minutes{30};
  CHECK(asked(v.scan()) == strings{"new c/a"});
  // A clock that is far ahead must not hold it back for ever.
  v.put("c/a/f", "2");
  fs::last_write_time(v.place / "v/c/a/f", fs::file_time_type::clock::now() + std::chrono::hours{9000});
  CHECK(asked(v.scan()) == strings{"changed c/a"});
}

TEST_CASE("A dataset that cannot be read keeps no other one from being loaded", "[dagster]") {
  volume v;
  v.put("c/a/f", "1");
  v.put("c/b/f", "2");
  v.put("c/d/f", "3");
  v.options.hash = [&](std::string const& directory) -> result<scanned_tree> {
    if (directory.ends_with("/a")) return system_error(EACCES, "cannot open", directory + "/f");
    if (directory.ends_with("/b")) return make_error(errc::source_changed, "changed", directory + "/f");
    return scan_tree(directory);
  };
  auto const found = v.scan();
  CHECK(asked(found) == strings{"new c/d"});
  REQUIRE(found.problems.size() == 1);
  CHECK(found.problems[0].path == "c/a");
  REQUIRE(found.waiting.size() == 1);
  CHECK(found.waiting[0].dataset == "c/b");
  v.options.hash = {};
  CHECK(asked(v.scan()) == strings{"new c/a", "new c/b"});
  v.options.hash = [](std::string const&) -> result<scanned_tree> { return make_error(errc::interrupted, "stop"); };
  v.put("c/a/f", "x");
  CHECK(code_of(v.try_scan()) == "interrupted");
}

TEST_CASE("Problems are told by every scan and files that are left out make no version", "[dagster]") {
  volume v;
  v.put("c/a/f", "1");
  v.put("c/q/f", "1");
  v.put("c/q/.quiltignore", "*");
  v.put("c/beside", "");
  fs::create_symlink("/etc/hostname", v.place / "v/c/a/out");
  for (int i = 0; i < 2; ++i) {
    auto const found = v.scan();
    CHECK(asked(found) == (i == 0 ? strings{"new c/a"} : strings{}));
    REQUIRE(found.problems.size() == 3);
    CHECK(found.problems[0].kind == dagster::problem_kind::files_beside_directories);
    CHECK(found.problems[1].kind == dagster::problem_kind::escape);
    CHECK(found.problems[2].kind == dagster::problem_kind::empty);
  }
  v.put("c/a/f", "2");
  CHECK(v.scan().requests.at(0).files == 1);
}

TEST_CASE("A cursor of something else is refused", "[dagster]") {
  volume v;
  v.put("c/a/f", "1");
  v.cursor = "1700000000";
  CHECK(code_of(v.try_scan()) == "corrupt_state");
}

}  // namespace

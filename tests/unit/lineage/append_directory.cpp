#include <waybill/lineage/append_directory.hpp>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <map>
#include <sstream>
#include <vector>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/processes.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill::lineage;
using namespace waybill_test;

namespace fs = std::filesystem;

namespace {

std::string settled(fs::path const& path) {
  auto const source = open_settled(open_regular_file(path.string()).value()).value();
  std::string out;
  std::vector<std::byte> buffer(1 << 16);
  while (auto const n = source->read(buffer).value()) out.append(as_text(std::span{buffer}.first(n)));
  return out;
}

}  // namespace

TEST_CASE("a hundred processes that append at once lose and mix nothing") {
  temporary_directory home;
  constexpr int writers = 100, each = 20;
  std::vector<pid_t> children;
  for (int w = 0; w < writers; ++w)
    children.push_back(in_child([&] {
      auto const out = append_directory::open((home / "r").string(), true);
      for (int i = 0; out && i < each; ++i) {
        // Some are longer than a page and than a pipe's atomic write.
        std::string const line =
            std::to_string(w) + " " + std::to_string(i) + " " + std::string(i % 2 * 20'000u, 'x') + "\n";
        if (!out->append("F", "1.jsonl", line, durability::none)) return false;
      }
      return out.has_value();
    }));
  for (auto const child : children) CHECK(ended_well(child));
  std::istringstream lines{read_file(home / "r/F/1.jsonl")};
  std::map<int, int> next;
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    std::istringstream in{line};
    int w = -1, i = -1;
    std::string x;
    in >> w >> i >> x;
    REQUIRE(i == next[w]++);
    REQUIRE(x == std::string(i % 2 * 20'000u, 'x'));
  }
  CHECK(count == writers * each);
}

TEST_CASE("an append begins a new line where the last writer died within one") {
  temporary_directory home;
  auto const out = append_directory::open((home / "r").string(), true).value();
  REQUIRE(ok(out.append("F", "1.jsonl", "one\n", durability::each)));
  write_file(home / "r/F/1.jsonl", "one\ntw");
  REQUIRE(ok(out.append("F", "1.jsonl", "three\n", durability::none)));
  CHECK(read_file(home / "r/F/1.jsonl") == "one\ntw\nthree\n");
}

TEST_CASE("what does not fit on the disk leaves nothing behind") {
  temporary_directory home;
  auto const out = append_directory::open((home / "r").string(), true).value();
  REQUIRE(ok(out.append("F", "1.jsonl", "one\n", durability::none)));
  CHECK(ended_well(in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit const small{6, 6};
    if (::setrlimit(RLIMIT_FSIZE, &small) != 0) return false;
    auto const r = out.append("F", "1.jsonl", "two\n", durability::none);
    return !r && r.error().code == boost::system::errc::file_too_large;
  })));
  CHECK(read_file(home / "r/F/1.jsonl") == "one\n");
}

TEST_CASE("links and other kinds of files are not appended to") {
  temporary_directory home;
  auto const out = append_directory::open((home / "r").string(), true).value();
  auto const refused = [&](std::string const& folder) {
    return code_of(out.append(folder, "1.jsonl", "x\n", durability::none));
  };
  write_file(home / "outside/1.jsonl", "mine\n");
  fs::create_directory_symlink(home / "outside", home / "r/linked");
  CHECK(refused("linked") == "unsafe_path");
  write_file(home / "r/file", "");
  CHECK(refused("file") == "unsafe_path");
  fs::create_directories(home / "r/F/1.jsonl");
  CHECK(refused("F") == "unsafe_path");
  fs::create_directory(home / "r/G");
  fs::create_symlink(home / "outside/1.jsonl", home / "r/G/1.jsonl");
  CHECK(refused("G") == "unsafe_path");
  fs::create_directory(home / "r/H");
  REQUIRE(::mkfifo((home / "r/H/1.jsonl").c_str(), 0600) == 0);
  CHECK(refused("H") == "unsafe_path");
  CHECK(read_file(home / "outside/1.jsonl") == "mine\n");
}

TEST_CASE("a reader sees what was there when it came") {
  temporary_directory home;
  auto const out = append_directory::open((home / "r").string(), true).value();
  REQUIRE(ok(out.append("F", "1.jsonl", "one\n", durability::none)));
  auto const path = home / "r/F/1.jsonl";
  auto const source = open_settled(open_regular_file(path.string()).value()).value();
  REQUIRE(ok(out.append("F", "1.jsonl", "two\n", durability::none)));
  std::vector<std::byte> buffer(100);
  CHECK(source->read(buffer).value() == 4);
  CHECK(source->read(buffer).value() == 0);
  CHECK(settled(path) == "one\ntwo\n");
}

TEST_CASE("a directory that is not there is made only on request") {
  temporary_directory home;
  CHECK(code_of(append_directory::open((home / "no/such").string(), false)) == "file_not_found");
  CHECK(ok(append_directory::open((home / "no/such").string(), true)));
}

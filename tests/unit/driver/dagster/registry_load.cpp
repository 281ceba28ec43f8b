#include <waybill/driver/dagster/registry_load.hpp>

#include <waybill/driver/dagster/report.hpp>
#include <waybill/protocol/dagster_pipes/message.hpp>
#include <waybill/store/directory.hpp>
#include <waybill/store/verified.hpp>

#include <filesystem>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace fs = std::filesystem;

struct place {
  temporary_directory dir;
  registry to{any_store{verified{directory_store::open_path((dir / "registry").string(), true).value()}},
              (dir / "registry").string()};
  int second = 0;

  void put(std::string const& name, std::string const& text) const { write_file(dir / ("v/c/d/" + name), text); }
  dagster::registry_load load(dagster::load_request const& request = dagster::request_for("c/d"),
                              bool dry_run = false) {
    auto const directory = dagster::dataset_directory((dir / "v").string(), request.dataset).value();
    timestamp const now{std::chrono::seconds{1'700'000'000 + ++second}};
    return dagster::load_to_registry(to, request, directory, package_name::parse("c/d").value(),
                                     {.now = now, .dry_run = dry_run})
        .value();
  }
};

/// A value's text by its label.
std::string text_of(dagster_pipes::metadata const& m, std::string const& label) {
  for (auto const& [name, one] : m)
    if (name == label) return one.raw().as_string() != nullptr ? *one.raw().as_string() : one.raw().as_number()->text;
  return "absent";
}

TEST_CASE("A dataset becomes a version and the next load moves what changed", "[dagster]") {
  place p;
  p.put("a", "1");
  p.put("b", "22");
  auto const first = p.load();
  CHECK(first.push.new_version);
  CHECK(first.arrived());
  CHECK(first.held == 2);
  CHECK(first.changes.added.size() == 2);
  CHECK_FALSE(p.load().push.new_version);
  p.put("b", "333");
  auto const second = p.load();
  CHECK(second.push.data.files_copied == 1);
  CHECK(second.changes.modified.size() == 1);
  auto const told = dagster::metadata_of(second, dagster::request_for("c/d"), p.to.location());
  CHECK(text_of(told, "package") == "c/d");
  CHECK(text_of(told, "files_copied") == "1");
  CHECK(text_of(told, "previous") == first.push.pushed.top_hash().hex());
  CHECK(told.back().first == "changes");
}

TEST_CASE("A dry run loads nothing", "[dagster]") {
  place p;
  p.put("a", "1");
  auto const planned = p.load(dagster::request_for("c/d"), true);
  CHECK(planned.arrived());
  CHECK(code_of(p.to.versions(planned.name)) == "package_not_found");
}

TEST_CASE("A version whose bytes are gone has not arrived", "[dagster]") {
  place p;
  p.put("a", "1");
  p.put("b", "22");
  REQUIRE(p.load().arrived());
  std::size_t removed = 0;
  for (auto const& one : fs::recursive_directory_iterator{p.dir / "registry/.waybill/objects"})
    if (one.is_regular_file() && one.file_size() == 2) removed += fs::remove(one.path());
  REQUIRE(removed == 1);
  auto const again = p.load();
  CHECK_FALSE(again.arrived());
  CHECK(again.held == 1);
}

TEST_CASE("A directory that is no longer what was scanned is told", "[dagster]") {
  place p;
  p.put("a", "1");
  auto request = dagster::request_for("c/d");
  request.version = p.load().push.pushed.top_hash().hex();
  CHECK(p.load(request).as_scanned);
  p.put("a", "2");
  CHECK_FALSE(p.load(request).as_scanned);
}

TEST_CASE("A table of many changes keeps the message small", "[dagster]") {
  place p;
  for (int i = 0; i < 600; ++i) p.put(std::string(150, 'n') + std::to_string(i), "");
  auto const told = dagster::metadata_of(p.load(), dagster::request_for("c/d"), "s3://bucket");
  CHECK(told.back().second.raw().find("records")->as_array()->size() > 100);
  CHECK(dagster_pipes::materialization_message({.asset_key = "a", .metadata = told}).size() <=
        dagster_pipes::largest_message);
  CHECK(dagster::room_of(told) <= dagster::metadata_room);
}

TEST_CASE("A dataset is found below its volume and nowhere else", "[dagster]") {
  temporary_directory const v;
  write_file(v / "c/d/f", "");
  fs::create_symlink("c", v / "link");
  fs::create_symlink("/etc", v / "c/etc");
  auto const root = v.path().string();
  CHECK(dagster::dataset_directory(root, "c/d").value() == (fs::canonical(v.path()) / "c/d").string());
  CHECK(code_of(dagster::dataset_directory(root, "link/d")) == "unsafe_path");
  CHECK(code_of(dagster::dataset_directory(root, "c/etc")) == "unsafe_path");
  CHECK(code_of(dagster::dataset_directory(root, "c/none")) == "file_not_found");
}

}  // namespace

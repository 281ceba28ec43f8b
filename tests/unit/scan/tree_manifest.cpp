#include <waybill/scan/tree_manifest.hpp>

#include <waybill/manifest/manifest.hpp>
#include <waybill/manifest/reader.hpp>

#include "samples.hpp"
#include "support/catch.hpp"
#include "support/quilt_cases.hpp"
#include "support/results.hpp"

using namespace waybill;
using waybill_test::code_of;

namespace {

/// Several blocks of files, in directories of many sizes and depths.
void make_files(std::filesystem::path const& root) {
  for (int i = 0; i < 2600; ++i) {
    auto const n = std::to_string(i);
    waybill_test::write_file(root / ("d" + std::to_string(i % 37)) / (i % 5 == 0 ? "deep/er" : "") / ("f" + n), n);
  }
  waybill_test::write_file(root / "d1-x", "between d1 and what is in it");
  waybill_test::write_file(root / "last file", "with a space");
}

}  // namespace

TEST_CASE("a tree is written and hashed as the manifest which its files make") {
  waybill_test::temporary_directory const dir;
  make_files(dir.path());
  auto const tree = scan_tree(dir.path().string()).value();
  REQUIRE(tree.file_count() == 2602);
  manifest_header header;
  header.set_message("first");
  auto const expected = manifest::create(header, tree.entries()).value();
  for (unsigned const workers : {1U, 2U, 5U}) {
    string_sink sink;
    CHECK(write_manifest(sink, header, tree, {.workers = workers}).value() == expected.top_hash());
    CHECK(sink.str() == waybill_test::dump(expected));
    CHECK(top_hash_of(tree, header, {.workers = workers}).value() == expected.top_hash());
  }
}

TEST_CASE("an empty tree has the manifest of a header") {
  waybill_test::temporary_directory const dir;
  auto const tree = scan_tree(dir.path().string()).value();
  string_sink sink;
  CHECK(write_manifest(sink, {}, tree).value() == manifest::create({}, {}).value().top_hash());
  CHECK(sink.str() == waybill_test::dump(manifest::create({}, {}).value()));
  CHECK(top_hash_of(tree, {}).value() == manifest::create({}, {}).value().top_hash());
}

TEST_CASE("what was not hashed cannot be written and a stop request ends the writing") {
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "a", "1");
  auto const unread = scan_tree(dir.path().string(), {.stat_only = true}).value();
  string_sink sink;
  CHECK(code_of(top_hash_of(unread, {})) == "missing_member");
  CHECK(code_of(write_manifest(sink, {}, unread)) == "missing_member");
  auto const tree = scan_tree(dir.path().string()).value();
  std::stop_source source;
  source.request_stop();
  CHECK(code_of(write_manifest(sink, {}, tree, {.stop = source.get_token()})) == "interrupted");
}

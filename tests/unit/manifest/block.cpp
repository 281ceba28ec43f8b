#include <waybill/manifest/block.hpp>

#include <waybill/manifest/top_hash.hpp>
#include <waybill/manifest/writer.hpp>

#include <vector>

#include "one_byte.hpp"
#include "support/catch.hpp"
#include "support/quilt_cases.hpp"
#include "support/results.hpp"

using namespace waybill;
using waybill_test::code_of;
using waybill_test::file;

namespace {

manifest_block block_of(std::vector<char const*> const& keys) {
  manifest_block out;
  for (auto const* key : keys) CHECK(out.add(file(key)));
  return out;
}

}  // namespace

TEST_CASE("blocks made apart join to the manifest that is written entry by entry") {
  string_sink apart, alone;
  auto joined = manifest_writer::begin(apart, {}).value();
  auto plain = manifest_writer::begin(alone, {}).value();
  for (auto const* key : {"a/x", "a-b", "b", "c", "d"}) CHECK(plain.add(file(key)));
  CHECK(joined.add(file("a/x")));
  CHECK(joined.append(block_of({"a-b", "b"})));
  CHECK(joined.append({}));
  CHECK(joined.add(file("c")));
  CHECK(joined.append(block_of({"d"})));
  CHECK(joined.finish().value() == plain.finish().value());
  CHECK(apart.str() == alone.str());
}

TEST_CASE("a block that does not follow what was written is refused whole") {
  string_sink sink;
  auto writer = manifest_writer::begin(sink, {}).value();
  CHECK(writer.append(block_of({"b", "d"})));
  CHECK(code_of(writer.append(block_of({"c", "e"}))) == "unsorted");
  CHECK(code_of(writer.append(block_of({"d"}))) == "duplicate_key");
  CHECK(code_of(writer.append(block_of({"d/x"}))) == "key_conflict");
  CHECK(code_of(writer.add(file("a"))) == "unsorted");
  CHECK(writer.append(block_of({"e"})));
  CHECK(writer.finish());
  CHECK(waybill_test::load_text(sink.str()).value().entries().size() == 3);
}

TEST_CASE("an entry that a block refuses leaves it as it was") {
  auto block = block_of({"a"});
  auto const lines = std::string{block.lines()};
  auto const hashed = std::string{block.hashed()};
  auto unfinished = file("b");
  unfinished.digests = {};
  CHECK(code_of(block.add(unfinished)) == "missing_member");
  CHECK(code_of(block.add(file("a"))) == "duplicate_key");
  CHECK(block.lines() == lines);
  CHECK(block.hashed() == hashed);
  CHECK(block.first_key() == "a");
  CHECK(block.last_key() == "a");
  CHECK(block.add(file("b")));
  CHECK(block.last_key() == "b");
}

TEST_CASE("a cleared block begins anew") {
  auto block = block_of({"x", "y"});
  block.clear();
  CHECK(block.lines().empty());
  CHECK(block.hashed().empty());
  CHECK(block.first_key().empty());
  CHECK(block.add(file("a")));
  CHECK(block.lines() == block_of({"a"}).lines());
}

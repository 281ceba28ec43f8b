#include <waybill/algebra/contract.hpp>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"
#include "unit/algebra/samples.hpp"

using namespace waybill;
using waybill_test::failure;
using waybill_test::make_entry;
using waybill_test::make_manifest;

namespace {

using texts = std::vector<std::string>;

/// `rule key` of every breach.
texts breaches(std::string_view contract_json, manifest const& m) {
  texts out;
  for (auto const& b : check_contract(parse_contract(contract_json).value(), m).value()) {
    CHECK_FALSE(b.detail.empty());
    out.push_back(b.rule + (b.key ? " " + *b.key : ""));
  }
  return out;
}

error refused(std::string_view contract_json) {
  INFO(contract_json);
  return failure(parse_contract(contract_json));
}

manifest images() {
  return make_manifest({make_entry("README.md", "hello"), make_entry("images/1.jpg", "1"),
                        make_entry("images/2.jpg", "22"), make_entry("images/3.jpg", "333"),
                        make_entry("labels/1.txt", "x"), make_entry("labels/3.txt", "")});
}

}  // namespace

TEST_CASE("an empty contract is kept by everything") {
  CHECK(breaches("{}", images()).empty());
  CHECK(breaches(R"({"required":[],"forbidden":[],"pairs":[],"entry_metadata":[]})", make_manifest({})).empty());
}

TEST_CASE("required keys are there in number and size") {
  CHECK(breaches(R"({"required":["README.md","images/*.jpg"]})", images()).empty());
  CHECK(breaches(R"({"required":["README.md","LICENSE"]})", images()) == texts{"/required/1"});
  CHECK(breaches(R"({"required":[{"glob":"images/*","min_count":3,"max_count":3}]})", images()).empty());
  CHECK(breaches(R"({"required":[{"glob":"images/*","min_count":4}]})", images()) == texts{"/required/0"});
  CHECK(breaches(R"({"required":[{"glob":"images/*","max_count":2}]})", images()) == texts{"/required/0"});
  CHECK(breaches(R"({"required":[{"glob":"none/*","min_count":0,"max_count":2}]})", images()).empty());
  CHECK(breaches(R"({"required":[{"glob":"images/*","min_size":2}]})", images()) == texts{"/required/0 images/1.jpg"});
  CHECK(breaches(R"({"required":[{"glob":"images/*","max_size":1}]})", images()) ==
        texts{"/required/0 images/2.jpg", "/required/0 images/3.jpg"});
  CHECK(breaches(R"({"required":[{"glob":"images/*","min_total_size":6,"max_total_size":6}]})", images()).empty());
  CHECK(breaches(R"({"required":[{"glob":"images/*","min_total_size":7}]})", images()) == texts{"/required/0"});
  CHECK(breaches(R"({"required":[{"glob":"images/*","max_total_size":5}]})", images()) == texts{"/required/0"});
}

TEST_CASE("forbidden keys are not there") {
  CHECK(breaches(R"({"forbidden":["*.tmp"]})", images()).empty());
  CHECK(breaches(R"({"forbidden":["*.tmp","labels/**"]})", images()) ==
        texts{"/forbidden/1 labels/1.txt", "/forbidden/1 labels/3.txt"});
}

TEST_CASE("each key of a pair needs its partner") {
  auto const* rules = R"({"pairs":[{"each":"images/{id}.jpg","needs":"labels/{id}.txt"},
                                  {"each":"labels/{id}.txt","needs":"images/{id}.jpg"}]})";
  auto const found = check_contract(parse_contract(rules).value(), images()).value();
  REQUIRE(found.size() == 1);
  CHECK(found[0].rule == "/pairs/0");
  CHECK(found[0].key == "images/2.jpg");
  CHECK_THAT(found[0].detail, waybill_test::contains("labels/2.txt"));
}

TEST_CASE("user metadata of entries fits its schema, none at all is a breach of its own") {
  auto const m = make_manifest({make_entry("a.jpg", "1", R"({"user_meta":{"label":"cat"}})"),
                                make_entry("b.jpg", "2", R"({"user_meta":{"label":7}})"), make_entry("c.jpg", "3"),
                                make_entry("d.txt", "4"), make_entry("e.jpg", "5", R"({"user_meta":null})")});
  auto const* rules = R"({"entry_metadata":[{"glob":"*.jpg","schema":
    {"type":"object","properties":{"label":{"type":"string"}},"required":["label"]}}]})";
  auto const found = check_contract(parse_contract(rules).value(), m).value();
  REQUIRE(found.size() == 3);
  CHECK(found[0].key == "b.jpg");
  CHECK_THAT(found[0].detail, waybill_test::contains("/label"));
  CHECK(found[1].key == "c.jpg");
  CHECK_THAT(found[1].detail, waybill_test::contains("no user metadata"));
  CHECK(found[2].key == "e.jpg");
  CHECK_THAT(found[2].detail, waybill_test::contains("no user metadata"));
}

TEST_CASE("the package's metadata fits its schema") {
  auto const* rules = R"({"package_metadata":{"required":["license"]}})";
  CHECK(breaches(rules, make_manifest({})) == texts{"/package_metadata"});
  manifest_header header;
  header.set_user_meta(json::object{{"license", "MIT"}});
  CHECK(breaches(rules, manifest::create(header, {}).value()).empty());
  header.set_user_meta(json::object{{"licence", "MIT"}});
  CHECK(breaches(rules, manifest::create(header, {}).value()) == texts{"/package_metadata"});
}

TEST_CASE("breaches come in the order of the rules, and of a rule in walk order") {
  CHECK(breaches(R"({"package_metadata":{},"pairs":[{"each":"{a}.md","needs":"{a}.txt"}],"forbidden":["*.jpg"],
                     "required":[{"glob":"labels/*","min_size":1,"min_count":5}]})",
                 images()) == texts{"/required/0", "/required/0 labels/3.txt", "/forbidden/0 images/1.jpg",
                                    "/forbidden/0 images/2.jpg", "/forbidden/0 images/3.jpg", "/pairs/0 README.md",
                                    "/package_metadata"});
}

TEST_CASE("a misspelt or senseless rule is refused where it stands") {
  CHECK(refused(R"({"requierd":[]})").code == errc::usage);
  CHECK(refused(R"({"requierd":[]})").path == "/requierd");
  CHECK_THAT(refused(R"({"requierd":[]})").detail, waybill_test::contains("required"));
  CHECK(refused(R"({"required":[{"glob":"*","min_cuont":1}]})").path == "/required/0/min_cuont");
  CHECK(refused(R"({"required":[{"min_count":1}]})").code == errc::missing_member);
  CHECK(refused(R"({"required":["a",""]})").path == "/required/1");
  CHECK(refused(R"({"required":[{"glob":"[a"}]})").path == "/required/0/glob");
  CHECK(refused(R"({"required":[{"glob":"a","min_count":3,"max_count":2}]})").path == "/required/0/max_count");
  CHECK(refused(R"({"required":[{"glob":"a","max_count":0}]})").path == "/required/0/max_count");
  CHECK(refused(R"({"required":[{"glob":"a","min_size":-1}]})").path == "/required/0/min_size");
  CHECK(refused(R"({"required":[7]})").code == errc::wrong_type);
  CHECK(refused(R"({"required":{}})").code == errc::wrong_type);
  CHECK(refused(R"({"forbidden":[{"glob":"a"}]})").code == errc::wrong_type);
  for (auto const* glob : {"", "{a", "a}", "[", "[!", "[!]", "[a\\\\]", "a\\\\"})
    CHECK(refused(R"({"forbidden":[")" + std::string{glob} + R"("]})").path == "/forbidden/0");
  CHECK(parse_contract(R"({"forbidden":["[]]","[!]]","\\[","{a,[}]}","\\{"]})").has_value());
  CHECK(refused(R"({"pairs":[{"each":"a/{x}"}]})").path == "/pairs/0/needs");
  CHECK(refused(R"({"pairs":[{"each":"a/{x}","needs":"b/{y}"}]})").code == errc::usage);
  CHECK(refused(R"({"pairs":[{"each":"a/{x","needs":"b/{x}"}]})").path == "/pairs/0/each");
  CHECK(refused(R"({"entry_metadata":[{"glob":"a"}]})").path == "/entry_metadata/0/schema");
  CHECK(refused(R"({"entry_metadata":[{"glob":"a","schema":{"type":"x"}}]})").path == "/entry_metadata/0/schema");
  CHECK(refused(R"({"package_metadata":{"items":1}})").path == "/package_metadata/items");
  CHECK(refused("[]").code == errc::wrong_type);
  CHECK(refused("{").code == errc::malformed_json);
  CHECK(refused(R"({"forbidden":[],"forbidden":[]})").code == errc::duplicate_member);
}

TEST_CASE("the example in the documentation is a contract and its breaches read as printed") {
  auto const page = waybill_test::vectors("../../docs/contract.md");
  if (!std::filesystem::exists(page)) WAYBILL_SKIP("docs/contract.md is not beside the vectors");
  auto const text = waybill_test::read_file(page);
  auto const block = [&text](std::string const& opening) {
    auto const begin = text.find(opening) + opening.size();
    return text.substr(begin, text.find("```", begin) - begin);
  };
  auto const rules = parse_contract(block("```json\n"));
  REQUIRE(rules.has_value());

  std::vector<entry> entries{make_entry("README.md", "hello")};
  for (int i = 1; i <= 98; ++i) {
    auto const name = std::to_string(i);
    entries.push_back(make_entry("images/" + name + ".jpg", "x",
                                 i == 4 ? R"({"user_meta":{"split":"dev"}})" : R"({"user_meta":{"split":"test"}})"));
    if (i != 17) entries.push_back(make_entry("labels/" + name + ".txt", "x"));
  }
  std::string printed;
  for (auto const& b : check_contract(*rules, make_manifest(entries)).value())
    printed += b.rule + (b.key ? " " + *b.key : "") + ": " + b.detail + "\n";
  std::istringstream lines{block("```\n/").insert(0, "/")};
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) CHECK_THAT(printed, waybill_test::contains(line + "\n"));
  CHECK(count == 3);
}

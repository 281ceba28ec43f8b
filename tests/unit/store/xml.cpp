#include <waybill/store/xml.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

TEST_CASE("an answer is read as elements with text and children") {
  auto const root = parse_xml(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<Contents><Key>a &amp; b&#10;c</Key><Size>7</Size></Contents><Contents><Key/></Contents>"
      "<x:Prefixed xmlns:x='y>z'>in it</x:Prefixed></ListBucketResult>");
  REQUIRE(root);
  CHECK(root->name == "ListBucketResult");
  REQUIRE(root->children.size() == 3);
  CHECK(root->children[0].text_of("Key") == "a & b\nc");
  CHECK(root->children[0].text_of("Size") == "7");
  CHECK(root->children[1].text_of("Key").empty());
  CHECK(root->child("Nothing") == nullptr);
  CHECK(root->text_of("Prefixed") == "in it");
}

TEST_CASE("white space before an answer keeps a connection alive and is no error") {
  CHECK(parse_xml(" \n\n<?xml version=\"1.0\"?>\n<r/>").value().name == "r");
}

TEST_CASE("hostile documents are refused before they are read") {
  CHECK(parse_xml("<!DOCTYPE r [<!ENTITY e \"x\">]><r>&e;</r>").error().code == errc::permanent);
  CHECK(parse_xml("<r><!-- x --></r>").error().code == errc::permanent);
  CHECK(parse_xml("<r><![CDATA[x]]></r>").error().code == errc::permanent);
  CHECK(parse_xml(std::string{"<r>\0</r>", 8}).error().code == errc::permanent);
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "<a>";
  CHECK(parse_xml(deep).error().code == errc::too_deep);
  CHECK(parse_xml(std::string(9, ' '), {.max_bytes = 8}).error().code == errc::too_large);
}

TEST_CASE("depth is counted by elements that are open") {
  std::string text = "<r>";
  for (int i = 0; i < 100; ++i) text += "<a b='/>'></a><c/>";
  CHECK(parse_xml(text + "</r>", {.max_depth = 2}));
  CHECK(parse_xml("<r><a><b></b></a></r>", {.max_depth = 2}).error().code == errc::too_deep);
}

TEST_CASE("what is not XML is an error with its line") {
  for (std::string const text :
       {"", "text", "<a>", "<a></b>", "<a", "<a/><b/>", "<a>&#x110000;</a>", "{\"json\": 1}"}) {
    INFO(text);
    auto const refused = parse_xml(text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::permanent);
  }
  CHECK_THAT(parse_xml("<a>\n<b>\n</c></a>").error().message(), contains("line 3"));
}

TEST_CASE("escaped text comes back as it was") {
  std::string const text = "a<b>&amp;\"c'";
  CHECK(parse_xml("<r>" + xml_escaped(text) + "</r>").value().text == text);
}

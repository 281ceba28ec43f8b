#include <waybill/json/parse.hpp>

#include <waybill/json/number.hpp>
#include <waybill/json/write.hpp>

#include <algorithm>
#include <set>
#include <string>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

using namespace waybill;

namespace {

json::parse_options python() {
  json::parse_options o;
  o.python_extensions = true;
  return o;
}

error failure(std::string_view text, json::parse_options const& options = {}) {
  INFO(text.substr(0, 80));
  return waybill_test::failure(json::parse(text, options));
}

std::string first_string(std::string_view text) { return *json::parse(text, python()).value().as_string(); }

}  // namespace

TEST_CASE("numbers keep their source text") {
  auto const v = json::parse("[0,-0,1.10,1E5,1e400,9007199254740993,123456789012345678901234567890,-1.5e-7,0e0]");
  REQUIRE(v.has_value());
  std::string texts;
  for (auto const& item : *v->as_array()) texts += item.as_number()->text + " ";
  CHECK(texts == "0 -0 1.10 1E5 1e400 9007199254740993 123456789012345678901234567890 -1.5e-7 0e0 ");
  for (std::size_t size = 1; size < 200; ++size) {
    auto const digits = std::string(size, '7') + "." + std::string(size, '3') + "e-12";
    CHECK(json::parse("[" + digits + "]")->as_array()->front().as_number()->text == digits);
    CHECK(json::parse(digits)->as_number()->text == digits);
  }
}

TEST_CASE("members keep their order") {
  auto const v = json::parse(R"({"b":{"z":1,"y":[]},"a":null})");
  REQUIRE(v.has_value());
  CHECK(json::compact(*v) == R"({"b":{"z":1,"y":[]},"a":null})");
}

TEST_CASE("strings of every length and escape arrive whole") {
  CHECK(first_string(R"("\"\\\/\b\f\n\r\t\u0000\u00e9\uD83D\ude00")") ==
        std::string{"\"\\/\b\f\n\r\t\0\xC3\xA9\xF0\x9F\x98\x80", 15});
  for (std::size_t size = 4080; size < 4110; ++size) {
    std::string const run(size, 'x');
    CHECK(first_string("\"" + run + "\\n" + run + "\xE2\x82\xAC\"") == run + "\n" + run + "\xE2\x82\xAC");
    CHECK(json::parse("{\"" + run + "\\n" + run + "\":1}")->find(run + "\n" + run) != nullptr);
  }
}

TEST_CASE("a repeated name keeps its first place and its last value") {
  CHECK(json::compact(*json::parse(R"({"a":1,"b":2,"a":3})")) == R"({"a":3,"b":2})");
  CHECK(json::compact(*json::parse(R"({"a":1,"\u0061":[2]})")) == R"({"a":[2]})");
  std::string text = "{";
  std::string expected = "{";
  for (int i = 0; i < 40; ++i) {
    text += "\"k" + std::to_string(i) + "\":0,";
    expected += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":" + (i % 7 == 0 ? "1" : "0");
  }
  for (int i = 0; i < 40; i += 7) text += "\"k" + std::to_string(i) + "\":1,";
  text.back() = '}';
  CHECK(json::compact(*json::parse(text)) == expected + "}");
}

TEST_CASE("a repeated name is an error where the reader asks for it") {
  json::parse_options strict;
  strict.refuse_duplicates = true;
  CHECK(json::parse(R"({"a":{"a":1},"b":{"a":1}})", strict).has_value());
  auto const e = failure("{\"x\": {\n \"a\":1, \"b\":2, \"a\":3}}", strict);
  CHECK(e.code == errc::duplicate_member);
  CHECK(e.path.starts_with("line 2, column 1"));
  CHECK_THAT(e.detail, waybill_test::contains("\"a\""));
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  CHECK(json::parse(text + "\"k100\":0}", strict).has_value());
  CHECK(failure(text + "\"k99\":0}", strict).code == errc::duplicate_member);
  CHECK(failure(text + "\"k16\":0}", strict).code == errc::duplicate_member);
}

TEST_CASE("an object of 200000 members is read in time") {
  std::string text = "{";
  for (int i = 0; i < 200000; ++i) text += "\"member " + std::to_string(i) + "\":" + std::to_string(i) + ",";
  auto const v = json::parse(text + "\"member 7\":-1}");
  REQUIRE(v.has_value());
  CHECK(v->as_object()->size() == 200000);
  CHECK((*v->as_object())[7].second.as_number()->text == "-1");
}

TEST_CASE("errors say line, column and cause") {
  auto const e = failure("{\n  \"a\": 1,\n  \"b\": x\n}");
  CHECK(e.code == errc::malformed_json);
  CHECK(e.path == "line 3, column 8");
  CHECK(e.detail == "'x' cannot stand here");
  CHECK(failure("").detail == "the text is empty");
  CHECK(failure(" \n").detail == "the text is empty");
  CHECK(failure("").path == "line 1, column 1");
  CHECK(failure("[1,").detail == "the text ends before the document does");
  CHECK(failure("[1,\n2").path == "line 2, column 2");
  CHECK(failure("[1]\n]").path == "line 2, column 1");
  CHECK_THAT(failure("[1]]").detail, waybill_test::contains("']' cannot stand here"));
  CHECK_THAT(failure("\xEF\xBB\xBF[]").detail, waybill_test::contains("byte order mark"));
  CHECK_THAT(failure("[\"\xFF\"]").detail, waybill_test::contains("not UTF-8"));
  CHECK(failure("[\"\xFF\"]").path == "line 1, column 3");
  CHECK_THAT(failure("[\"\x01\"]").detail, waybill_test::contains("control character"));
  for (auto const* text : {R"(["\ud800"])", R"(["\udc00 and so on"])", R"(["\ud800\n and so on"])",
                           R"(["\ud800\u0041 and"])", R"(["\ud800 and so on"])", R"({"\udc00":1})"})
    CHECK_THAT(failure(text).detail, waybill_test::contains("surrogate"));
  CHECK_THAT(failure(R"(["\ud83d\ude00", x])").detail, waybill_test::contains("'x'"));
  CHECK_THAT(failure("[1, NaN]").detail, waybill_test::contains("NaN is no JSON number"));
  CHECK_THAT(failure("[-Infinity]").detail, waybill_test::contains("-Infinity is no JSON number"));
  CHECK_THAT(failure(R"(["\u12g4 and so on and on"])").detail, waybill_test::contains("hexadecimal"));
  CHECK_THAT(failure("1e9999999999").detail, waybill_test::contains("exponent"));
  CHECK_THAT(failure("[\x1b[31m]").detail, !waybill_test::contains("\x1b"));
}

TEST_CASE("depth and size are limited") {
  for (char const c : {'[', '{'}) {
    std::string bomb;
    for (int i = 0; i < 100000; ++i) bomb += c == '[' ? "[" : "{\"a\":";
    CHECK(failure(bomb).code == errc::too_deep);
    CHECK(failure(bomb, python()).code == errc::too_deep);
  }
  json::parse_options small;
  small.max_depth = 3;
  CHECK(json::parse("[[[1]]]", small).has_value());
  CHECK(json::parse("[[[1],[2]],{\"a\":[]}]", small).has_value());
  CHECK(failure("[[[[]]]]", small).code == errc::too_deep);
  CHECK(failure("[[[[]]]]", small).path == "line 1, column 4");
  small.max_depth = 0;
  CHECK(json::parse("1", small).has_value());
  CHECK(failure("[]", small).code == errc::too_deep);
  small.max_bytes = 4;
  CHECK(json::parse("1234", small).has_value());
  CHECK(failure("12345", small).code == errc::too_large);
}

TEST_CASE("Python's words for numbers are read where they are allowed") {
  auto const v = json::parse(R"({"a":[NaN, Infinity ,-Infinity],"b":NaN,"NaN":null})", python());
  REQUIRE(v.has_value());
  CHECK(json::canonical(*v) == R"({"NaN":null,"a":[NaN,Infinity,-Infinity],"b":NaN})");
  CHECK(json::parse("NaN", python()).value() == json::value{json::number{"NaN"}});
  CHECK(json::parse(" -Infinity\n", python()).value() == json::value{json::number{"-Infinity"}});
  for (auto const* text : {"NaN", "[Infinity]", "[-Infinity]"}) CHECK(failure(text).code == errc::malformed_json);
}

TEST_CASE("Python's words do not grow together with what stands beside them") {
  for (auto const* text : {"[1NaN]",       "[NaN1]",    "[NaN.5]", "[NaNe5]",         "[-NaN]", "[+Infinity]",
                           "[NaN NaN]",    "NaN NaN",   "{NaN:1}", "{\"a\":1,NaN:2}", "[NaNl]", "[-Infinity0]",
                           "[--Infinity]", "[\"\"NaN]", "[NaN",    "[NaN,]",          "NaN,",   "[nulNaN]",
                           "[trueNaN]",    "[NaNull]",  "NaN]"}) {
    INFO(text);
    CHECK(failure(text, python()).code == errc::malformed_json);
  }
  CHECK(failure("[NaN,\nNaN x]", python()).path == "line 2, column 5");
  CHECK(failure("{\"a\":1,\nNaN:2}", python()).path == "line 2, column 1");
}

TEST_CASE("lone surrogates are kept in WTF-8 where they are allowed") {
  CHECK(first_string(R"("\ud800")") == "\xED\xA0\x80");
  CHECK(first_string(R"("a\uDFFFb")") ==
        "a\xED\xBF\xBF"
        "b");
  CHECK(first_string(R"("\ud83d\ud83d\ude00")") == "\xED\xA0\xBD\xF0\x9F\x98\x80");
  CHECK(first_string(R"("\n\ud800\n\udc00\ud800")") == "\n\xED\xA0\x80\n\xED\xB0\x80\xED\xA0\x80");
  std::string const run(5000, 'x');
  CHECK(first_string("\"" + run + "\\n" + run + "\\ud800" + run + "\"") == run + "\n" + run + "\xED\xA0\x80" + run);
  auto const v = json::parse(R"([{"\udc00k":1,"k":{"\ud800":"\ud800"}},NaN])", python());
  REQUIRE(v.has_value());
  CHECK(json::canonical(*v) == R"([{"k":{"\ud800":"\ud800"},"\udc00k":1},NaN])");
  CHECK(failure(R"(["\ud800])", python()).code == errc::malformed_json);
  CHECK(failure(R"(["\ud800\x"])", python()).path == "line 1, column 10");
}

TEST_CASE("a surrogate inside an incomplete escape does not vanish from it") {
  for (auto const* text : {R"("\u83d\ude00a")", R"("\u\uDE00ffffa")", R"("\uf\uD83Dfff")", R"("\ud83d\u\ud800de00")"}) {
    INFO(text);
    CHECK(failure(text, python()).code == errc::malformed_json);
  }
}

TEST_CASE("an escape between bytes does not make them a character") {
  CHECK(failure("[\"\xE2\\ud800\x82\xAC\"]", python()).path == "line 1, column 3");
  CHECK(failure("[\"\xED\xA0\x80\", NaN]", python()).code == errc::malformed_json);
}

TEST_CASE("limits and duplicates hold for Python's dialect too") {
  auto options = python();
  options.refuse_duplicates = true;
  options.max_depth = 2;
  CHECK(failure(R"({"\ud800":NaN,"\ud800":1})", options).code == errc::duplicate_member);
  CHECK(failure(R"([NaN,[[NaN]]])", options).code == errc::too_deep);
  CHECK(json::parse(R"([NaN,[NaN],[NaN]])", options).has_value());
}

TEST_CASE("JSONTestSuite: every y_ is accepted, every n_ refused, every i_ answered") {
  auto const folder = waybill_test::third_party("JSONTestSuite/test_parsing");
  if (folder.empty()) WAYBILL_SKIP("JSONTestSuite is not below WAYBILL_TEST_DATA");
  // What Python reads although it is no JSON.
  std::set<std::string> const python_reads{"n_number_NaN.json", "n_number_infinity.json",
                                           "n_number_minus_infinity.json"};
  // What this suite leaves open and RFC 8259 allows a parser to refuse.
  std::set<std::string> refused;
  std::set<std::string> refused_as_python;
  int accepted = 0;
  int denied = 0;
  for (auto const& file : std::filesystem::directory_iterator{folder}) {
    auto const name = file.path().filename().string();
    auto const text = waybill_test::read_file(file.path());
    auto const plain = json::parse(text);
    auto const dialect = json::parse(text, python());
    INFO(name);
    if (name.starts_with("y_")) {
      CHECK(plain.has_value());
      CHECK(dialect.has_value());
      ++accepted;
    } else if (name.starts_with("n_")) {
      CHECK_FALSE(plain.has_value());
      CHECK(dialect.has_value() == python_reads.contains(name));
      ++denied;
    } else {
      if (!plain) refused.insert(name);
      if (!dialect) refused_as_python.insert(name);
    }
    if (plain) CHECK((plain == dialect));
  }
  CHECK(accepted == 95);
  CHECK(denied == 188);
  CHECK(refused.contains("i_string_invalid_lonely_surrogate.json"));
  CHECK_FALSE(refused_as_python.contains("i_string_invalid_lonely_surrogate.json"));
  CHECK_FALSE(refused.contains("i_structure_500_nested_arrays.json"));
  CHECK_FALSE(refused.contains("i_number_real_pos_overflow.json"));
  for (auto const& name : refused_as_python) CHECK(refused.contains(name));
}

TEST_CASE("a document cut off anywhere, or with any byte changed, is answered") {
  std::string const text =
      R"({"a":[1.5e3,-0,"\u00e9\ud83d\ude00\ud800 é",NaN,-Infinity],"b":{"c":null,"d":true,"e":false}})";
  REQUIRE(json::parse(text, python()).has_value());
  for (std::size_t i = 0; i < text.size(); ++i) {
    CHECK_FALSE(json::parse(text.substr(0, i), python()).has_value());
    for (int byte = 0; byte < 256; ++byte) {
      auto changed = text;
      changed[i] = static_cast<char>(byte);
      if (auto const v = json::parse(changed, python())) {
        auto const again = json::parse(json::canonical(*v), python());
        REQUIRE(again.has_value());
        CHECK(json::canonical(*again) == json::canonical(*v));
      }
    }
  }
}

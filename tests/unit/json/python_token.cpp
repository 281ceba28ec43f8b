#include <waybill/json/python_token.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace waybill;

namespace {

/// All tokens of a text, words as they stand and surrogates as `U+…`, each with its position.
std::vector<std::string> tokens(std::string_view text) {
  std::vector<std::string> out;
  json::python_token_scanner scanner{text};
  while (auto const t = scanner.next()) {
    auto const source = std::string{text.substr(t->position, t->size)};
    CHECK((t->surrogate != 0) == source.starts_with('\\'));
    if (t->surrogate != 0) CHECK(t->surrogate == std::stoul(source.substr(2), nullptr, 16));
    out.push_back(source + "@" + std::to_string(t->position));
  }
  return out;
}

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("words that are numbers in Python are found where a value may begin") {
  CHECK(tokens("NaN") == list{"NaN@0"});
  CHECK(tokens(" [NaN, -Infinity,\n Infinity]") == list{"NaN@2", "-Infinity@7", "Infinity@19"});
  CHECK(tokens(R"({"a": NaN})") == list{"NaN@6"});
}

TEST_CASE("words inside strings or behind other values are no tokens") {
  CHECK(tokens(R"(["NaN", "a\"NaN", "\\"])").empty());
  CHECK(tokens("[1NaN]").empty());
  CHECK(tokens("[1 NaN]").empty());
  CHECK(tokens("{NaN: 1}").empty());
  CHECK(tokens("[nan, +Infinity, -NaN, Inf]").empty());
  CHECK(tokens("NaN NaN") == list{"NaN@0"});
}

TEST_CASE("an escaped surrogate counts when its other half is not behind it") {
  CHECK(tokens(R"("\ud800")") == list{R"(\ud800@1)"});
  CHECK(tokens(R"("\uDFFF")") == list{R"(\uDFFF@1)"});
  CHECK(tokens(R"("\ud83d\ude00")").empty());
  CHECK(tokens(R"("\ud83d\ud83d\ude00")") == list{R"(\ud83d@1)"});
  CHECK(tokens(R"("\ude00\ud83d")") == list{R"(\ude00@1)", R"(\ud83d@7)"});
  CHECK(tokens(R"("\udc00\udc01")") == list{R"(\udc00@1)", R"(\udc01@7)"});
  CHECK(tokens(R"("\ud83dx\ude00")") == list{R"(\ud83d@1)", R"(\ude00@8)"});
  CHECK(tokens(R"({"\ud800": "\udc00"})") == list{R"(\ud800@2)", R"(\udc00@12)"});
}

TEST_CASE("an escaped backslash before u is no escape of a surrogate") {
  CHECK(tokens(R"("\\ud800")").empty());
  CHECK(tokens(R"("\\\ud800")") == list{R"(\ud800@3)"});
  CHECK(tokens(R"("\ud7ff\ue000")").empty());
  CHECK(tokens(R"("\ud80g")").empty());
}

TEST_CASE("nothing is found behind an escape that lacks digits") {
  CHECK(tokens(R"(["\u83d\ud800", NaN])").empty());
  CHECK(tokens(R"(["\ud800\u\ud800"])") == list{R"(\ud800@2)"});
}

TEST_CASE("a text may end anywhere") {
  std::string const whole = R"(["a\ud800\ud83d\ude00\\", NaN, -Infinity])";
  for (std::size_t size = 0; size <= whole.size(); ++size) CHECK(tokens(whole.substr(0, size)).size() <= 4);
  CHECK(tokens(whole).size() == 3);
}

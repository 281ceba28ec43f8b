#include <waybill/protocol/dagster_pipes/bootstrap.hpp>

#include <waybill/core/bytes.hpp>
#include <waybill/json/write.hpp>

#include "support/catch.hpp"
#include "support/pipes_parameter.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace d = waybill::dagster_pipes;

// Made with dagster_pipes 1.13.27, encode_param.
constexpr auto path = "eJyrVipILMlQslJQ0i/JLdBPLqlQqgUAQwcGhg==";  // {"path": "/tmp/ctx"}
constexpr auto data =
    "eJyrVkpJLElUslKoVkosLk4tic9OrSwGcqOVUlJz85VidRSUikrz4jNTgGJKhkQAJaCO1IqSosRiiKEgswx1FPJKc3KAMjGlBgapJkqxtbW1ACPM"
    "IPg=";

result<std::optional<d::bootstrap>> read(std::string const& context, std::string const& messages) {
  return d::read_bootstrap({encoded_parameter(context), encoded_parameter(messages)});
}

TEST_CASE("Parameters that Dagster encoded are read", "[dagster]") {
  CHECK(json::compact(d::decode_parameter(path, "X").value()) == R"({"path":"/tmp/ctx"})");
  auto const started = d::read_bootstrap({data, path}).value().value();
  auto const& given = std::get<d::given_data>(started.context).data;
  CHECK(json::compact(*given.find("extras")) == R"({"a":[1,null,"ä"]})");
  CHECK(std::get<d::file_place>(started.messages).path == "/tmp/ctx");
}

TEST_CASE("Every place of context and messages is known", "[dagster]") {
  auto const of_s3 = read(R"({"bucket":"b","key":"k"})", R"({"bucket":"b","key_prefix":"p"})").value().value();
  CHECK(std::get<d::object_place>(of_s3.context).key == "k");
  CHECK(std::get<d::chunk_place>(of_s3.messages).prefix == "p");
  CHECK(std::get<d::chunk_place>(read(R"({"path":"c"})", R"({"bucket":"b"})").value()->messages).prefix.empty());
  auto const stream = [](std::string const& messages) {
    return std::get<d::stream_place>(read(R"({"path":"c"})", messages).value()->messages);
  };
  CHECK_FALSE(stream(R"({"stdio":"stdout"})").standard_error);
  CHECK_FALSE(stream(R"({"stdio":"stdout"})").buffered);
  CHECK(stream(R"({"stdio":"stderr"})").standard_error);
  CHECK(stream(R"({"buffered_stdio":"stderr"})").buffered);
  // A path wins over data, and what a writer adds is ignored.
  CHECK(std::get<d::file_place>(
            read(R"({"path":"c","data":{}})", R"({"path":"m","include_stdio_in_messages":false})").value()->context)
            .path == "c");
}

TEST_CASE("A process without parameters was not started by Dagster", "[dagster]") {
  CHECK_FALSE(d::read_bootstrap({}).value());
  CHECK(failure(d::read_bootstrap({path, std::nullopt})).path == d::messages_variable);
  CHECK(failure(d::read_bootstrap({std::nullopt, path})).path == d::context_variable);
}

TEST_CASE("A parameter that cannot be read is an error that names it and shows no value", "[dagster]") {
  std::string const secret = "hunter2";
  for (std::string const& bad :
       {std::string{}, "?" + secret, to_base64(as_bytes(secret)), to_base64(as_bytes("{}")), encoded_parameter(secret),
        encoded_parameter("[\"" + secret + "\"]"), std::string{path}.substr(4)}) {
    auto const e = failure(d::read_bootstrap({path, bad}));
    CHECK(e.code == condition::unsafe_input);
    CHECK(e.path == d::messages_variable);
    CHECK(e.message().find(secret) == std::string::npos);
    CHECK(failure(d::read_bootstrap({bad, path})).path == d::context_variable);
  }
  CHECK(code_of(read("{}", R"({"path":"m"})")) == "unsupported");
  CHECK(code_of(read(R"({"bucket":"b"})", R"({"path":"m"})")) == "unsupported");
  CHECK(code_of(read(R"({"path":"c"})", R"({"volume":"m"})")) == "unsupported");
  CHECK(code_of(read(R"({"path":"c"})", R"({"stdio":"tape"})")) == "wrong_type");
  CHECK(failure(read(R"({"path":1})", R"({"path":"m"})")).path == "DAGSTER_PIPES_CONTEXT/path");
}

TEST_CASE("Parameters are taken out of a command line wherever they stand", "[dagster]") {
  std::vector<std::string> arguments{"load", "--dagster-pipes-context", "C", "x", "--", "--dagster-pipes-messages=M"};
  auto const given = d::take_parameters(arguments);
  CHECK(given.context == "C");
  CHECK(given.messages == "M");
  CHECK(arguments == std::vector<std::string>{"load", "x", "--"});
  arguments = {"--dagster-pipes-contexts", "--dagster-pipes-context"};
  CHECK(d::take_parameters(arguments).context == "");
  CHECK(arguments == std::vector<std::string>{"--dagster-pipes-contexts"});
}

TEST_CASE("What the command line does not say comes from the environment", "[dagster]") {
  auto const variable = [](char const* name) -> std::optional<std::string> { return "of " + std::string{name}; };
  auto const given = d::or_environment({.context = "C", .messages = {}}, variable);
  CHECK(given.context == "C");
  CHECK(given.messages == "of DAGSTER_PIPES_MESSAGES");
}

}  // namespace

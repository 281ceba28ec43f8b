// What the public conformance suite of Dagster Pipes starts (README.md here), and what our own tests ask beyond it:
//   pipes_probe --test-name NAME [--job-name J] [--extras F] [--custom-payload F] [--report-asset-materialization F]
//               [--report-asset-check F] …
// Unknown options are ignored. Exit 1 where something is not as expected; Dagster is told why.

#include <waybill/driver/dagster/process.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>
#include <waybill/json/write.hpp>
#include <waybill/scan/file.hpp>

#include <cstdio>
#include <map>
#include <thread>

#include "common/network.hpp"
#include "common/settings.hpp"

namespace {
namespace json = waybill::json;
namespace pipes = waybill::dagster_pipes;
using value = pipes::metadata_value;
using waybill::errc;
using waybill::make_error;
using waybill::result;
using waybill::dagster::process;

using options = std::map<std::string, std::string, std::less<>>;

/// `--name value` and `--name=value`.
options read_options(std::vector<std::string> const& words) {
  options out;
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (!words[at].starts_with("--")) continue;
    auto const equals = words[at].find('=');
    bool const has_value = at + 1 < words.size() && !words[at + 1].starts_with("--");
    if (equals != std::string::npos) out[words[at].substr(2, equals - 2)] = words[at].substr(equals + 1);
    else out[words[at].substr(2)] = has_value ? words[at + 1] : "";
  }
  return out;
}

result<json::value> read_document(std::string const& path) {
  auto const text = waybill::read_file(path);
  if (!text) return text.error();
  return json::parse(*text);
}

/// One value of each type, as the suite's static/metadata.json has them.
pipes::metadata all_metadata() {
  auto const nested = json::object{
      {"quux",
       json::object{{"a", json::value::integer(std::int64_t{1})}, {"b", json::value::integer(std::int64_t{2})}}},
      {"corge", nullptr},
      {"qux", json::array{json::value::integer(std::int64_t{1}), json::value::integer(std::int64_t{2}),
                          json::value::integer(std::int64_t{3})}},
      {"foo", "bar"},
      {"baz", json::value::integer(std::int64_t{1})}};
  return {{"bool_true", value::boolean(true)},
          {"bool_false", value::boolean(false)},
          {"float", value::floating(0.1)},
          {"int", value::integer(std::int64_t{1})},
          {"url", value::url("https://dagster.io")},
          {"path", value::path("/dev/null")},
          {"null", value::null()},
          {"md", value::markdown("**markdown**")},
          {"json", value::structure(nested)},
          {"text", value::text("hello")},
          {"asset", value::asset("foo/bar")},
          {"dagster_run", value::dagster_run("db892d7f-0031-4747-973d-22e8b9095d9d")},
          {"notebook", value::notebook("notebook.ipynb")}};
}

result<void> report_materialization(process& step, std::string const& file) {
  auto const wanted = read_document(file);
  if (!wanted) return wanted.error();
  json::record_reader reader{*wanted};
  return step.materialize({.asset_key = reader.optional_string("assetKey").value_or(""),
                           .metadata = all_metadata(),
                           .data_version = reader.optional_string("dataVersion")});
}

result<void> report_check(process& step, std::string const& file) {
  auto const wanted = read_document(file);
  if (!wanted) return wanted.error();
  json::record_reader reader{*wanted};
  pipes::asset_check check{.asset_key = reader.optional_string("assetKey").value_or(""),
                           .name = reader.required_string("checkName"),
                           .passed = reader.required_bool("passed"),
                           .metadata = all_metadata()};
  if (reader.required_string("severity") == "WARN") check.severity = pipes::check_severity::warn;
  if (auto const r = reader.finish(); !r) return r;
  return step.check(std::move(check));
}

result<void> log_each_level(process& step) {
  using pipes::log_level;
  for (auto const& [level, name] : {std::pair{log_level::debug, "Debug"}, std::pair{log_level::info, "Info"},
                                    std::pair{log_level::warning, "Warning"}, std::pair{log_level::error, "Error"},
                                    std::pair{log_level::critical, "Critical"}})
    if (auto const sent = step.log(level, std::string{name} + " message"); !sent) return sent;
  return {};
}

json::value text_or_null(std::optional<std::string> const& text) { return text ? json::value{*text} : json::value{}; }

template <class Range>
json::value range_or_null(std::optional<Range> const& range) {
  return range ? json::value{json::array{range->start, range->end}} : json::value{};
}

/// All that is known of the step, to be looked at on the other side.
json::value context_document(pipes::context const& c) {
  json::object versions, provenances;
  for (auto const& [key, version] : c.code_version_by_asset_key) versions.emplace_back(key, text_or_null(version));
  for (auto const& [key, made] : c.provenance_by_asset_key)
    provenances.emplace_back(key, made ? text_or_null(made->code_version) : json::value{});
  return json::object{{"asset_keys", json::array{c.asset_keys.begin(), c.asset_keys.end()}},
                      {"code_versions", std::move(versions)},
                      {"provenances", std::move(provenances)},
                      {"partition_key", text_or_null(c.partition_key)},
                      {"partition_key_range", range_or_null(c.partition_key_range)},
                      {"partition_time_window", range_or_null(c.partition_time_window)},
                      {"run_id", c.run_id},
                      {"job_name", text_or_null(c.job_name)},
                      {"retry_number", json::value::integer(c.retry_number)},
                      {"extras", c.extras}};
}

/// What the suite asks of every test that names them.
result<void> check_expectations(process& step, options const& given) {
  if (auto const name = given.find("job-name"); name != given.end() && step.about().job_name != name->second)
    return make_error(errc::refused, "the job is " + step.about().job_name.value_or("none") + ", not " + name->second);
  if (auto const file = given.find("extras"); file != given.end()) {
    auto const expected = read_document(file->second);
    if (!expected) return expected.error();
    if (json::canonical(*expected) != json::canonical(step.about().extras))
      return make_error(errc::refused, "the extras are " + json::canonical(step.about().extras));
  }
  return {};
}

result<void> report_payload(process& step, options const& given) {
  auto const document = read_document(given.at("custom-payload"));
  if (!document) return document.error();
  auto const* payload = document->find("payload");
  return payload != nullptr ? step.custom(*payload) : make_error(errc::missing_member, "no payload is given");
}

/// Four threads, so that lines can mix if anything lets them.
result<void> send_many(process& step) {
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&step] {
      for (int n = 0; n < 50; ++n) (void)step.custom(std::string(300, 'x'));
    });
  return {};
}

result<void> run_test(process& step, std::string const& name, options const& given) {
  if (auto const r = check_expectations(step, given); !r) return r;
  if (name == "test_components") return step.custom("Hello from external process!");
  if (name == "test_extras") return {};
  if (name == "test_error_reporting") return make_error(errc::refused, "Very bad error has happened!");
  if (name == "test_message_log") return log_each_level(step);
  if (name == "test_message_report_custom_message") return report_payload(step, given);
  if (name == "test_message_report_asset_materialization")
    return report_materialization(step, given.at("report-asset-materialization"));
  if (name == "test_message_report_asset_check") return report_check(step, given.at("report-asset-check"));
  // What the suite does not ask.
  if (name == "external_stream") {
    if (auto const sent = step.stream(false, "on stdout"); !sent) return sent;
    return step.stream(true, "on stderr");
  }
  if (name == "context") return step.custom(context_document(step.about()));
  if (name == "many") return send_many(step);
  if (name == "log_text") return step.log(pipes::log_level::info, waybill::read_file(given.at("text")).value());
  return make_error(errc::usage, "there is no test of the name " + name);
}

/// The reported failure has a cause, so that it can be seen on the other side.
pipes::exception told(waybill::error const& e) {
  auto out = pipes::exception_of(e);
  out.stack = {"run_test\n", "main\n"};
  out.cause = std::make_shared<pipes::exception>(pipes::exception{.message = "the cause", .name = "Cause"});
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words{argv + 1, argv + argc};
  auto const encoded = pipes::or_environment(pipes::take_parameters(words), waybill_cli::environment);
  waybill_cli::network net{{}};
  auto step = process::start(encoded, [&](std::string const& bucket) { return net.open_bucket(bucket); });
  if (!step) {
    std::fprintf(stderr, "pipes_probe: %s\n", step.error().message().c_str());
    return 65;
  }
  auto const given = read_options(words);
  auto const name = given.find("test-name");
  auto const done =
      name == given.end() ? make_error(errc::usage, "--test-name is missing") : run_test(*step, name->second, given);
  auto const ended = done ? step->finish() : step->fail(told(done.error()));
  for (auto const& failed : {done, ended})
    if (!failed) std::fprintf(stderr, "pipes_probe: %s\n", failed.error().message().c_str());
  return done && ended ? 0 : 1;
}

#include "step.hpp"

#include <waybill/json/value.hpp>

#include <string>
#include <utility>

#include "common/settings.hpp"

namespace waybill_cli {
namespace json = waybill::json;
namespace pipes = waybill::dagster_pipes;
using waybill::result;
using waybill::dagster::process;

namespace {

/// The command line, and what it says of the step; as long as the program runs.
struct command_line {
  std::vector<std::string> words;
  pipes::encoded_parameters step;
};

command_line& line() {
  static command_line one;
  return one;
}

}  // namespace

std::vector<char const*> take_step_parameters(int argc, char const* const* argv) {
  line().words.assign(argv, argv + argc);
  line().step = pipes::or_environment(pipes::take_parameters(line().words), environment);
  std::vector<char const*> out;
  for (auto const& word : line().words) out.push_back(word.c_str());
  return out;
}

result<answer> run_step(context const& world, std::function<result<answer>(process&)> const& work) {
  auto step = process::start(line().step, [&](std::string const& bucket) { return world.net->open_bucket(bucket); });
  if (!step) return step.error();
  auto done = work(*step);
  if (done && done->exit == 0) {
    auto const finished = step->finish();
    return finished ? done : finished.error();
  }
  auto const why = done ? pipes::exception{.message = "ended with exit code " + std::to_string(done->exit),
                                           .name = "exit_" + std::to_string(done->exit)}
                        : pipes::exception_of(done.error());
  if (auto const told = step->fail(why); !told) world.out.note("Dagster was not told: " + told.error().message());
  return done;
}

result<void> report_made(process& step, pipes::materialization made) {
  if (!step.inside() || !step.about().asset_keys.empty()) return step.materialize(std::move(made));
  json::object values;
  for (auto const& [label, one] : made.metadata) json::set_member(values, label, one.raw());
  return step.custom(json::object{{"data_version", made.data_version ? json::value{*made.data_version} : json::value{}},
                                  {"metadata", std::move(values)}});
}

}  // namespace waybill_cli

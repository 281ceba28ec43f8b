#include <waybill/driver/dagster/report.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/scan/file.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "common/child.hpp"
#include "step.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace dagster = waybill::dagster;
namespace json = waybill::json;
namespace pipes = waybill::dagster_pipes;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

constexpr std::size_t largest_result = std::size_t{256} << 20;

struct exec_flags {
  std::vector<std::string> words;
  std::string asset;
};

/// A command of the kit, the one beside this program before any other.
result<std::vector<std::string>> command_of(exec_flags const& flags) {
  auto words = flags.words;
  std::filesystem::path const program{words.front()};
  if (!program.filename().string().starts_with("waybill"))
    return make_error(errc::usage, "exec runs the waybill commands, whose results it can read, not " + words.front());
  std::error_code failed;
  auto const beside = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path() / program;
  if (!program.has_parent_path() && ::access(beside.c_str(), X_OK) == 0) words.front() = beside.string();
  return words;
}

/// The command with `--json`, unless it says how it prints.
std::vector<std::string> with_json(std::vector<std::string> words) {
  auto const end = std::ranges::find(words, "--");
  if (std::none_of(words.begin(), end, [](std::string const& w) { return w.starts_with("--json"); }))
    words.insert(words.begin() + 1, "--json");
  return words;
}

/// Outside of Dagster this program becomes the command.
waybill::error become(std::vector<std::string> const& words) {
  std::vector<char*> arguments;
  for (auto const& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  ::execvp(arguments.front(), arguments.data());
  return waybill::system_error(errno, "cannot be started", words.front());
}

/// What a program prints, which is passed on to our output where people read it. A stop is passed on to the program.
result<std::string> pass_output(int from, child const& program, context const& world) {
  std::string out;
  std::array<char, 65536> buffer;
  for (bool asked = false;;) {
    if (world.stop.stop_requested() && !std::exchange(asked, true)) program.ask(SIGTERM);
    pollfd waiting{.fd = from, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, 50) <= 0) continue;
    auto const n = ::read(from, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return waybill::system_error(errno, "the command's output cannot be read");
    if (n == 0) return out;
    std::string_view const part{buffer.data(), static_cast<std::size_t>(n)};
    if (out.size() + part.size() > largest_result) return make_error(errc::too_large, "the command prints too much");
    out.append(part);
    if (world.out.format != output_format::text) continue;
    if (auto const written = world.out.write(part); !written) return written.error();
  }
}

/// The failure that a command's document tells, or its exit code.
pipes::exception failure_of(json::value const& document, int code) {
  pipes::exception out{.message = "ended with exit code " + std::to_string(code),
                       .name = "exit_" + std::to_string(code)};
  auto const* told = document.find("error");
  if (told == nullptr) return out;
  auto const text = [&](char const* name) {
    auto const* v = told->find(name);
    return v != nullptr && v->as_string() != nullptr ? *v->as_string() : std::string{};
  };
  if (!text("detail").empty()) out.message = (text("path").empty() ? "" : text("path") + ": ") + text("detail");
  if (!text("code").empty()) out.name = text("code");
  return out;
}

result<answer> run_inside(context& world, exec_flags const& flags, std::vector<std::string> const& command,
                          dagster::process& step) {
  for (char const* variable : {pipes::context_variable, pipes::messages_variable}) ::unsetenv(variable);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return waybill::system_error(errno, "no pipe for the command");
  waybill::file_descriptor const reading{ends[0]};
  waybill::file_descriptor writing{ends[1]};
  auto program = child::start(with_json(command), writing.get());
  writing.reset();
  if (!program) return program.error();
  auto const printed = pass_output(reading.get(), *program, world);
  if (!printed) return printed.error();
  int const code = program->wait();
  if (world.stop.stop_requested()) return make_error(errc::interrupted, "stopped on request", command.front());
  auto parsed = json::parse(*printed);
  auto const document = parsed ? std::move(*parsed) : json::value{json::object{}};
  answer out{
      .members = {{"exit", json::value::integer(std::int64_t{code})}, {"result", document}}, .text = {}, .exit = code};
  if (code != 0) {
    auto const told = step.fail(failure_of(document, code));
    return told ? result<answer>{std::move(out)} : told.error();
  }
  auto const* hash = document.find("top_hash");
  auto const made = report_made(
      step, {.asset_key = flags.asset,
             .metadata = dagster::metadata_of(document),
             .data_version = hash != nullptr && hash->as_string() ? std::optional{*hash->as_string()} : std::nullopt});
  return made ? result<answer>{std::move(out)} : made.error();
}

application::action exec_verb(CLI::App& sub) {
  auto flags = std::make_shared<exec_flags>();
  sub.add_option("COMMAND", flags->words, "The command, behind --: waybill push …")->required();
  sub.add_option("--asset", flags->asset, "Key of the asset it makes, where the step makes several");
  return [=](context& world) -> result<answer> {
    auto const command = command_of(*flags);
    if (!command) return command.error();
    return run_step(world, [&](dagster::process& step) -> result<answer> {
      if (step.inside()) return run_inside(world, *flags, *command, step);
      return become(world.out.format == output_format::text ? *command : with_json(*command));
    });
  };
}

}  // namespace

void add_exec_verb(application& app) {
  app.verb("exec", "Run a waybill command as a step of Dagster, and report its result", exec_verb);
}

}  // namespace waybill_cli

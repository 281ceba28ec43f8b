#include "common/application.hpp"

#include <waybill/version.hpp>

#include <exception>
#include <filesystem>
#include <new>
#include <string_view>

#include "common/exit_code.hpp"
#include "common/stopper.hpp"

namespace waybill_cli {
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

/// `--json` counts even where the rest of the line cannot be parsed: errors of usage are documents, too.
output_format wanted_format(int argc, char const* const* argv) {
  for (int i = 1; i < argc; ++i) {
    std::string_view const word = argv[i];
    if (word == "--") break;
    if (word == "--json=lines") return output_format::json_lines;
    if (word == "--json" || word.starts_with("--json=")) return output_format::json;
  }
  return output_format::text;
}

}  // namespace

application::application(std::string name, std::string description, time_limit limit)
    : app_{std::move(description), std::move(name)}, limit_{limit} {
  app_.set_version_flag("--version", app_.get_name() + " " WAYBILL_VERSION_STRING);
  app_.fallthrough();
  app_.require_subcommand(1);
  app_.add_flag("--json{json}", options_.json, "One JSON document on stdout; =lines prints lists one object a line");
  app_.add_option("--registry", options_.registry, "Directory, or s3://BUCKET, of the registry");
  app_.add_option("--progress", options_.progress, "auto, bar, json or none; on stderr");
  app_.add_option("--jobs", options_.jobs, "Workers (default: one per core; four with a registry on S3)");
  app_.add_option("--timeout", options_.timeout,
                  limit == time_limit::run ? "Stop after that many seconds, resumable"
                                           : "Give up on a transfer after so many seconds without a byte (5)");
  app_.add_option("--allow-host", options_.allowed_hosts, "Read places on this host, public or not (repeatable)")
      ->allow_extra_args(false);
  app_.add_flag("--allow-file-keys", options_.allow_file_keys, "Read local files that a downloaded manifest names");
  app_.add_flag("--force-unsafe-refs", options_.force_unsafe_refs, "Use a service that ignores conditional writes");
  app_.add_flag("--dry-run", options_.dry_run, "Say what would be done, change nothing");
  app_.add_flag("-q,--quiet", options_.quiet, "No remarks on stderr");
  app_.add_flag("-v,--verbose", options_.verbosity, "More remarks on stderr");
  app_.add_flag("--no-input", options_.no_input, "Never ask (waybill never does)");
}

void application::verb(std::string const& name, std::string const& description,
                       std::function<action(CLI::App&)> const& define, kind what) {
  auto* sub = app_.add_subcommand(name, description);
  verbs_.emplace_back(sub, define(*sub));
  if (what == kind::transfer)
    sub->add_option("--max-bandwidth", options_.max_bandwidth,
                    "Bytes a second over the network, all transfers together: 500k, 10M (no effect on directories)");
}

result<context> application::make_context(std::stop_token const& stop) {
  std::string workspace;
  if (auto const here = present_workspace()) workspace = here->directory();
  auto config = settings::load(workspace);
  if (!config) return config.error();
  context world;
  world.config = std::move(*config);
  if (!options_.registry.empty()) world.config.set_flag("registry", options_.registry);
  if (!options_.jobs.empty()) world.config.set_flag("jobs", options_.jobs);
  if (!options_.progress.empty()) world.config.set_flag("progress", options_.progress);
  world.dry_run = options_.dry_run;
  world.allow_file_keys = options_.allow_file_keys;
  world.stop = stop;
  if (limit_ == time_limit::silence) world.stall = options_.timeout;

  auto const progress = world.config.get("progress").value;
  auto& out = world.out;
  out.quiet = options_.quiet;
  out.verbosity = options_.verbosity;
  if (progress == "bar") out.progress = progress_mode::bar;
  else if (progress == "json") out.progress = progress_mode::json;
  else if (progress == "none") out.progress = progress_mode::none;
  else if (progress != "auto")
    return make_error(errc::usage, "progress is auto, bar, json or none, not \"" + progress + "\"");
  auto const jobs = world.config.get("jobs").value;
  if (jobs.empty() || jobs.size() > 4 || jobs.find_first_not_of("0123456789") != std::string::npos)
    return make_error(errc::usage, "jobs is a number of workers, not \"" + jobs + "\"");
  std::uint64_t max_bandwidth = 0;
  if (options_.max_bandwidth) {
    auto const rate = parse_rate(*options_.max_bandwidth);
    if (!rate) return make_error(errc::usage, "--max-bandwidth: " + rate.error().detail);
    max_bandwidth = *rate;
    out.detail("network transfers take at most " + std::to_string(*rate) + " bytes a second");
  }
  for (auto const& line : world.config.warnings()) out.note("waybill: warning: " + line);
  world.net = std::make_shared<network>(network_options{.allowed_hosts = options_.allowed_hosts,
                                                        .force_unsafe_refs = options_.force_unsafe_refs,
                                                        .max_bandwidth = max_bandwidth,
                                                        .stop = stop,
                                                        .remark = [out](std::string_view line) { out.detail(line); }});
  return world;
}

result<answer> application::run_chosen(context& world) {
  for (auto const& [sub, act] : verbs_)
    if (sub->parsed()) return act(world);
  return make_error(errc::usage, "no verb given; see --help");
}

int application::run(int argc, char const* const* argv) {
  console early;
  early.format = wanted_format(argc, argv);
  try {
    app_.parse(argc, argv);
  } catch (CLI::Success const& asked) {  // --help, --version
    return app_.exit(asked);
  } catch (CLI::ParseError const& e) {
    return early.print(make_error(errc::usage, std::string{e.what()} + "; see " + app_.get_name() + " --help"));
  }
  if (auto const& form = options_.json; !form.empty() && form != "json" && form != "lines")
    return early.print(
        make_error(errc::usage, "--json is one document, --json=lines one object a line; not \"" + form + "\""));
  std::optional<std::chrono::duration<double>> limit;
  if (options_.timeout && limit_ == time_limit::run) limit = std::chrono::duration<double>{*options_.timeout};
  stopper const signals{limit};
  try {
    auto world = make_context(signals.token());
    if (!world) return early.print(world.error());
    world->out.format = early.format;
    auto const done = run_chosen(*world);
    std::string verb;
    for (auto const* sub : app_.get_subcommands()) verb = sub->get_name();
    int const code = done ? world->out.print(verb, *done) : world->out.print(done.error());
    if (!done && done.error().code == waybill::condition::interrupted) return signals.exit_code().value_or(code);
    return code;
  } catch (std::filesystem::filesystem_error const& e) {
    return early.print(waybill::system_error(e.code().value(), "cannot be used", e.path1().string()));
  } catch (std::bad_alloc const&) {
    return early.print(make_error(errc::temporary, "out of memory"));
  } catch (std::exception const& e) {
    return early.print(make_error(errc::permanent, std::string{"unexpected: "} + e.what()));
  }
}

}  // namespace waybill_cli

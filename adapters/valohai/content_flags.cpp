#include "content_flags.hpp"

#include <waybill/hash/openssl.hpp>
#include <waybill/scan/listing.hpp>

#include "report.hpp"

namespace waybill_cli {
namespace valohai = waybill::valohai;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

/// Where the digests of a content directory are kept from run to run.
std::string cache_file_of(std::string const& content) {
  auto const name = waybill::hash_bytes<waybill::sha256_hasher>(waybill::as_bytes(content)).hex();
  return cache_home() + "/valohai/" + name.substr(0, 32);
}

result<valohai::missing_checksum_policy> parse_missing(std::string const& word, bool compat) {
  using policy = valohai::missing_checksum_policy;
  if (word.empty()) return compat ? policy::keep : policy::upload;
  if (word == "upload") return policy::upload;
  if (word == "keep") return policy::keep;
  if (word == "download") return policy::download;
  return make_error(errc::usage, "--on-missing-checksum is upload, keep or download, not \"" + word + "\"");
}

result<valohai::duplicate_policy> parse_duplicates(std::string const& word) {
  if (word.empty() || word == "refuse") return valohai::duplicate_policy::refuse;
  if (word == "last") return valohai::duplicate_policy::last_one;
  return make_error(errc::usage, "--duplicates is refuse or last, not \"" + word + "\"");
}

}  // namespace

void define_api_flags(CLI::App& sub, api_flags& flags) {
  sub.add_option("--token-file", flags.token_file, "File with the API token, - for standard input (VH_API_TOKEN)");
  sub.add_option("--stall", flags.stall, "Give up a transfer after so many seconds without a byte")->default_val(30);
}

void content_flags::define(CLI::App& sub) {
  sub.add_option("--content", content, "Directory that is to become the dataset's content");
  sub.add_flag("--flat", flat, "Name files by the last part of their paths");
  sub.add_flag("--compat", compat, "Behave as the published programs, except where they lose data");
  sub.add_flag("--pass-sidecars", pass_sidecars, "Pass x.metadata.json on as metadata of x");
  sub.add_option("--on-missing-checksum", missing, "upload, keep or download what the platform has no checksum of");
  sub.add_option("--duplicates", duplicates, "refuse two data of one name, or let the last one count");
  sub.add_option("--version-name", version_name, "Name of the new version (default: the time, UTC)");
  sub.add_option("--stat-cache", stat_cache, "File that keeps digests for the next run, or none");
  sub.add_option("--staging", staging, "Directory for unfinished files where outputs cannot hold unnamed ones");
  define_api_flags(sub, api);
}

result<void> fill(std::string& option, valohai::parameters const& from, std::string_view name) {
  if (!option.empty()) return {};
  auto given = from.text(name);
  if (!given) return given.error();
  if (*given) option = std::move(**given);
  return {};
}

result<void> fill(bool& option, valohai::parameters const& from, std::string_view name) {
  auto const given = from.flag(name);
  if (!given) return given.error();
  option = option || given->value_or(false);
  return {};
}

result<void> fill_common(context& world, valohai::parameters const& from) {
  if (world.config.get("jobs").origin == "default") {
    auto const jobs = from.text("jobs");
    if (!jobs) return jobs.error();
    if (auto const& n = *jobs; n && n->size() <= 4 && n->find_first_not_of("0123456789") == std::string::npos)
      world.config.set_flag("jobs", *n);
    else if (n) return make_error(errc::usage, "the parameter jobs is a number of workers, not \"" + *n + "\"");
  }
  return fill(world.dry_run, from, "dry-run");
}

result<void> content_flags::complete(valohai::parameters const& from) {
  for (auto const& [option, name] : {std::pair{&content, "content"}, std::pair{&missing, "on-missing-checksum"},
                                     std::pair{&duplicates, "duplicates"}, std::pair{&version_name, "version-name"}})
    if (auto const r = fill(*option, from, name); !r) return r;
  for (auto const& [option, name] :
       {std::pair{&flat, "flat"}, std::pair{&compat, "compat"}, std::pair{&pass_sidecars, "pass-sidecars"}})
    if (auto const r = fill(*option, from, name); !r) return r;
  return {};
}

result<valohai::update_settings> content_flags::settings(context const& world) const {
  if (content.empty()) return make_error(errc::usage, "which directory is the content? give --content DIR");
  auto const on_missing = parse_missing(missing, compat);
  if (!on_missing) return on_missing.error();
  auto const on_duplicates = parse_duplicates(duplicates);
  if (!on_duplicates) return on_duplicates.error();
  valohai::update_settings out{.content = content,
                               .names = {.flat = flat, .pass_sidecars = pass_sidecars},
                               .missing = *on_missing,
                               .duplicates = *on_duplicates,
                               .version_name = version_name,
                               .now = context::now()};
  auto const root = waybill::detail::real_path(content);
  if (!root) return root.error();
  if (stat_cache != "none") out.cache_file = stat_cache.empty() ? cache_file_of(*root) : stat_cache;
  out.save_cache = !world.dry_run;
  out.on_progress = metadata_reporter(world);
  return out;
}

result<std::optional<valohai::output_directory>> content_flags::open_outputs(context const& world,
                                                                             platform const& around) const {
  if (world.dry_run) return std::optional<valohai::output_directory>{};
  auto opened = valohai::output_directory::open(around.outputs(), staging);
  if (!opened) return opened.error();
  return std::optional{std::move(*opened)};
}

}  // namespace waybill_cli

#include <waybill/registry/lazy.hpp>

#include <filesystem>

#include "placing.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace fs = std::filesystem;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

/// Whether the first word is a directory: no key starts so, or an installation of its own is there.
bool names_directory(std::string const& word) {
  if (word == "." || word == ".." || word.starts_with('/') || word.starts_with("./") || word.starts_with("../"))
    return true;
  std::error_code failed;
  return fs::is_regular_file(fs::path{word} / ".waybill/installed.json", failed);
}

/// Takes the directory from the words; without one it is the present workspace's. @errors errc::no_workspace
result<std::string> directory_of(place_options const& o, std::vector<std::string>& words) {
  if (!o.directory.empty()) return o.directory;
  if (!words.empty() && names_directory(words.front())) {
    auto directory = std::move(words.front());
    words.erase(words.begin());
    return directory;
  }
  auto const here = present_workspace();
  if (!here) return here.error();
  return here->directory();
}

answer fetch_answer(context const& world, waybill::fetch_report const& report, waybill::package const& p,
                    std::string const& directory) {
  auto out = report_answer(report.placed, p, directory);
  std::erase_if(out.members, [](auto const& member) { return member.first == "placeholders"; });
  out.members.emplace_back("kept", strings(report.kept));
  out.text = counted(report.placed.added.size() + report.placed.replaced.size(), "file") + ", " +
             human_bytes(report.placed.bytes_transferred) + (world.dry_run ? " would be fetched; " : " fetched; ") +
             counted(report.placed.unchanged, "file") + ", " + human_bytes(report.placed.bytes_kept) +
             " there already\n";
  for (auto const& key : report.kept) out.text += "  " + key + " kept: it was changed since it was installed\n";
  return out;
}

application::action fetch_verb(CLI::App& sub) {
  struct options {
    place_options placing;
    std::vector<std::string> words;
  };
  auto o = std::make_shared<options>();
  sub.add_option("DIR KEY", o->words, "Installed directory (default: the present one's); keys, DIR/ or globs");
  sub.add_option("--location", o->placing.directory, "Installed directory");
  add_placing(sub, o->placing);
  return [=](context& world) -> result<answer> {
    auto words = o->words;
    auto const directory = directory_of(o->placing, words);
    if (!directory) return directory.error();
    std::optional<std::string> tag;
    auto const p = installed_package(world, *directory, tag);
    if (!p) return p.error();
    auto placing = placing_of(world, o->placing);
    if (!placing) return placing.error();
    auto const cache = cache_of(world, *directory);
    placing->cache = &cache;
    auto const partials = world.open_partials(p->source());
    placing->partials = partials.get();
    auto contents = world.contents_of(p->source());
    if (!contents) return contents.error();
    auto const done = waybill::fetch_entries(*directory, words, **contents, *placing, world.control(p->source()));
    if (!done) return done.error();
    warn_of_collisions(world, done->placed);
    return fetch_answer(world, *done, *p, *directory);
  };
}

}  // namespace

void add_fetch_verbs(application& app) {
  app.verb("fetch", "Get the bytes that install --lazy left out", fetch_verb, application::kind::transfer);
}

}  // namespace waybill_cli

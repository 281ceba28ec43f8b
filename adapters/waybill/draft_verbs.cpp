#include <filesystem>

#include "drafts.hpp"
#include "staging.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace fs = std::filesystem;
namespace json = waybill::json;
using waybill::errc;
using waybill::make_error;
using waybill::package_builder;
using waybill::result;

namespace {

/// The key a path gets when none is given: the path itself below here, else its last name; empty for `.`.
std::string key_of_path(std::string const& path) {
  auto const clean = fs::path{without_slash(path)}.lexically_normal();
  auto const text = clean.string();
  if (text == "." || text.empty()) return {};
  if (clean.is_absolute() || text.starts_with("..")) return clean.filename().string();
  return text;
}

/// A source on S3 without KEY: its last name.
std::string key_of_place(std::string const& source) {
  auto const name = without_slash(source.substr(0, source.find('?')));
  return name.substr(name.rfind('/') + 1) + (source.ends_with('/') ? "/" : "");
}

result<std::string> add_source(context& world, package_builder& draft, std::string const& key,
                               std::string const& source) {
  if (is_bucket_place(source)) {
    auto const done = stage_bucket_place(world, draft, key, source);
    if (!done) return done.error();
    return "Adding " + source + " to " + draft.name().str() + " as " + key + " (" + staged_text(*done) + ")";
  }
  if (source.find("://") != std::string::npos && !source.starts_with("file://"))
    return make_error(errc::unsupported,
                      "waybill adds local files and directories, s3:// places, and packages with --package", source);
  auto const name = without_slash(key);
  if (fs::is_directory(source)) {
    auto const added = draft.add_directory(name, source);
    if (!added) return added.error();
    return "Adding contents of directory " + source + " to " + draft.name().str() + " as " +
           (name.empty() ? "" : name + "/") + "... (" + counted(*added, "file") + ")";
  }
  auto const target =
      key.ends_with('/') || key.empty() ? (name.empty() ? "" : name + "/") + fs::path{source}.filename().string() : key;
  if (auto const set = draft.set_file(target, source); !set) return set.error();
  return "Adding " + source + " to " + draft.name().str() + " as " + target;
}

application::action init_verb(CLI::App& sub) {
  auto name = std::make_shared<std::string>();
  sub.add_option("NAME", *name, "ns/name; with :tag or @hash the draft starts from that version")->required();
  return [=](context& world) -> result<answer> {
    auto const ref = waybill::parse_package_ref(*name);
    if (!ref) return ref.error();
    auto const place = waybill::workspace::at(".");
    if (!place) return place.error();
    auto const present = place->load_draft();
    if (!present) return present.error();
    if (*present && (*present)->name() != ref->name && !(*present)->draft().entries().empty() &&
        !(*present)->top_hash())
      return make_error(errc::collision,
                        "a draft of " + (*present)->name().str() +
                            " with unpublished changes is here; publish it or remove .waybill/draft.json",
                        place->directory());
    auto draft = package_builder{ref->name};
    if (ref->tag || ref->hash) {
      auto const base = world.open_package(*name);
      if (!base) return base.error();
      draft = package_builder{*base};
    }
    if (!world.dry_run)
      if (auto const saved = keep_draft(*place, draft); !saved) return saved.error();
    return draft_answer(draft, "New PackageBuilder " + ref->name.str() + " created");
  };
}

application::action add_verb(CLI::App& sub) {
  struct options {
    std::vector<std::string> words;
    std::string package;
  };
  auto o = std::make_shared<options>();
  sub.add_option("PATH | KEY SOURCE...", o->words, "A file or directory; or a key and what to put there");
  auto* package = sub.add_option("--package", o->package, "Add the entries of a package, optionally below PREFIX")
                      ->allow_extra_args(false);
  return [=](context& world) -> result<answer> {
    return change_draft(world, [&](package_builder& draft) -> result<std::string> {
      if (*package) {
        if (o->words.size() > 1) return make_error(errc::usage, "add --package REF takes at most one PREFIX");
        auto const other = world.load(o->package);
        if (!other) return other.error();
        auto const prefix = o->words.empty() ? std::string{} : without_slash(o->words.front());
        auto const added = draft.add_package(*other, prefix);
        if (!added) return added.error();
        return "Adding " + counted(*added, "entry", "entries") + " of " + o->package + " to " + draft.name().str();
      }
      if (o->words.empty()) return make_error(errc::usage, "add takes a PATH, a KEY and its SOURCE, or --package REF");
      if (o->words.size() == 1) {
        auto const& path = o->words.front();
        if (is_bucket_place(path)) return add_source(world, draft, key_of_place(path), path);
        return add_source(world, draft, fs::is_directory(path) ? key_of_path(path) + "/" : key_of_path(path), path);
      }
      std::string said;
      for (std::size_t i = 1; i < o->words.size(); ++i) {
        auto const key = o->words.size() > 2 && !o->words[0].ends_with('/') ? o->words[0] + "/" : o->words[0];
        auto const one = add_source(world, draft, key, o->words[i]);
        if (!one) return one;
        said += (i == 1 ? "" : "\n") + *one;
      }
      return said;
    });
  };
}

application::action set_verb(CLI::App& sub) {
  struct options {
    std::string key, source, meta;
  };
  auto o = std::make_shared<options>();
  sub.add_option("KEY", o->key, "Logical key")->required();
  sub.add_option("SOURCE", o->source, "File, or s3://BUCKET/KEY, which stays where it is")->required();
  auto* meta = sub.add_option("--meta", o->meta, "Metadata of the entry, JSON (default: keep what it has)");
  return [=](context& world) -> result<answer> {
    return change_draft(world, [&](package_builder& draft) -> result<std::string> {
      std::optional<json::value> value;
      if (*meta) {
        auto parsed = parse_metadata(o->meta, "--meta");
        if (!parsed) return parsed.error();
        value = std::move(*parsed);
      }
      if (is_bucket_place(o->source)) {
        if (o->source.ends_with('/'))
          return make_error(errc::usage, "set takes one object; add KEY/ " + o->source + " takes all below", o->source);
        auto const done = stage_bucket_place(world, draft, o->key, o->source, value);
        if (!done) return done.error();
        return "Setting logical key " + o->key + " as " + o->source + " (" + staged_text(*done) + ")";
      }
      if (auto const set = draft.set_file(o->key, o->source, std::move(value)); !set) return set.error();
      return "Setting logical key " + o->key + " as " + o->source;
    });
  };
}

}  // namespace

void add_draft_verbs(application& app) {
  app.verb("init", "Start a draft of a package in this directory", init_verb);
  app.verb("add", "Stage files, directories or another package's entries", add_verb);
  app.verb("set", "Stage one file under a key", set_verb);
}

}  // namespace waybill_cli

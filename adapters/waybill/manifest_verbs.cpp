#include <waybill/scan/hash_file.hpp>
#include <waybill/scan/placeholder.hpp>
#include <waybill/scan/tree_manifest.hpp>

#include <filesystem>

#include "manifest_output.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace fs = std::filesystem;
namespace json = waybill::json;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

/// The manifest of a directory in which placeholders count as the entries they stand for.
result<answer> lazy_manifest(context& world, waybill::manifest_header header, waybill::scanned_tree const& tree,
                             waybill::installed_package const& p, std::string const& target) {
  auto m = waybill::manifest::create(std::move(header), waybill::entries_of(tree, p.known_placeholders()).entries);
  if (!m) return m.error();
  return write_manifest_answer(world, *m, target);
}

application::action manifest_verb(CLI::App& sub) {
  struct options {
    std::string directory, output, message, meta;
  };
  auto o = std::make_shared<options>();
  sub.add_option("DIR", o->directory, "Directory to scan")->required();
  sub.add_option("-o,--output", o->output, "Manifest file (default: stdout; - is stdout)");
  auto* message = sub.add_option("-m,--message", o->message, "Message in the header");
  auto* meta = sub.add_option("--meta", o->meta, "Package metadata, JSON");
  return [=](context& world) -> result<answer> {
    waybill::manifest_header header;
    if (*meta) {
      auto value = parse_metadata(o->meta, "--meta");
      if (!value) return value.error();
      header.set_user_meta(std::move(*value));
    }
    header.set_message(*message ? std::optional<std::string_view>{o->message} : std::nullopt);
    auto const tree = world.scan(o->directory);
    if (!tree) return tree.error();
    auto const lazy = installed_lazily(o->directory);
    if (!lazy) return lazy.error();
    if (*lazy) return lazy_manifest(world, std::move(header), *tree, **lazy, o->output);
    auto const hash = write_to(world, o->output, [&](waybill::byte_sink& sink) -> result<waybill::digest> {
      return waybill::write_manifest(sink, header, *tree, world.control());
    });
    if (!hash) return hash.error();
    return written(*hash, tree->file_count(), tree->total_size(), o->output);
  };
}

/// Digests of files, each in every algorithm.
result<answer> hash_files(context& world, std::vector<std::string> const& paths,
                          std::vector<waybill::algorithm> const& algorithms) {
  answer out;
  json::array rows;
  for (auto const& path : paths) {
    auto const hashed = waybill::hash_file(path, algorithms, world.control());
    if (!hashed) return hashed.error();
    json::object digests;
    for (auto const& a : algorithms) {
      auto const* d = hashed->digests.find(a);
      digests.emplace_back(std::string{a.name()}, d->text());
      out.text += d->text() + "  " + path + "\n";
    }
    rows.push_back(json::object{{"path", path}, {"size", number(hashed->state.size)}, {"digests", std::move(digests)}});
  }
  out.rows = "files";
  out.members = {{"files", std::move(rows)}};
  return out;
}

answer top_hash_answer(waybill::digest const& top) {
  answer out;
  out.members = {{"top_hash", top.hex()}};
  out.text = top.hex() + "\n";
  return out;
}

/// The top hash of what a directory holds now.
result<waybill::digest> hash_directory(context& world, std::string const& directory) {
  auto const place = waybill::workspace::at(directory);
  if (!place) return place.error();
  auto const installed = place->load_installed();
  if (!installed) return installed.error();
  if (*installed) {
    auto const m = world.load_directory(directory, *installed);
    return m ? result<waybill::digest>{m->top_hash()} : m.error();
  }
  auto const tree = world.scan(directory);
  if (!tree) return tree.error();
  waybill::manifest_header header;
  header.set_message(std::nullopt);
  return waybill::top_hash_of(*tree, header, world.control());
}

application::action hash_verb(CLI::App& sub) {
  struct options {
    std::vector<std::string> what, algorithms;
    std::string manifest;
  };
  auto o = std::make_shared<options>();
  sub.add_option("FILE|DIR|REF", o->what, "Files; or one directory or package");
  sub.add_option("--algorithm", o->algorithms, "sha2-256-chunked (default), sha256, sha512, sha1, md5, crc64nvme")
      ->allow_extra_args(false);
  auto* manifest = sub.add_option("--manifest", o->manifest, "Top hash of this manifest file");
  return [=](context& world) -> result<answer> {
    bool const files = !*manifest && !o->what.empty() && (o->what.size() > 1 || fs::is_regular_file(o->what.front()));
    if (files) {
      std::vector<waybill::algorithm> algorithms;
      for (auto const& name : o->algorithms) {
        auto const a = waybill::find_algorithm(name);
        if (!a) return make_error(errc::usage, a.error().detail, a.error().path);
        algorithms.push_back(*a);
      }
      if (algorithms.empty()) algorithms.push_back(waybill::algorithms::sha2_256_chunked);
      return hash_files(world, o->what, algorithms);
    }
    if (o->what.size() + (*manifest ? 1 : 0) != 1)
      return make_error(errc::usage, "hash takes files, or one directory, package or --manifest FILE");
    if (!o->algorithms.empty())
      return make_error(errc::usage, "--algorithm is for files; a top hash is always SHA-256");
    if (!*manifest && fs::is_directory(o->what.front())) {
      auto const top = hash_directory(world, o->what.front());
      return top ? top_hash_answer(*top) : result<answer>{top.error()};
    }
    auto const m = *manifest ? world.load_path(o->manifest) : world.load(o->what.front());
    return m ? top_hash_answer(m->top_hash()) : result<answer>{m.error()};
  };
}

}  // namespace

void add_manifest_verbs(application& app) {
  app.verb("manifest", "Scan a directory into a Quilt manifest", manifest_verb);
  app.verb("hash", "Digests of files, or the top hash of a directory, package or manifest", hash_verb);
}

}  // namespace waybill_cli

#include <waybill/algebra/combine.hpp>
#include <waybill/algebra/select.hpp>
#include <waybill/manifest/writer.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/hash_file.hpp>

#include <filesystem>

#include "verbs.hpp"

namespace waybill_cli {
namespace fs = std::filesystem;
namespace json = waybill::json;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

/// Standard output as a sink.
class console_sink final : public waybill::byte_sink {
 public:
  explicit console_sink(console const& out) : out_{&out} {}
  result<void> write(waybill::byte_view bytes) override { return out_->write(waybill::as_text(bytes)); }

 private:
  console const* out_;
};

/// Accepts bytes and forgets them: `--json` without `-o` wants the figures only.
class null_sink final : public waybill::byte_sink {
 public:
  result<void> write(waybill::byte_view) override { return {}; }
};

/// Lets `fill` write a manifest to a file (which appears complete or not at all), to stdout, or nowhere.
template <class Fill>
result<waybill::digest> write_to(context& world, std::string const& target, Fill const& fill) {
  bool const documents = world.out.format != output_format::text;
  if (documents && target == "-")
    return make_error(errc::usage, "--json and a manifest cannot both go to stdout; use -o FILE");
  if (world.dry_run || (documents && target.empty())) {
    null_sink sink;
    return fill(sink);
  }
  if (target.empty() || target == "-") {
    console_sink sink{world.out};
    return fill(sink);
  }
  fs::path const path{target};
  auto const root = waybill::root_directory::open(path.has_parent_path() ? path.parent_path().string() : ".", false);
  if (!root) return root.error();
  auto file = root->create();
  if (!file) return file.error();
  waybill::file_sink sink{file->fd(), target};
  auto hash = fill(static_cast<waybill::byte_sink&>(sink));
  if (!hash) return hash;
  if (auto const placed = std::move(*file).commit(path.filename().string(), waybill::durability::each); !placed)
    return placed.error();
  return hash;
}

/// The document of a verb that wrote a manifest.
answer written(waybill::digest const& hash, std::uint64_t entries, std::uint64_t bytes, std::string const& target) {
  bool const to_file = !target.empty() && target != "-";
  answer out;
  out.members = {{"top_hash", hash.hex()},
                 {"entries", number(entries)},
                 {"bytes", number(bytes)},
                 {"path", to_file ? json::value{target} : json::value{}}};
  if (to_file) out.text = hash.hex() + "\n";
  return out;
}

answer written(waybill::manifest const& m, std::string const& target) {
  return written(m.top_hash(), m.entries().size(), m.total_size(), target);
}

result<answer> write_manifest_answer(context& world, waybill::manifest const& m, std::string const& target) {
  auto const hash = write_to(world, target, [&](waybill::byte_sink& sink) -> result<waybill::digest> {
    if (auto const done = waybill::write_manifest(sink, m); !done) return done.error();
    return m.top_hash();
  });
  if (!hash) return hash.error();
  return written(m, target);
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
    auto const hash = write_to(world, o->output, [&](waybill::byte_sink& sink) -> result<waybill::digest> {
      auto writer = waybill::manifest_writer::begin(sink, header);
      if (!writer) return writer.error();
      auto const all =
          tree->for_each([&](waybill::scanned_file const& f) { return writer->add(waybill::make_entry(f)); });
      if (!all) return all.error();
      return writer->finish();
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
    auto const m = *manifest                           ? world.load_path(o->manifest)
                   : fs::is_directory(o->what.front()) ? world.load_path(o->what.front())
                                                       : world.load(o->what.front());
    if (!m) return m.error();
    answer out;
    out.members = {{"top_hash", m->top_hash().hex()}};
    out.text = m->top_hash().hex() + "\n";
    return out;
  };
}

application::action shard_verb(CLI::App& sub) {
  struct options {
    std::string ref, output;
    std::uint64_t index = 0, count = 1;
  };
  auto o = std::make_shared<options>();
  sub.add_option("REF", o->ref, "Package, directory or manifest")->required();
  sub.add_option("--index", o->index, "Which part, from 0")->required();
  sub.add_option("--count", o->count, "How many parts")->required();
  sub.add_option("-o,--output", o->output, "Manifest file (default: stdout)");
  return [=](context& world) -> result<answer> {
    auto const m = world.load(o->ref);
    if (!m) return m.error();
    auto const part = waybill::shard(m->entries(), o->index, o->count);
    if (!part) return part.error();
    auto const sealed = waybill::manifest::create(m->header(), {part->begin(), part->end()},
                                                  {m->directories().begin(), m->directories().end()});
    if (!sealed) return sealed.error();
    return write_manifest_answer(world, *sealed, o->output);
  };
}

application::action combine_verb(CLI::App& sub) {
  struct options {
    std::vector<std::string> files;
    std::string output;
  };
  auto o = std::make_shared<options>();
  sub.add_option("F", o->files, "Manifest files, sorted parts of one dataset")->required();
  sub.add_option("-o,--output", o->output, "Manifest file (default: stdout)");
  return [=](context& world) -> result<answer> {
    std::vector<waybill::manifest> parts;
    for (auto const& file : o->files) {
      auto part = world.load_path(file);
      if (!part) return part.error();
      parts.push_back(std::move(*part));
    }
    auto const whole = waybill::combine(parts);
    if (!whole) return whole.error();
    return write_manifest_answer(world, *whole, o->output);
  };
}

}  // namespace

void add_manifest_verbs(application& app) {
  app.verb("manifest", "Scan a directory into a Quilt manifest", manifest_verb);
  app.verb("hash", "Digests of files, or the top hash of a directory, package or manifest", hash_verb);
  app.verb("shard", "One of several parts of a manifest", shard_verb);
  app.verb("combine", "Merge sorted parts into one manifest", combine_verb);
}

}  // namespace waybill_cli

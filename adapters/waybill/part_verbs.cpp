#include <waybill/algebra/combine.hpp>
#include <waybill/algebra/select.hpp>

#include "manifest_output.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace json = waybill::json;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

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

application::action sample_verb(CLI::App& sub) {
  struct options {
    std::string ref, name;
    std::uint64_t count = 0, seed = 0;
    double fraction = 0;
    std::vector<std::string> include;
  };
  auto o = std::make_shared<options>();
  sub.add_option("REF", o->ref, "Package to sample from")->required();
  auto* count = sub.add_option("--count", o->count, "How many entries");
  auto* fraction = sub.add_option("--fraction", o->fraction, "Which part of the entries, 0 to 1")->excludes(count);
  sub.add_option("--seed", o->seed, "Another seed gives another sample");
  sub.add_option("--include", o->include, "Only keys that match this glob (repeatable)")->allow_extra_args(false);
  sub.add_option("--name", o->name, "Name of the new package")->required();
  return [=](context& world) -> result<answer> {
    if (!*count && !*fraction) return make_error(errc::usage, "sample takes --count N or --fraction F");
    auto const p = world.open_package(o->ref);
    if (!p) return p.error();
    auto const name = waybill::package_name::parse(o->name);
    if (!name) return name.error();
    auto const eligible = waybill::select(p->manifest().entries(), waybill::key_filter{o->include});
    auto const wanted = *count ? result<std::uint64_t>{o->count} : waybill::sample_size(eligible.size(), o->fraction);
    if (!wanted) return wanted.error();
    waybill::manifest_header header = p->manifest().header();
    header.set_message("sample of " + p->name().str() + "@" + p->top_hash());
    auto const m = waybill::manifest::create(header, waybill::sample(eligible, *wanted, o->seed));
    if (!m) return m.error();
    answer out;
    out.members = push_members(m->top_hash().hex(), o->name, {}, {});
    out.members.emplace_back("entries", number(m->entries().size()));
    out.text = counted(m->entries().size(), "entry", "entries") + " of " + o->ref +
               ", no bytes moved\nTophash: " + m->top_hash().hex() + "\n";
    if (world.dry_run) return out;
    auto to = world.open_registry();
    if (!to) return to.error();
    if (auto const done = to->publish(*m, *name, {}, context::now(), false); !done) return done.error();
    return out;
  };
}

}  // namespace

void add_part_verbs(application& app) {
  app.verb("shard", "One of several parts of a manifest", shard_verb);
  app.verb("combine", "Merge sorted parts into one manifest", combine_verb);
  app.verb("sample", "A new package from part of another; no bytes are moved", sample_verb);
}

}  // namespace waybill_cli

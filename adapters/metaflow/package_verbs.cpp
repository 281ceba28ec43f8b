#include <waybill/registry/checkout.hpp>

#include <memory>

#include "task.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace lineage = waybill::lineage;
namespace metaflow = waybill::metaflow;
using waybill::result;

namespace {

struct package_flags {
  task_flags task;
  std::string ref, directory;
};

result<answer> keep(context const& world, metaflow::task& task, lineage::record_kind kind,
                    lineage::package_version version, std::string text) {
  auto const kept = task.note(kind, std::move(version));
  return kept ? result<answer>{record_answer(world, *kept, std::move(text))} : kept.error();
}

result<answer> read_package(context const& world, metaflow::task& task, package_flags const& flags) {
  auto const ref = waybill::parse_package_ref(flags.ref);
  if (!ref) return ref.error();
  auto const p = world.open_package(flags.ref);
  if (!p) return p.error();
  auto const cache = world.load_stat_cache(flags.directory, {waybill::algorithms::sha2_256_chunked});
  auto const partials = world.open_partials(p->source());
  waybill::materialise_options options;
  options.dry_run = world.dry_run;
  options.cache = &cache;
  options.partials = partials.get();
  auto contents = world.contents_of(p->source());
  if (!contents) return contents.error();
  auto const include = ref->path ? waybill::key_filter{{*ref->path}} : waybill::key_filter{};
  auto const done =
      waybill::install_package(*p, flags.directory, include, ref->tag, **contents, options, world.control(p->source()));
  if (!done) return done.error();
  auto const hash = p->top_hash();
  auto out = keep(world, task, lineage::record_kind::read, {p->name().str(), hash},
                  "Read " + p->name().str() + "@" + short_hash(hash) + " into " + flags.directory + "\n");
  if (!out) return out;
  auto const copied = done->added.size() + done->replaced.size();
  out->members.emplace_back("files_copied", waybill::json::value::integer(std::uint64_t{copied}));
  out->members.emplace_back("unchanged", waybill::json::value::integer(std::uint64_t{done->unchanged}));
  return out;
}

result<answer> write_package(context const& world, metaflow::task& task, package_flags const& flags) {
  auto const name = waybill::package_name::parse(flags.ref);
  if (!name) return name.error();
  auto to = world.open_registry_to_push();
  if (!to) return to.error();
  auto const cache = world.load_stat_cache(flags.directory, {waybill::algorithms::sha2_256_chunked});
  auto const begun = context::now();
  auto done = waybill::push_directory(*to, *name, flags.directory,
                                      {.tags = {}, .dry_run = world.dry_run, .now = begun, .cache = &cache},
                                      world.control(*to));
  if (!done) return done.error();
  if (done->fresh) world.keep_stat_cache(std::move(*done->fresh), done->tree.root(), begun);
  else world.keep_stat_cache(done->tree, begun);
  auto const hash = done->pushed.top_hash().hex();
  auto out = keep(world, task, lineage::record_kind::write, {name->str(), hash},
                  "Wrote " + name->str() + "@" + short_hash(hash) +
                      (done->new_version ? ": a new version, " : ": no change, ") +
                      counted(done->data.files_copied, "file") + " copied\n");
  if (!out) return out;
  out->members.emplace_back("new_version", done->new_version);
  out->members.emplace_back("files_copied", waybill::json::value::integer(std::uint64_t{done->data.files_copied}));
  return out;
}

application::action read_package_verb(CLI::App& sub) {
  auto flags = std::make_shared<package_flags>();
  sub.add_option("REF", flags->ref, "Package, with a tag or hash where not the latest version is meant")->required();
  sub.add_option("--location", flags->directory, "Directory it is installed in")->required();
  add_task(sub, flags->task);
  return [=](context& world) {
    return run_task(world, flags->task, [&](metaflow::task& task) { return read_package(world, task, *flags); });
  };
}

application::action write_package_verb(CLI::App& sub) {
  auto flags = std::make_shared<package_flags>();
  sub.add_option("NAME", flags->ref, "Package")->required();
  sub.add_option("DIR", flags->directory, "Directory whose state becomes its next version")->required();
  add_task(sub, flags->task);
  return [=](context& world) {
    return run_task(world, flags->task, [&](metaflow::task& task) { return write_package(world, task, *flags); });
  };
}

}  // namespace

void add_package_verbs(application& app) {
  app.verb("read-package", "Install a version of a package, and record that it was read", read_package_verb,
           application::kind::transfer);
  app.verb("write-package", "Push a directory as the next version of a package, and record it", write_package_verb,
           application::kind::transfer);
}

}  // namespace waybill_cli

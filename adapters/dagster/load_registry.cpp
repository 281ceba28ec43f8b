#include <waybill/driver/dagster/registry_load.hpp>

#include <utility>

#include "load.hpp"

namespace waybill_cli {
namespace dagster = waybill::dagster;
using waybill::errc;
using waybill::make_error;
using waybill::result;

result<answer> load_to_registry(loading const& job) {
  auto const& [world, flags, step, request, directory] = job;
  auto const name =
      waybill::package_name::parse(flags.name.empty() ? dagster::package_name_for(request.dataset) : flags.name);
  if (!name) return name.error();
  auto to = world.open_registry_to_push();
  if (!to) return to.error();
  auto const cache = world.load_stat_cache(directory, {waybill::algorithms::sha2_256_chunked});
  auto const begun = context::now();
  auto done = dagster::load_to_registry(*to, request, directory, *name,
                                        {.tags = flags.tags, .now = begun, .cache = &cache, .dry_run = world.dry_run},
                                        world.control(*to));
  if (!done) return done.error();
  auto& push = done->push;
  if (push.fresh) world.keep_stat_cache(std::move(*push.fresh), directory, begun);
  else world.keep_stat_cache(push.tree, begun);
  auto const hash = push.pushed.top_hash().hex();
  auto const files = push.pushed.entries().size();
  auto out = report_loaded(
      job, {.text = request.dataset + " is " + name->str() + "@" + short_hash(hash) + " in " + to->location() + ": " +
                    (push.new_version ? "a new version, " : "no change, ") + counted(push.data.files_copied, "file") +
                    " copied, " + human_bytes(push.data.bytes_copied),
            .version = hash,
            .metadata = dagster::metadata_of(*done, request, to->location()),
            .arrived = done->arrived(),
            .as_scanned = done->as_scanned});
  if (!out || done->arrived()) return out;
  return make_error(errc::object_not_found,
                    "of " + counted(files, "file") + " only " + std::to_string(done->held) +
                        " are in the registry; waybill push --check puts them back",
                    name->str());
}

}  // namespace waybill_cli

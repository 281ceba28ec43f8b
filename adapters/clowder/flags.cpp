#include "flags.hpp"

namespace waybill_cli {
using waybill::errc;
using waybill::make_error;
using waybill::result;

void site_flags::define(CLI::App& sub) {
  sub.add_option("--api", api, "Version of the API: 1, 2 or auto (the default: Clowder is asked)");
  sub.add_option("--retries", retries, "Further attempts where something fails in passing (3)");
  sub.add_flag("--insecure", insecure, "Take any TLS certificate; warns on each run");
  sub.add_option("--token-file", token_file, "File with the token instead of CLOWDER_TOKEN; - is standard input");
}

result<clowder_site> site_flags::open(context const& world) {
  stall = world.stall.value_or(stall);
  return clowder_site::open(world, *this);
}

void directory_flags::define(CLI::App& sub) {
  sub.add_option("DIR", directory, "The directory (default: DATASET_DIRECTORY)");
  sub.add_option("--verify", how, "How sure it has to be: size, digest (the default), or full, by downloading");
}

result<std::string> directory_flags::place() const {
  auto const given = directory.empty() ? environment("DATASET_DIRECTORY").value_or("") : directory;
  if (given.empty()) return make_error(errc::usage, "which directory? give DIR, or set DATASET_DIRECTORY");
  return given;
}

result<waybill::clowder::proof> directory_flags::proof() const {
  using waybill::clowder::proof;
  if (how == "size") return proof::size;
  if (how == "digest") return proof::digest;
  if (how == "full") return proof::full;
  return make_error(errc::usage, "--verify is size, digest or full, not \"" + how + "\"");
}

}  // namespace waybill_cli

// history DIR ENTRIES ACTIONS: makes a registry in DIR whose package bench/main has so many files and so many actions
// behind its first version, and whose fork bench/fork has done 1,000 actions of its own.
#include <waybill/history/act.hpp>
#include <waybill/registry/package_history.hpp>
#include <waybill/registry/registry.hpp>
#include <waybill/store/directory.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

using namespace waybill;

namespace {

history::stamp bench() { return {"bench", "2026-11-26T00:00:00Z", "n"}; }

std::string key_of_number(std::size_t i) {
  char text[64];
  std::snprintf(text, sizeof text, "part-%04zu/file-%07zu.bin", i / 1000, i);
  return text;
}

json::value content_of(std::size_t i) {
  char hex[65];
  std::snprintf(hex, sizeof hex, "%064zx", i);
  return json::object{{"size", json::value::integer(std::uint64_t{i})}, {"digests", json::object{{"sha256", hex}}}};
}

manifest large_manifest(std::size_t count) {
  std::vector<entry> entries;
  for (std::size_t i = 0; i < count; ++i) {
    char hex[65];
    std::snprintf(hex, sizeof hex, "%064zx", i);
    entries.push_back({logical_key::trusted(key_of_number(i)),
                       i,
                       {digest::parse(algorithms::sha256, hex).value()},
                       nullptr,
                       {physical_key::parse("s3://bench/" + key_of_number(i)).value()},
                       json::object{}});
  }
  return manifest::create({}, std::move(entries)).value();
}

/// Replaces files, a thousand actions a batch.
void add_actions(registry& r, std::string_view name, std::size_t first, std::size_t count) {
  package_history histories{r};
  auto at = histories.open(package_name::parse(name).value(), history::depth::files).value();
  for (std::size_t done = 0; done < count;) {
    history::change all{at.data(), {}};
    for (std::size_t k = 0; k < 1000 && done < count; ++k, ++done) {
      json::value const params =
          json::object{{"key", key_of_number(first + done)}, {"content", content_of(first + done + 7)}};
      auto one = history::act(all.after, "File.replace", params, bench()).value();
      all.after = std::move(one.made.after);
      all.records.push_back(std::move(one.made.records.front()));
    }
    histories.write(at, std::move(all)).value();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("history DIR ENTRIES ACTIONS\n", stderr), 2;
  std::size_t const entries = std::strtoul(argv[2], nullptr, 10);
  std::size_t const actions = std::strtoul(argv[3], nullptr, 10);
  registry r{directory_store::open_path(argv[1], true).value(), argv[1]};
  auto const main_name = package_name::parse("bench/main").value();
  package_history histories{r};
  r.keep_history({"bench", [] { return std::string{"n"}; }});
  (void)r.publish(large_manifest(entries), main_name, {}, timestamp{std::chrono::seconds{1}}, true).value();
  add_actions(r, "bench/main", 0, actions);
  (void)histories.fork(main_name, package_name::parse("bench/fork").value(), "", bench(), timestamp{}).value();
  add_actions(r, "bench/fork", actions, 1000);
}

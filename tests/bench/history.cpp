// history: how long histories take. history DIR [ENTRIES] [ACTIONS]
// Makes a registry of one package in DIR (once) and prints milliseconds, one job a line, as JSON.
#include <waybill/history/act.hpp>
#include <waybill/history/merge.hpp>
#include <waybill/json/write.hpp>
#include <waybill/registry/package_history.hpp>
#include <waybill/registry/registry.hpp>
#include <waybill/store/directory.hpp>

#include <algorithm>
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

template <class Job>
void timed(char const* name, Job const& job) {
  std::vector<double> ms;
  for (int i = 0; i < 5; ++i) {
    auto const begun = std::chrono::steady_clock::now();
    job(i);
    ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
  }
  std::ranges::sort(ms);
  std::printf("{\"job\": \"%s\", \"ms\": %.2f, \"best\": %.2f}\n", name, ms[ms.size() / 2], ms.front());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::puts("history DIR [ENTRIES] [ACTIONS]"), 2;
  std::size_t const entries = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1'000'000;
  std::size_t const actions = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 10'000;
  registry r{directory_store::open_path(argv[1], true).value(), argv[1]};
  auto const main_name = package_name::parse("bench/main").value();
  package_history histories{r};
  if (!histories.open(main_name, history::depth::line)) {
    r.keep_history({"bench", [] { return std::string{"n"}; }});
    (void)r.publish(large_manifest(entries), main_name, {}, timestamp{std::chrono::seconds{1}}, true).value();
    add_actions(r, "bench/main", 0, actions);
    (void)histories.fork(main_name, package_name::parse("bench/fork").value(), "", bench(), timestamp{}).value();
    add_actions(r, "bench/fork", actions, 1000);
  }
  auto const suffix = std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
  timed("fork", [&](int i) {
    auto const name = package_name::parse("bench/f" + std::to_string(i) + suffix).value();
    (void)histories.fork(main_name, name, "", {"bench", "2026-11-26T00:00:00Z", suffix}, timestamp{}).value();
  });
  timed("open the newest 50 of the log", [&](int) {
    auto const at = histories.open(main_name, history::depth::line).value();
    if (at.data().line.effective.size() < 50) std::abort();
  });
  timed("open with files", [&](int) { (void)histories.open(main_name, history::depth::files).value(); });
  auto const target = histories.open(main_name, history::depth::files).value();
  auto const source = histories.open(package_name::parse("bench/fork").value(), history::depth::params).value();
  timed("merge 1000 actions in memory", [&](int) {
    auto const merged = history::merge(target.data(), source.data(), {}, bench()).value();
    if (merged.report.applied.size() != 1000) std::abort();
  });
  // The last, because it changes the target: each merge goes into a fork of its own.
  timed("merge 1000 actions and write", [&](int i) {
    auto const name = package_name::parse("bench/f" + std::to_string(i) + suffix).value();
    auto at = histories.open(name, history::depth::files).value();
    auto const begun = std::chrono::steady_clock::now();
    auto merged = history::merge(at.data(), source.data(), {}, bench()).value();
    histories.write(at, std::move(merged.made)).value();
    std::printf("  without opening: %.2f ms\n",
                std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
  });
}

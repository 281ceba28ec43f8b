#include <waybill/driver/dagster/volume_scan.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/json/write.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/listing.hpp>

#include <chrono>
#include <memory>

#include "verbs.hpp"

namespace waybill_cli {
namespace dagster = waybill::dagster;
namespace json = waybill::json;
using waybill::errc;
using waybill::make_error;
using waybill::result;
using seconds = std::chrono::duration<double>;

namespace {

constexpr std::size_t largest_cursor = std::size_t{64} << 20;

struct scan_flags {
  std::string root, cursor, cursor_file;
  double settle = 0, budget = 0;
  std::size_t limit = 0;
};

/// The cursor of the scan before; a file that is not there yet is none.
result<std::string> read_cursor(scan_flags const& flags) {
  if (flags.cursor_file.empty()) return flags.cursor;
  if (!flags.cursor.empty()) return make_error(errc::usage, "give --cursor or --cursor-file, not both");
  auto text = waybill::read_file(flags.cursor_file == "-" ? "/dev/stdin" : flags.cursor_file, largest_cursor);
  if (!text && text.error().code == waybill::condition::not_found) return std::string{};
  if (text) text->erase(text->find_last_not_of(" \t\r\n") + 1);
  return text;
}

/// Where the contents of a volume's datasets are remembered.
result<std::string> memo_file_of(std::string const& root) {
  auto const real = waybill::detail::real_path(root);
  if (!real) return real.error();
  auto const name = waybill::hash_bytes<waybill::sha256_hasher>(waybill::as_bytes(*real)).hex();
  return cache_home() + "/volumes/" + name.substr(0, 32);
}

json::value skip_reason(dagster::volume_scan const& found) {
  if (!found.requests.empty()) return nullptr;
  std::string out = "nothing new in " + counted(found.datasets, "dataset");
  if (!found.waiting.empty()) out += ", " + counted(found.waiting.size(), "waits", "wait");
  if (!found.complete) out += "; there was no time for all of them, the next scan goes on";
  return out;
}

json::object members_of(dagster::volume_scan const& found) {
  json::array requests, waiting, problems;
  for (auto const& r : found.requests) requests.push_back(dagster::document_of(r));
  for (auto const& w : found.waiting) waiting.emplace_back(json::object{{"dataset", w.dataset}, {"reason", w.reason}});
  for (auto const& p : found.problems)
    problems.emplace_back(json::object{{"kind", name_of(p.kind)}, {"path", p.path}, {"detail", p.detail}});
  return {{"waybill", json::value::integer(std::int64_t{1})},
          {"requests", std::move(requests)},
          {"cursor", found.cursor},
          {"skip", skip_reason(found)},
          {"problems", std::move(problems)},
          {"waiting", std::move(waiting)},
          {"datasets", json::value::integer(std::uint64_t{found.datasets})},
          {"complete", found.complete}};
}

result<answer> scan(context& world, scan_flags const& flags) {
  auto const root = flags.root.empty() ? environment("DATASET_DIRECTORY").value_or("") : flags.root;
  if (root.empty()) return make_error(errc::usage, "which volume? give its ROOT, or set DATASET_DIRECTORY");
  auto cursor = read_cursor(flags);
  if (!cursor) return cursor.error();
  auto memo = memo_file_of(root);
  if (!memo) return memo.error();
  auto const end = std::chrono::steady_clock::now() + seconds{flags.budget};
  auto const found = dagster::scan_volume(
      root,
      {.cursor = std::move(*cursor),
       .settle = std::chrono::duration_cast<std::chrono::nanoseconds>(seconds{flags.settle}),
       .now = context::now(),
       .limit = flags.limit,
       .memo_file = std::move(*memo),
       .save_memo = !world.dry_run,
       .hash = [&](std::string const& directory) { return world.scan(directory, dagster::dataset_links); },
       .is_late = [end] { return std::chrono::steady_clock::now() >= end; }},
      world.control());
  if (!found) return found.error();
  if (!found->memo_saved) world.out.detail("what was read is not remembered: the next scan reads it again");
  answer out{.members = members_of(*found), .text = {}, .rows = "requests"};
  out.text = json::compact(out.members) + "\n";
  return out;
}

application::action scan_verb(CLI::App& sub) {
  auto flags = std::make_shared<scan_flags>();
  sub.add_option("ROOT", flags->root, "The volume (default: DATASET_DIRECTORY)");
  sub.add_option("--cursor", flags->cursor, "What the scan before printed as its cursor");
  sub.add_option("--cursor-file", flags->cursor_file, "File with the cursor, - for standard input; absent: none");
  sub.add_option("--settle", flags->settle, "Leave datasets alone that were changed in the last seconds")
      ->default_val(0)
      ->check(CLI::Range(0.0, 1e9));
  sub.add_option("--limit", flags->limit, "Requests at most; the next scan goes on (default: any number)");
  sub.add_option("--budget", flags->budget, "Begin to read no further dataset after so many seconds")
      ->default_val(40)
      ->check(CLI::Range(0.0, 1e9));
  return [=](context& world) { return scan(world, *flags); };
}

}  // namespace

void add_scan_verb(application& app) {
  app.verb("scan", "Which datasets of a volume are new or changed, as run requests for a sensor", scan_verb);
}

}  // namespace waybill_cli

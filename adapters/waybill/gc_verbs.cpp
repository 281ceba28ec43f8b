#include <waybill/core/utf8.hpp>
#include <waybill/registry/collect.hpp>

#include <charconv>
#include <chrono>

#include "verbs.hpp"

namespace waybill_cli {
namespace json = waybill::json;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

/// `90s`, `30m`, `12h`, `7d`; a number alone counts seconds. A hundred years at most.
result<std::chrono::seconds> parse_age(std::string const& text) {
  std::uint64_t n = 0;
  auto const* const end = text.data() + text.size();
  auto const [at, failure] = std::from_chars(text.data(), end, n);
  std::string_view const unit{at, static_cast<std::size_t>(end - at)};
  std::uint64_t const seconds = unit.empty() || unit == "s" ? 1
                                : unit == "m"               ? 60
                                : unit == "h"               ? 3'600
                                : unit == "d"               ? 86'400
                                                            : 0;
  constexpr std::uint64_t most = std::uint64_t{36'500} * 86'400;
  if (failure != std::errc{} || seconds == 0 || n > most / seconds)
    return make_error(errc::usage, "--older-than takes a time such as 90s, 30m, 12h or 7d", waybill::printable(text));
  return std::chrono::seconds{n * seconds};
}

json::object figures(waybill::collection_figures const& f) {
  return {{"manifests", number(f.manifests)}, {"objects", number(f.objects)}, {"bytes", number(f.bytes)}};
}

std::string text_of(waybill::collection_figures const& f) {
  return counted(f.manifests, "manifest") + ", " + counted(f.objects, "object") + ", " + human_bytes(f.bytes);
}

application::action gc_verb(CLI::App& sub) {
  auto age = std::make_shared<std::string>("1d");
  sub.add_option("--older-than", *age, "Keep what was stored later: 90s, 30m, 12h, 7d (default: 1d)");
  return [=](context& world) -> result<answer> {
    auto const older_than = parse_age(*age);
    if (!older_than) return older_than.error();
    auto home = world.open_registry();
    if (!home) return home.error();
    auto const done = waybill::collect(*home,
                                       {.older_than = *older_than,
                                        .now = context::now(),
                                        .nonce = context::author().nonce(),
                                        .dry_run = world.dry_run},
                                       world.control(*home));
    if (!done) return done.error();
    answer out;
    out.members = {{"manifests", strings(done->manifests)},
                   {"objects", number(done->removed.objects)},
                   {"bytes", number(done->removed.bytes)},
                   {"kept", figures(done->kept)},
                   {"young", figures(done->young)},
                   {"older_than", number(static_cast<std::uint64_t>(older_than->count()))},
                   {"dry_run", world.dry_run}};
    out.text = (world.dry_run ? "Would remove " : "Removed ") + text_of(done->removed) +
               "\nKept what is needed: " + text_of(done->kept) + "\n";
    if (done->young.manifests + done->young.objects != 0)
      out.text += "Not needed, but younger than " + *age + ": " + text_of(done->young) + "\n";
    return out;
  };
}

}  // namespace

void add_gc_verbs(application& app) {
  app.verb("gc", "Remove what no pointer, tag, savepoint, log or run record reaches", gc_verb);
}

}  // namespace waybill_cli

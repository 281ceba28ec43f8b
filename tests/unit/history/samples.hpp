#pragma once

#include <waybill/history/act.hpp>
#include <waybill/history/content.hpp>
#include <waybill/history/dataset.hpp>
#include <waybill/history/fork.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/write.hpp>
#include <waybill/manifest/entry.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "scenario.hpp"
#include "support/results.hpp"

namespace waybill_test {

inline waybill::history::stamp somebody() { return {"ann", "2026-11-26T00:00:00Z", "n"}; }

/// A file whose bytes are the token, with the user's metadata, if any.
inline waybill::entry file(std::string_view key, std::string_view token, std::string_view meta = "{}") {
  waybill::entry e{waybill::logical_key::parse(key).value(), {}, {}, nullptr, {}, waybill::json::parse(meta).value()};
  waybill::history::read_content(e, token_content(token), {}).value();
  return e;
}

/// A new dataset with these files.
inline waybill::history::dataset dataset_of(std::string_view name, std::initializer_list<waybill::entry> files) {
  waybill::history::state s;
  for (auto const& e : files) s.set(e);
  return waybill::history::open_dataset("id-" + std::string{name}, name, "", std::move(s), "import", somebody()).after;
}

inline waybill::history::dataset forked(waybill::history::dataset const& from, std::string_view name) {
  return waybill::history::fork(from, {from.line.id, 1, {}}, "id-" + std::string{name}, name, "fork", somebody()).after;
}

/// Does it, and tells the action's hash.
inline std::string act_on(waybill::history::dataset& d, std::string_view kind, std::string_view intention) {
  auto v = waybill::json::parse(intention).value();
  if (auto* const token = v.find("content")) *token = token_content(*token->as_string());
  auto done = waybill::history::act(d, kind, v, somebody());
  REQUIRE(ok(done));
  d = std::move(done->made.after);
  return done->hash;
}

/// `a=A1 b=B1{"user_meta":…}`: what a state holds, with tokens for contents.
inline std::string shown(waybill::history::state const& s) {
  std::string out;
  s.each([&](waybill::entry const& e) {
    if (!out.empty()) out += ' ';
    out += e.key.str() + "=" + e.places.front().url().substr(12);
    if (!e.meta.as_object()->empty()) out += waybill::json::canonical(e.meta);
  });
  return out;
}

}  // namespace waybill_test

#pragma once

#include <waybill/history/record.hpp>

#include <waybill/json/record.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace history {
namespace detail {

inline json::array texts(std::vector<std::string> const& from) { return {from.begin(), from.end()}; }

inline void write_members(json::object& out, records::opened const& r) {
  out.emplace_back("kind", "dataset");
  out.emplace_back("id", r.id);
  out.emplace_back("name", r.name);
  out.emplace_back("root", r.root);
  if (!r.base.empty()) out.emplace_back("base", r.base);
  if (r.upstream)
    out.emplace_back("upstream", json::object{{"dataset", r.upstream->dataset},
                                              {"records", json::value::integer(r.upstream->records)},
                                              {"sum", r.upstream->sum}});
  out.emplace_back("description", r.description);
}

inline void write_members(json::object& out, records::acted const& r) {
  out.emplace_back("kind", "action");
  out.emplace_back("action", to_json(*r.what.what));
  out.emplace_back("effect", r.what.did == effect::applied ? "applied" : "satisfied");
  out.emplace_back("user", r.what.user);
  out.emplace_back("datetime", r.what.datetime);
}

inline void write_members(json::object& out, records::saved const& r) {
  out.emplace_back("kind", "savepoint");
  out.emplace_back("id", r.id);
  out.emplace_back("description", r.description);
  if (!r.manifest.empty()) out.emplace_back("manifest", r.manifest);
}

inline void write_members(json::object& out, records::reverted const& r) {
  out.emplace_back("kind", "revert");
  out.emplace_back("to", r.to);
}

inline void write_members(json::object& out, records::merged const& r) {
  out.emplace_back("kind", "merge");
  out.emplace_back("source", r.source);
  out.emplace_back("source_name", r.source_name);
  out.emplace_back("status", r.status);
  if (r.cut) out.emplace_back("cut", json::value::integer(std::uint64_t{*r.cut}));
  if (!r.remember.empty()) out.emplace_back("remember", texts(r.remember));
}

inline records::opened read_opened(json::record_reader& in) {
  records::opened out{in.required_string("id"),
                      in.required_string("name"),
                      in.required_string("root"),
                      in.optional_string("base").value_or(std::string{}),
                      {},
                      in.required_string("description")};
  if (auto const* const from = in.optional_object("upstream")) {
    json::record_reader inner{*from, in.pointer_to("upstream")};
    out.upstream =
        fork_point{inner.required_string("dataset"), inner.required_uint64("records"), inner.required_string("sum")};
    if (auto const ok = inner.finish(); !ok) in.fail(errc::wrong_type, ok.error().message(), "upstream");
  }
  return out;
}

inline result<record> read_acted(json::record_reader& in, stamp by) {
  auto const& body = in.required_object("action");
  auto const did = in.required_string("effect");
  auto user = in.required_string("user");
  auto datetime = in.required_string("datetime");
  if (did != "applied" && did != "satisfied") in.fail(errc::wrong_type, "neither applied nor satisfied", "effect");
  if (auto const ok = in.finish(); !ok) return ok.error();
  auto a = read_action(body, in.pointer_to("action"));
  if (!a) return a.error();
  return record{std::move(by), records::acted{{std::make_shared<action const>(std::move(*a)),
                                               did == "applied" ? effect::applied : effect::satisfied, std::move(user),
                                               std::move(datetime)}}};
}

inline records::merged read_merged(json::record_reader& in) {
  records::merged out{in.required_string("source"),
                      in.required_string("source_name"),
                      in.required_string("status"),
                      {},
                      in.optional_strings("remember")};
  if (auto const cut = in.optional_uint64("cut")) out.cut = static_cast<std::size_t>(*cut);
  return out;
}

inline error does_not_follow(std::string why) { return make_error(errc::corrupt_state, std::move(why)); }

inline result<void> apply_one(timeline& t, stamp const& by, records::opened const& r, timeline const* inherited) {
  if (!t.id.empty()) return does_not_follow("a second dataset begins in this log");
  if (r.upstream.has_value() != (inherited != nullptr)) return does_not_follow("the fork's upstream is not known");
  if (inherited != nullptr) {
    t.effective = inherited->effective;
    t.inherited = inherited->hashes();
  }
  t.id = r.id;
  t.name = r.name;
  t.root = r.root;
  t.base = inherited != nullptr ? inherited->base : r.base;
  t.upstream = r.upstream;
  // What was published is what the dataset starts with, wherever it stands in the upstream's history.
  std::string manifest = r.base;
  if (inherited != nullptr && !inherited->savepoints.empty() &&
      inherited->savepoints.back().position == inherited->effective.size())
    manifest = inherited->savepoints.back().manifest;
  t.note_published(manifest);
  t.savepoints = {{r.name + ":0", r.description, t.effective.size(), by.user, by.datetime, std::move(manifest)}};
  t.next_savepoint = 1;
  return {};
}

inline result<void> apply_one(timeline& t, stamp const&, records::acted const& r, timeline const*) {
  if (r.what.what->origin == t.id) t.next_seq = std::max(t.next_seq, r.what.what->seq + 1);
  t.append(r.what);
  return {};
}

inline result<void> apply_one(timeline& t, stamp const& by, records::saved const& r, timeline const*) {
  t.savepoints.push_back({r.id, r.description, t.effective.size(), by.user, by.datetime, r.manifest});
  ++t.next_savepoint;
  t.note_published(r.manifest);
  return {};
}

inline result<void> apply_one(timeline& t, stamp const&, records::reverted const& r, timeline const*) {
  auto const* const to = t.find_savepoint(r.to);
  if (to == nullptr) return does_not_follow("a revert to savepoint " + r.to + " that was not there");
  t.cut(to->position);
  return {};
}

inline result<void> apply_one(timeline& t, stamp const&, records::merged const& r, timeline const*) {
  if (r.cut && *r.cut > t.effective.size()) return does_not_follow("a merge keeps more actions than there were");
  if (r.cut) t.cut(*r.cut);
  for (auto const& hash : r.remember) t.remembered.insert(hash);
  return {};
}

}  // namespace detail

WAYBILL_DECL json::object to_json(record const& r) {
  json::object out;
  std::visit([&](auto const& what) { detail::write_members(out, what); }, r.what);
  out.emplace_back("at", r.by.datetime);
  out.emplace_back("by", r.by.user);
  if (!r.by.nonce.empty()) out.emplace_back("nonce", r.by.nonce);
  return out;
}

WAYBILL_DECL result<record> read_record(json::value const& v) {
  json::record_reader in{v};
  auto const kind = in.required_string("kind");
  stamp by{in.required_string("by"), in.required_string("at"), in.optional_string("nonce").value_or(std::string{})};
  if (auto const ok = in.finish(); !ok) return ok.error();
  if (kind == "action") return detail::read_acted(in, std::move(by));
  record out{std::move(by), {}};
  if (kind == "dataset") out.what = detail::read_opened(in);
  else if (kind == "savepoint")
    out.what = records::saved{in.required_string("id"), in.required_string("description"),
                              in.optional_string("manifest").value_or(std::string{})};
  else if (kind == "revert") out.what = records::reverted{in.required_string("to")};
  else if (kind == "merge") out.what = detail::read_merged(in);
  else return make_error(errc::unsupported, "a kind of record this version does not know; use a newer one", "/kind");
  if (auto const ok = in.finish(); !ok) return ok.error();
  return out;
}

WAYBILL_DECL result<void> apply(timeline& t, record const& r, timeline const* inherited) {
  if (t.id.empty() && !std::holds_alternative<records::opened>(r.what))
    return detail::does_not_follow("the log does not begin with its dataset");
  return std::visit([&](auto const& what) { return detail::apply_one(t, r.by, what, inherited); }, r.what);
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

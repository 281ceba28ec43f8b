#pragma once

#include <waybill/history/checkpoint.hpp>

#include <waybill/hash/openssl.hpp>
#include <waybill/history/content.hpp>
#include <waybill/history/landed_line.hpp>
#include <waybill/json/record.hpp>
#include <waybill/json/write.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace history {
namespace detail {

inline json::array sorted_texts(std::unordered_set<std::string> const& from) {
  std::vector<std::string> out{from.begin(), from.end()};
  std::ranges::sort(out);
  return {out.begin(), out.end()};
}

/// Retracted actions are few, and may come back: they are kept with their params.
inline json::value retracted_to_json(landed const& a) {
  return json::object{{"key", a.what->kind},
                      {"hash", a.what->hash},
                      {"origin", a.what->origin},
                      {"seq", json::value::integer(a.what->seq)},
                      {"effect", a.did == effect::applied ? "applied" : "satisfied"},
                      {"user", a.user},
                      {"datetime", a.datetime},
                      {"params", a.what->params}};
}

inline json::value files_to_json(state::changes const& changed) {
  json::array out;
  for (auto const& [key, file] : changed) {
    json::object one{{"key", key}};
    if (file) {
      one.emplace_back("content", content_to_json(*file, with_places::yes));
      one.emplace_back("meta", file->meta);
    }
    out.push_back(std::move(one));
  }
  return out;
}

inline json::value line_to_json(timeline const& t) {
  json::array retracted;
  json::array savepoints;
  for (auto const& a : t.retracted) retracted.push_back(retracted_to_json(a));
  for (auto const& s : t.savepoints)
    savepoints.push_back(json::object{{"id", s.id},
                                      {"description", s.description},
                                      {"position", json::value::integer(std::uint64_t{s.position})},
                                      {"user", s.user},
                                      {"datetime", s.datetime},
                                      {"manifest", s.manifest}});
  json::object published;
  for (auto const& [hash, times] : t.published) published.emplace_back(hash, json::value::integer(times));
  std::ranges::sort(published, {}, &json::member::first);
  json::object out{{"id", t.id},
                   {"name", t.name},
                   {"root", t.root},
                   {"base", t.base},
                   {"next_seq", json::value::integer(t.next_seq)},
                   {"next_savepoint", json::value::integer(t.next_savepoint)},
                   {"effective", json::value::integer(std::uint64_t{t.effective.size()})},
                   {"retracted", std::move(retracted)},
                   {"savepoints", std::move(savepoints)},
                   {"inherited", json::value::integer(std::uint64_t{t.inherited.size()})},
                   {"remembered", sorted_texts(t.remembered)},
                   {"published", std::move(published)},
                   {"last_published", t.last_published}};
  if (t.upstream)
    out.emplace_back("upstream", json::object{{"dataset", t.upstream->dataset},
                                              {"records", json::value::integer(t.upstream->records)},
                                              {"sum", t.upstream->sum}});
  return out;
}

inline landed read_retracted(json::value const& v) {
  json::record_reader in{v};
  action a{in.required_string("key"),
           {},
           in.required_string("origin"),
           in.required_uint64("seq"),
           in.required_string("hash")};
  if (auto const* const params = in.optional_object("params")) a.params = *params;
  auto const did = in.required_string("effect") == "applied" ? effect::applied : effect::satisfied;
  return {std::make_shared<action const>(std::move(a)), did, in.required_string("user"),
          in.required_string("datetime")};
}

inline timeline read_timeline(json::value const& v) {
  json::record_reader in{v};
  timeline t;
  t.id = in.required_string("id");
  t.name = in.required_string("name");
  t.root = in.required_string("root");
  t.base = in.required_string("base");
  t.next_seq = in.required_uint64("next_seq");
  t.next_savepoint = in.required_uint64("next_savepoint");
  for (auto const& a : in.required_array("retracted")) t.retracted.push_back(read_retracted(a));
  for (auto const& s : in.required_array("savepoints")) {
    json::record_reader one{s};
    t.savepoints.push_back({one.required_string("id"), one.required_string("description"),
                            static_cast<std::size_t>(one.required_uint64("position")), one.required_string("user"),
                            one.required_string("datetime"), one.required_string("manifest")});
  }
  for (auto& hash : in.optional_strings("remembered")) t.remembered.insert(std::move(hash));
  t.last_published = in.required_string("last_published");
  auto const& published = in.required_object("published");
  json::record_reader times{published};
  for (auto const& [hash, unused] : *published.as_object()) t.published.emplace(hash, times.required_uint64(hash));
  if (auto const* const from = in.optional_object("upstream")) {
    json::record_reader up{*from};
    t.upstream = fork_point{up.required_string("dataset"), up.required_uint64("records"), up.required_string("sum")};
  }
  return t;
}

inline std::optional<state::changes> read_files(json::array const& files) {
  state::changes out;
  for (auto const& file : files) {
    json::record_reader in{file};
    auto const key = logical_key::parse(in.required_string("key"));
    if (!key) return std::nullopt;
    auto& slot = out[key->str()];
    auto const* const content = in.optional_object("content");
    if (content == nullptr) continue;
    entry e{*key, {}, {}, nullptr, {}, in.required_object("meta")};
    if (!read_content(e, *content, {})) return std::nullopt;
    slot = std::make_shared<entry const>(std::move(e));
  }
  return out;
}

/// Ends a block of lines with a line with its SHA-256.
inline void append_sum(std::string& out, std::size_t start) {
  auto const sum = hash_bytes<sha256_hasher>(as_bytes(std::string_view{out}.substr(start))).hex();
  out.append(sum).push_back('\n');
}

inline void append_summed(std::string& out, json::value const& v) {
  auto const start = out.size();
  append_line(out, v);
  out.push_back('\n');
  append_sum(out, start);
}

/// Takes so many lines and their sum off the front. What a sum vouches for was written by us: it needs no more checks
/// than its version's.
inline std::optional<std::string_view> next_block(std::string_view& text, std::uint64_t lines) {
  std::size_t end = 0;
  for (std::uint64_t i = 0; i < lines; ++i) {
    auto const newline = text.find('\n', end);
    if (newline == std::string_view::npos) return std::nullopt;
    end = newline + 1;
  }
  if (text.size() < end + 65 || text[end + 64] != '\n') return std::nullopt;
  auto const block = text.substr(0, end);
  if (text.substr(end, 64) != hash_bytes<sha256_hasher>(as_bytes(block)).hex()) return std::nullopt;
  text.remove_prefix(end + 65);
  return block;
}

inline std::optional<json::value> next_document(std::string_view& text) {
  auto const line = next_block(text, 1);
  if (!line) return std::nullopt;
  auto v = parse_line(*line);
  return v ? std::optional{std::move(*v)} : std::nullopt;
}

/// So many of the newest actions keep their params, so that a log's newest part is shown without the log.
inline constexpr std::size_t shown_actions = 100;

inline void append_actions(std::string& out, timeline const& t) {
  auto const start = out.size();
  for (std::size_t i = 0; i < t.effective.size(); ++i)
    append_landed_line(out, t.effective[i], i + shown_actions >= t.effective.size());
  std::vector<std::string> inherited{t.inherited.begin(), t.inherited.end()};
  std::ranges::sort(inherited);
  for (auto const& hash : inherited) out.append(hash).push_back('\n');
  append_sum(out, start);
}

/// @param head  the timeline's members
inline bool read_actions(timeline& t, std::string_view& text, json::value const& head) {
  json::record_reader in{head};
  auto const effective = in.required_uint64("effective");
  auto const inherited = in.required_uint64("inherited");
  if (!in.ok() || effective > text.size() || inherited > text.size()) return false;
  auto block = next_block(text, effective + inherited);
  if (!block) return false;
  t.effective.reserve(effective);
  t.inherited.reserve(inherited);
  for (std::uint64_t i = 0; i < effective + inherited; ++i) {
    auto const end = block->find('\n');
    auto const line = block->substr(0, end);
    block->remove_prefix(end + 1);
    if (i >= effective) {
      t.inherited.emplace(line);
      continue;
    }
    auto a = read_landed_line(line);
    if (!a) return false;
    t.effective.push_back(std::move(*a));
  }
  return true;
}

}  // namespace detail

WAYBILL_DECL std::string checkpoint_text(dataset const& d, log_position const& at) {
  json::object directories;
  for (auto const& [key, meta] : d.files.directories()) directories.emplace_back(key, meta);
  std::string out;
  auto const end = end_of(d.line, at.end.records, at.end.sum);
  detail::append_summed(out, json::object{{"checkpoint", json::value::integer(std::uint64_t{2})},
                                          {"records", json::value::integer(at.end.records)},
                                          {"sum", at.end.sum},
                                          {"next", json::value::integer(at.next)},
                                          {"id", end.at.dataset},
                                          {"root", end.root},
                                          {"actions", json::value::integer(end.actions)},
                                          {"manifest", end.manifest},
                                          {"last_published", end.last_published}});
  detail::append_summed(out, detail::line_to_json(d.line));
  detail::append_actions(out, d.line);
  detail::append_summed(out, json::object{{"files", detail::files_to_json(d.files.changed())},
                                          {"directories", std::move(directories)},
                                          {"meta", d.files.meta()}});
  return out;
}

namespace detail {

inline std::optional<checkpoint_front> next_front(std::string_view& text) {
  auto const head = next_document(text);
  if (!head) return std::nullopt;
  json::record_reader in{*head};
  if (in.required_uint64("checkpoint") != 2) return std::nullopt;
  checkpoint_front out;
  out.at = {{in.required_uint64("records"), in.required_string("sum")}, in.required_uint64("next")};
  out.end.at = {in.required_string("id"), out.at.end.records, out.at.end.sum};
  out.end.root = in.required_string("root");
  out.end.actions = in.required_uint64("actions");
  out.end.manifest = in.required_string("manifest");
  out.end.last_published = in.required_string("last_published");
  return in.ok() ? std::optional{std::move(out)} : std::nullopt;
}

}  // namespace detail

WAYBILL_DECL std::optional<checkpoint_front> read_checkpoint_front(std::string_view text) {
  return detail::next_front(text);
}

WAYBILL_DECL std::optional<checkpoint> read_checkpoint(std::string_view text, bool files) {
  auto const front = detail::next_front(text);
  auto const line = front ? detail::next_document(text) : std::nullopt;
  if (!line) return std::nullopt;
  checkpoint out;
  out.at = front->at;
  out.line = detail::read_timeline(*line);
  if (out.line.id != front->end.at.dataset || !detail::read_actions(out.line, text, *line)) return std::nullopt;
  if (!files) return out;
  auto const rest = detail::next_document(text);
  if (!rest) return std::nullopt;
  json::record_reader more{*rest};
  auto changed = detail::read_files(more.required_array("files"));
  for (auto const& [key, meta] : *more.required_object("directories").as_object()) out.directories.emplace(key, meta);
  if (auto const* const meta = more.optional_any("meta")) out.meta = *meta;
  if (!changed || !more.ok()) return std::nullopt;
  out.changed = std::move(*changed);
  return out;
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

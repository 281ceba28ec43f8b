#pragma once

#include <waybill/driver/snapshots/commit.hpp>

#include <waybill/driver/snapshots/rebase.hpp>
#include <waybill/driver/snapshots/versions.hpp>
#include <waybill/driver/snapshots/written_tables.hpp>
#include <waybill/registry/package_builder.hpp>
#include <waybill/registry/pointer.hpp>
#include <waybill/registry/publish_onto.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

inline constexpr int commit_attempts = 64;

inline std::string tag_of(std::string_view kind, std::string_view commit) {
  return std::string{kind}.append("-").append(commit.substr(0, 16));
}

/// What a writer's tables are to the latest commit.
struct prepared_commit {
  std::optional<table_version_set> latest{};
  std::vector<written_table> states{};  ///< that differ from what they were made from
  std::vector<std::string> there{};     ///< those of which somebody else committed the same
  std::vector<std::string> conflicts{};
};

/// The latest version with these tables changed, its bytes in the registry.
inline result<waybill::manifest> make_version(commit_place const& place, std::string const& writer,
                                              prepared_commit const& made, std::string const& message) {
  written_tables const mine{place.in, writer};
  auto const& latest = made.latest;
  auto builder = latest ? package_builder{latest->package()} : package_builder{place.name};
  for (auto const& state : made.states) {
    if (std::find(made.there.begin(), made.there.end(), state.table) != made.there.end()) continue;
    auto const schema_file = mine.schema_key(state);
    if (!schema_file) return schema_file.error();
    auto const keys = keys_of(state.table);
    auto const file = [&](std::string const& key) { return place.in.path() + "/" + key; };
    json::value const meta = json::object{{"table_hash", state.hash}};
    if (auto const r = builder.set_file(keys.rows, file(mine.rows_key(state)), meta); !r) return r.error();
    if (auto const r = builder.set_file(keys.columns, file(*schema_file)); !r) return r.error();
  }
  json::object meta{{"tables", json::value::integer(std::int64_t{1})}};
  // So no two commits have the same hash.
  if (latest) json::set_member(meta, "parent", latest->commit());
  json::set_member(meta, "writer", writer);
  if (auto const r = builder.set_meta(".", std::move(meta)); !r) return r.error();
  if (!message.empty()) builder.set_message(message);
  if (auto const r = builder.push_data(place.to); !r) return r.error();
  return builder.build();
}

inline lineage::table_version table_of(commit_place const& place, table_version_set const& version,
                                       std::string const& table, bool on_branch) {
  lineage::table_version out;
  out.db = place.db;
  out.table = table;
  if (on_branch) out.branch = std::string{snapshot_branch};
  out.commit = version.commit();
  out.hash = version.hash_of(table);
  return out;
}

inline result<void> forget(written_tables const& mine, std::vector<written_table> const& states) {
  for (auto const& state : states)
    if (auto const r = mine.drop(state); !r) return r;
  return mine.forget_begun();
}

/// The answer for a commit that was begun, and made, before its writer was killed; empty where it was not made.
inline result<std::optional<committed>> settle(commit_place const& place, std::string const& writer) {
  written_tables const mine{place.in, writer};
  auto const begun = mine.begun();
  if (!begun) return begun.error();
  if (!*begun) return std::optional<committed>{};
  auto version = open_latest(place.to, place.name);
  if (!version) return version.error();
  auto const is_end = [&] {
    return !*version || (*version)->commit() == (*begun)->commit || (*version)->commit() == (*begun)->parent;
  };
  while (!is_end()) {
    auto const parent = (*version)->parent();
    if (!parent) break;
    auto next = open_version(place.to, place.name, *parent);
    if (!next) return next.error();
    *version = std::move(*next);
  }
  if (!*version || (*version)->commit() != (*begun)->commit) {
    if (auto const r = mine.forget_begun(); !r) return r.error();
    return std::optional<committed>{};
  }
  if (auto const r = finish_publication(place.to, (*version)->manifest(), place.name, place.now()); !r)
    return r.error();
  committed out{writer, {}, {}};
  for (auto const& state : (*begun)->tables) out.tables.push_back(table_of(place, **version, state.table, true));
  if (auto const r = forget(mine, (*begun)->tables); !r) return r.error();
  return std::optional{std::move(out)};
}

inline result<prepared_commit> prepare(commit_place const& place, std::string const& writer,
                                       std::vector<written_table> const& written) {
  written_tables const mine{place.in, writer};
  auto latest = open_latest(place.to, place.name);
  if (!latest) return latest.error();
  prepared_commit out{std::move(*latest), {}, {}, {}};
  for (auto state : written) {
    std::optional<table_version_set> base;
    if (state.base && out.latest && out.latest->commit() == *state.base) {
      base = out.latest;
    } else if (state.base) {
      auto opened = open_version(place.to, place.name, *state.base);
      if (!opened) return opened.error();
      base = std::move(*opened);
    }
    if (hash_in(base, state.table) == state.hash) {
      if (auto const r = mine.drop(state); !r) return r.error();
      continue;
    }
    auto const how = rebase(place.in, mine, state, {base, out.latest});
    if (!how) return how.error();
    if (*how == standing::conflict) out.conflicts.push_back(state.table);
    if (*how == standing::same) out.there.push_back(state.table);
    out.states.push_back(std::move(state));
  }
  return out;
}

inline committed answer_for(commit_place const& place, writer_tables const& who, prepared_commit const& made,
                            waybill::manifest const& m) {
  committed out{who.writer, {}, made.conflicts};
  table_version_set const version{waybill::package{place.to, place.name, m}};
  for (auto const& state : made.states)
    out.tables.push_back(table_of(place, version, state.table, made.conflicts.empty()));
  if (!made.states.empty()) return out;
  for (auto const& table : who.tables)
    if (version.has(table)) out.tables.push_back(table_of(place, version, table, true));
  return out;
}

/// Empty where there is nothing to commit; errc::lost_race where somebody else was faster.
inline result<std::optional<committed>> commit_once(commit_place const& place, writer_tables const& who,
                                                    std::vector<written_table> const& written,
                                                    std::string const& message, bool allow_empty) {
  auto const made = prepare(place, who.writer, written);
  if (!made) return made.error();
  if (made->states.empty() && (!allow_empty || !made->latest)) return std::optional<committed>{};
  auto held = passage::enter(place.to.store());
  if (!held) return held.error();
  auto const m = make_version(place, who.writer, *made, message);
  if (!m) return m.error();
  written_tables const mine{place.in, who.writer};
  auto const commit = m->top_hash().hex();
  if (!made->conflicts.empty()) {
    if (auto const r = publish_aside(place.to, *m, place.name, tag_of("conflict", commit), *held); !r) return r.error();
  } else {
    auto const parent = made->latest ? std::optional{made->latest->commit()} : std::nullopt;
    if (auto const r = mine.note_begun({commit, parent, made->states}); !r) return r.error();
    auto const r = publish_onto(place.to, *m, place.name, parent, tag_of("commit", commit), place.now(), *held);
    if (!r) return r.error();
  }
  if (auto const r = forget(mine, made->states); !r) return r.error();
  return std::optional{answer_for(place, who, *made, *m)};
}

inline result<std::vector<written_table>> written_of(written_tables const& mine, writer_tables const& who) {
  std::vector<written_table> out;
  for (auto const& table : who.tables) {
    auto state = mine.find(table);
    if (!state) return state.error();
    bool const known = std::any_of(out.begin(), out.end(), [&](auto const& other) { return other.table == table; });
    if (*state && !known) out.push_back(std::move(**state));
  }
  return out;
}

}  // namespace detail

WAYBILL_DECL result<std::vector<committed>> commit_tables(commit_place const& place, writer_tables const& who,
                                                          std::string const& message, bool allow_empty) {
  std::vector<committed> out;
  auto settled = detail::settle(place, who.writer);
  if (!settled) return settled.error();
  if (*settled) out.push_back(std::move(**settled));
  written_tables const mine{place.in, who.writer};
  for (int attempt = 1;; ++attempt) {
    // A merge of the attempt before is what is committed now.
    auto const written = detail::written_of(mine, who);
    if (!written) return written.error();
    auto done = detail::commit_once(place, who, *written, message, allow_empty && out.empty());
    if (done) {
      if (*done) out.push_back(std::move(**done));
      return out;
    }
    if (done.error().code != errc::lost_race || attempt == detail::commit_attempts) return done.error();
    waybill::detail::make_room(attempt);
  }
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

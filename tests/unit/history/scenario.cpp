#include "scenario.hpp"

#include <waybill/core/bytes.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/history/content.hpp>
#include <waybill/history/timeline.hpp>
#include <waybill/json/write.hpp>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace waybill_test {
namespace json = waybill::json;
using namespace waybill;
using waybill::history::dataset;
using waybill::history::landed;

namespace {

std::string const& text(json::value const& v, std::string_view name) {
  auto const* const member = v.find(name);
  if (member == nullptr || member->as_string() == nullptr)
    throw std::runtime_error("no text `" + std::string{name} + "` in " + json::compact(v));
  return *member->as_string();
}

bool flag(json::value const& options, std::string_view name, bool otherwise) {
  auto const* const v = options.find(name);
  return v == nullptr || v->as_bool() == nullptr ? otherwise : *v->as_bool();
}

/// `content` tokens of an intention become contents, also those of a Package.apply's parts.
json::value with_contents(json::value v) {
  if (auto* const content = v.find("content"); content != nullptr && content->as_string() != nullptr)
    *content = token_content(*content->as_string());
  if (auto* const changes = v.find("changes"); changes != nullptr && changes->as_array() != nullptr)
    for (auto& change : *changes->as_array())
      if (auto* const params = change.find("params")) *params = with_contents(*params);
  return v;
}

history::state state_of(json::value const& described) {
  history::state out;
  for (auto const& [key, file] : *described.find("manifest")->as_object()) {
    entry e{logical_key::parse(key).value(), {}, {}, nullptr, {}, json::object{}};
    history::read_content(e, token_content(text(file, "content")), {}).value();
    if (auto const* const meta = file.find("meta"); meta != nullptr && !meta->as_object()->empty())
      e.meta = json::object{{"user_meta", *meta}};
    out.set(std::move(e));
  }
  if (auto const* const meta = described.find("meta"))
    for (auto const& [name, value] : *meta->as_object()) out.set_field(std::nullopt, name, value);
  return out;
}

json::value error_seen(error const& e) { return json::object{{"error", name_of(e.code)}}; }

json::object manifest_seen(history::state const& files) {
  json::object out;
  files.each([&](entry const& e) {
    // A token is its own place: tests read contents back without a store.
    json::object file{{"content", e.places.front().url().substr(std::string_view{"s3://tokens/"}.size())}};
    if (auto const* const meta = user_meta(e)) file.emplace_back("meta", *meta);
    out.emplace_back(e.key.str(), std::move(file));
  });
  return out;
}

std::vector<std::string> hashes_of(std::vector<landed> const& actions) {
  std::vector<std::string> out;
  for (auto const& a : actions) out.push_back(a.what->hash);
  return out;
}

/// Everything a dataset is, as one text.
std::string portrait(dataset const& d) {
  std::string out = d.line.id + d.line.name + d.line.root + std::to_string(d.line.next_seq) + "," +
                    std::to_string(d.line.next_savepoint) + "\n";
  for (auto const& a : d.line.effective)
    out += json::canonical(history::to_json(*a.what)) + (a.did == history::effect::applied ? "a" : "s") + a.user +
           a.datetime + "\n";
  for (auto const& a : d.line.retracted) out += "gone " + a.what->hash + "\n";
  for (auto const& s : d.line.savepoints)
    out += s.id + s.description + std::to_string(s.position) + s.user + s.datetime + s.manifest + "\n";
  for (auto const* const set : {&d.line.remembered, &d.line.inherited}) {
    std::vector<std::string> sorted{set->begin(), set->end()};
    std::ranges::sort(sorted);
    for (auto const& hash : sorted) out += "kept " + hash + "\n";
  }
  return out + json::canonical(manifest_seen(d.files)) + json::canonical(d.files.meta());
}

}  // namespace

json::value token_content(std::string_view token) {
  auto const hash = hash_bytes<sha256_hasher>(as_bytes(token)).hex();
  return json::object{{"size", json::value::integer(std::uint64_t{token.size()})},
                      {"digests", json::object{{"sha256", hash}}},
                      {"places", json::array{"s3://tokens/" + std::string{token}}}};
}

scenario::scenario(json::value const& vector) {
  for (auto const& [name, described] : *vector.find("datasets")->as_object()) {
    auto& d = datasets_[name];
    d.base = state_of(described);
    take(name, history::open_dataset("id-" + name, name, "", d.base, "initial import", by()));
    savepoint_of_[name + ":0"] = savepoint_label_[name + ":0"] = name + ":0";
  }
}

history::stamp scenario::by() const { return {"tester", "2026-11-26T00:00:00Z", "step-" + std::to_string(steps_)}; }

void scenario::take(std::string const& name, history::change made) {
  auto& d = datasets_[name];
  d.now = std::move(made.after);
  if (!made.records.empty()) d.end = history::append_batch(d.log, d.end, made.records);
}

std::string scenario::label(std::string const& hash) const {
  auto const at = label_of_.find(hash);
  return at == label_of_.end() ? hash : at->second;
}

json::array scenario::labels(std::vector<std::string> const& hashes) const {
  json::array out;
  for (auto const& hash : hashes) out.emplace_back(label(hash));
  return out;
}

json::value scenario::run(json::value const& step) {
  ++steps_;
  auto const& op = text(step, "op");
  if (op == "fork") return fork(step);
  if (op == "act") return act(step);
  if (op == "savepoint") return mark(step);
  if (op == "revert") return revert(step);
  if (op == "merge") return merge(step);
  if (op == "check") return check(step);
  throw std::runtime_error("no such step: " + op);
}

json::value scenario::fork(json::value const& step) {
  auto const& from = datasets_.at(text(step, "from"));
  auto const& to = text(step, "to");
  kept made;
  made.upstream = text(step, "from");
  made.upstream_then = from.now;
  made.base = from.base;
  history::fork_point const at{from.now.line.id, from.end.records, from.end.sum};
  auto forked = history::fork(from.now, at, "id-" + to, to, "forked", by());
  datasets_[to] = std::move(made);
  take(to, std::move(forked));
  savepoint_of_[to + ":0"] = savepoint_label_[to + ":0"] = to + ":0";
  return json::object{};
}

json::value scenario::act(json::value const& step) {
  auto const& on = text(step, "on");
  auto const& what = *step.find("action");
  auto done = history::act(datasets_.at(on).now, text(what, "key"), with_contents(*what.find("params")), by());
  if (!done) return error_seen(done.error());
  if (auto const* const as = step.find("as")) {
    hash_of_[*as->as_string()] = done->hash;
    label_of_[done->hash] = *as->as_string();
  }
  take(on, std::move(done->made));
  return json::object{{"done", true}};
}

json::value scenario::mark(json::value const& step) {
  auto const& on = text(step, "on");
  auto marked = history::mark(datasets_.at(on).now, text(step, "description"), "", by());
  savepoint_of_[text(step, "as")] = marked.at.id;
  if (marked.created) savepoint_label_[marked.at.id] = text(step, "as");
  json::object out{{"created", marked.created}};
  if (!marked.created) out.emplace_back("same_as", savepoint_label_.at(marked.at.id));
  take(on, std::move(marked.made));
  return out;
}

json::value scenario::revert(json::value const& step) {
  auto const& on = text(step, "on");
  auto const& to = text(step, "to");
  auto const known = savepoint_of_.find(to);
  auto reverted = history::revert(datasets_.at(on).now, known == savepoint_of_.end() ? to : known->second, by());
  if (!reverted) return error_seen(reverted.error());
  take(on, std::move(reverted->made));
  return json::object{{"thrown_away", labels(reverted->thrown_away)}};
}

json::value scenario::merge(json::value const& step) {
  auto const& into = text(step, "into");
  auto const& given = *step.find("options");
  history::merge_options options;
  options.autorollback = flag(given, "autorollback", true);
  options.remember = flag(given, "remember", false);
  options.force = flag(given, "force", false);
  options.squash = flag(given, "squash", false);
  for (auto* const side : {&options.theirs, &options.ours})
    if (auto const* const keys = given.find(side == &options.ours ? "ours" : "theirs"))
      for (auto const& key : *keys->as_array()) side->push_back(*key.as_string());
  if (auto const* const filter = given.find("filter"); filter != nullptr && !filter->is_null()) {
    options.filter = *filter;
    if (auto* const hashes = options.filter->find("hash"); hashes != nullptr && hashes->as_array() != nullptr)
      for (auto& hash : *hashes->as_array())
        if (auto const known = hash_of_.find(*hash.as_string()); known != hash_of_.end()) hash = known->second;
  }
  auto merged = history::merge(datasets_.at(into).now, datasets_.at(text(step, "from")).now, options, by());
  if (!merged) return error_seen(merged.error());
  auto const seen = history::to_json(merged->report);
  take(into, std::move(merged->made));
  json::object out;
  for (auto [name, value] : seen) {
    if (auto* const list = value.as_array())
      for (auto& hash : *list) hash = label(*hash.as_string());
    if (name == "failed") {
      *value.find("action") = label(*value.find("action")->as_string());
      for (auto& hash : *value.find("needs")->as_array()) hash = label(*hash.as_string());
    }
    out.emplace_back(name, value);
  }
  return out;
}

json::value scenario::observe(std::string const& name) const {
  auto const& d = datasets_.at(name);
  json::object out{{"manifest", manifest_seen(d.now.files)},
                   {"meta", d.now.files.meta().is_null() ? json::value{json::object{}} : d.now.files.meta()},
                   {"actions", labels(hashes_of(d.now.line.effective))}};
  json::array savepoints;
  for (auto const& s : d.now.line.savepoints) savepoints.emplace_back(savepoint_label_.at(s.id));
  out.emplace_back("savepoints", std::move(savepoints));
  if (d.upstream.empty()) return out;
  auto const& upstream = datasets_.at(d.upstream).now.line;
  out.emplace_back("since_forking", labels(hashes_of(history::difference(d.now.line, upstream))));
  out.emplace_back("upstream_delta", labels(hashes_of(history::difference(upstream, d.now.line))));
  return out;
}

json::value scenario::check(json::value const& step) const {
  auto const seen = observe(text(step, "on"));
  json::object out;
  for (auto const& [name, wanted] : *step.as_object()) {
    if (name == "op" || name == "on") continue;
    if (name == "same_manifest_as") {
      bool const same = history::same_value(*seen.find("manifest"), *observe(*wanted.as_string()).find("manifest"));
      out.emplace_back(name, same ? wanted : json::value{"another"});
    } else if (name == "distinct") {
      std::map<std::string, int> hashes;
      for (auto const& l : *wanted.as_array()) ++hashes[hash_of_.at(*l.as_string())];
      out.emplace_back(name, hashes.size() == wanted.as_array()->size() ? wanted : json::value{"equal"});
    } else {
      auto const* const found = seen.find(name);
      out.emplace_back(name, found == nullptr ? json::value{} : *found);
    }
  }
  return out;
}

std::vector<std::string> scenario::names() const {
  std::vector<std::string> out;
  for (auto const& [name, unused] : datasets_) out.push_back(name);
  return out;
}

std::string scenario::disagreement(std::string const& name) const {
  auto const& d = datasets_.at(name);
  auto const reading = history::read_log(d.log);
  if (reading.damage) return reading.damage->message();
  if (reading.end != d.end || reading.torn != 0) return "the log does not end where it should";
  dataset again;
  again.base = d.base;
  for (auto const& r : reading.records)
    if (auto const ok = history::apply(again, r.what, d.upstream.empty() ? nullptr : &d.upstream_then); !ok)
      return ok.error().message();
  auto const a = portrait(d.now);
  auto const b = portrait(again);
  return a == b ? std::string{} : "operations made\n" + a + "\nthe log says\n" + b;
}

}  // namespace waybill_test

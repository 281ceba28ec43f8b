#include <waybill/history/archive.hpp>

#include <waybill/history/merge.hpp>
#include <waybill/history/savepoint.hpp>
#include <waybill/store/directory.hpp>
#include <waybill/store/memory.hpp>

#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "samples.hpp"
#include "support/data.hpp"
#include "unit/store/faulty.hpp"

using namespace waybill;
using namespace waybill_test;
using history::archive;
using history::depth;

namespace {

result<manifest> no_manifest(std::string_view hash) { return make_error(errc::version_not_found, std::string{hash}); }

/// A directory, where a log is one file, or a store of objects.
struct place {
  explicit place(bool directory)
      : store{directory ? any_store{directory_store::open_path((home / "r").string(), true).value()}
                        : any_store{memory_store{}}} {}
  [[nodiscard]] archive open() const { return {store, no_manifest}; }

  temporary_directory home;
  any_store store;
};

std::string create(archive a, std::string_view id) {
  REQUIRE(ok(a.create(history::open_dataset(id, "ns/" + std::string{id}, "", {}, "import", somebody()).records)));
  return std::string{id};
}

history::change act_change(history::dataset const& d, std::string const& key) {
  auto done = history::act(d, "File.add", json::object{{"key", key}, {"content", token_content(key)}}, somebody());
  REQUIRE(ok(done));
  return std::move(done->made);
}

void add_files(archive& a, std::string_view id, int first, int count) {
  auto now = a.open(id, depth::files);
  REQUIRE(ok(now));
  for (int i = first; i < first + count; ++i)
    REQUIRE(ok(a.append(*now, act_change(now->data, "k" + std::to_string(i)))));
}

/// Adds and adds again as a writer does that meets others.
void insist(archive a, std::string_view id, std::string const& key) {
  for (;;) {
    auto now = a.open(id, depth::files);
    REQUIRE(ok(now));
    auto const written = a.append(*now, act_change(now->data, key));
    if (written) return;
    REQUIRE(written.error().code == errc::lost_race);
  }
}

std::vector<std::string> hashes_of(history::timeline const& t) {
  std::vector<std::string> out;
  for (auto const& a : t.effective) out.push_back(a.what->hash);
  return out;
}

}  // namespace

TEST_CASE("a dataset is opened as it was written in every depth and store") {
  for (bool const directory : {true, false}) {
    place const at{directory};
    auto a = at.open();
    auto const id = create(a, "u1");
    CHECK(code_of(a.create(history::open_dataset(id, "ns/u1", "", {}, "", somebody()).records)) == "collision");
    add_files(a, id, 0, 5);
    auto now = a.open(id, depth::files).value();
    REQUIRE(ok(a.append(now, history::mark(now.data, "point", "", somebody()).made)));
    add_files(a, id, 5, 2);
    now = a.open(id, depth::actions).value();
    REQUIRE(ok(a.append(now, history::revert(now.data, "ns/u1:1", somebody()).value().made)));
    for (auto const how : {depth::line, depth::files, depth::actions}) {
      auto const again = a.open(id, how);
      REQUIRE(ok(again));
      CHECK(hashes_of(again->data.line) == hashes_of(now.data.line));
      CHECK(again->data.line.retracted.size() == 2);
      CHECK(again->data.line.next_seq == 8);
      if (how != depth::line) CHECK(shown(again->data.files) == "k0=k0 k1=k1 k2=k2 k3=k3 k4=k4");
    }
    CHECK(code_of(a.open("nobody", depth::line)) == "object_not_found");
  }
}

TEST_CASE("opening reads a checkpoint and at most a thousand records") {
  for (bool const directory : {true, false}) {
    place const at{directory};
    auto a = at.open();
    auto const id = create(a, "u1");
    add_files(a, id, 0, 1600);
    auto const quick = a.open(id, depth::files);
    auto const whole = a.open(id, depth::actions);
    REQUIRE(ok(quick));
    REQUIRE(ok(whole));
    CHECK(quick->records_read <= 1000);
    CHECK(whole->records_read == 1601);
    CHECK(hashes_of(quick->data.line) == hashes_of(whole->data.line));
    CHECK(shown(quick->data.files) == shown(whole->data.files));
    CHECK(quick->log.at == whole->log.at);
    // A fork inherits it, and a revert behind the checkpoint is seen by those who open quickly.
    auto const f = history::fork(quick->data, {id, quick->log.at.end.records, quick->log.at.end.sum}, "f1", "ns/f", "",
                                 somebody());
    REQUIRE(ok(a.create(f.records)));
    auto const fork = a.open("f1", depth::files);
    REQUIRE(ok(fork));
    CHECK(fork->records_read <= 1001);
    CHECK(fork->data.line.inherited.size() == 1600);
    auto now = *whole;
    REQUIRE(ok(a.append(now, history::revert(now.data, "ns/u1:0", somebody()).value().made)));
    auto const reverted = a.open(id, depth::files);
    REQUIRE(ok(reverted));
    CHECK(shown(reverted->data.files).empty());
    CHECK(reverted->records_read <= 1000);
    CHECK(reverted->data.line.retracted.size() == 1600);
    CHECK(shown(a.open("f1", depth::files)->data.files) == shown(quick->data.files));
    // A checkpoint that is damaged costs time only.
    REQUIRE(ok(at.store.list(".waybill/logs/u1/checkpoint/", [&](object_info const& info) -> result<void> {
      any_store s = at.store;
      auto const stored = s.put(info.key, memory_content{"{}"});
      return stored ? result<void>{} : result<void>{stored.error()};
    })));
    auto const slow = a.open(id, depth::files);
    REQUIRE(ok(slow));
    CHECK(shown(slow->data.files).empty());
    CHECK(slow->records_read == 1602);
  }
}

TEST_CASE("a checkpoint of which a byte was changed is none") {
  place const at{true};
  auto a = at.open();
  auto const id = create(a, "u1");
  add_files(a, id, 0, 3);
  auto const whole = a.open(id, depth::files).value();
  auto const text = history::checkpoint_text(whole.data, whole.log.at);
  REQUIRE(history::read_checkpoint(text));
  auto const front = history::read_checkpoint_front(text).value();
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(history::read_checkpoint(changed));
    // What follows the front is not looked at.
    if (auto const read = history::read_checkpoint_front(changed)) CHECK(read->end.at == front.end.at);
  }
  for (std::size_t length = 0; length < text.size(); ++length)
    CHECK_FALSE(history::read_checkpoint(text.substr(0, length)));
}

TEST_CASE("where a dataset stands is told without its actions and is what opening it says") {
  for (bool const directory : {true, false}) {
    place const at{directory};
    auto a = at.open();
    auto const id = create(a, "u1");
    auto const check = [&](bool quick) {
      auto const whole = a.open(id, depth::line).value();
      auto const expected = history::end_of(whole.data.line, whole.log.at.end.records, whole.log.at.end.sum);
      auto const end = a.end_of(id);
      REQUIRE(ok(end));
      CHECK(end->at == expected.at);
      CHECK(end->root == "u1");
      CHECK(end->actions == expected.actions);
      CHECK(end->manifest == expected.manifest);
      CHECK(end->last_published == expected.last_published);
      CHECK(history::log_storage{at.store, id}.newest_front().has_value() == quick);
    };
    auto const act_and_mark = [&](std::string const& key, std::string const& manifest) {
      add_files(a, id, std::stoi(key), 1);
      auto now = a.open(id, depth::files).value();
      REQUIRE(ok(a.append(now, history::mark(now.data, "m", manifest, somebody()).made)));
    };
    check(false);
    act_and_mark("1", "aa");
    check(false);
    add_files(a, id, 100, 1100);
    check(true);
    act_and_mark("2", "bb");
    check(true);
    act_and_mark("3", "");
    check(true);
    add_files(a, id, 4, 1);
    check(true);
    auto now = a.open(id, depth::actions).value();
    REQUIRE(ok(a.append(now, history::revert(now.data, "ns/u1:2", somebody()).value().made)));
    check(true);
    add_files(a, id, 5, 1);
    check(true);
  }
  CHECK(code_of(place{true}.open().end_of("nobody")) == "object_not_found");
}

TEST_CASE("a fork is one small record and what it needs of its upstream stays") {
  for (bool const directory : {true, false}) {
    place const at{directory};
    auto a = at.open();
    auto const id = create(a, "u1");
    add_files(a, id, 0, 20);
    auto fork_of = [&](std::string const& from, std::string const& to) {
      auto const now = a.open(from, depth::line).value();
      auto f =
          history::fork(now.data, {from, now.log.at.end.records, now.log.at.end.sum}, to, "ns/" + to, "", somebody());
      std::string text;
      history::append_batch(text, {}, f.records);
      CHECK(text.size() < 4096);
      REQUIRE(ok(a.create(f.records)));
    };
    fork_of("u1", "f1");
    add_files(a, "u1", 20, 3);
    add_files(a, "f1", 100, 2);
    fork_of("f1", "g1");
    CHECK(a.forks("u1").value() == std::vector<std::pair<std::string, std::string>>{{"f1", "ns/f1"}});
    CHECK(a.open("g1", depth::files)->data.line.effective.size() == 22);
    CHECK(a.open("g1", depth::files)->data.line.root == "u1");
    CHECK(a.remove("u1").value() == false);
    CHECK(a.remove("f1").value() == false);
    CHECK(a.open("g1", depth::actions)->data.line.effective.size() == 22);
    CHECK(a.remove("g1").value());
    CHECK(a.remove("f1").value());
    CHECK(a.remove("u1").value());
    CHECK(code_of(a.open("u1", depth::line)) == "object_not_found");
  }
}

TEST_CASE("of two writers who saw the same one has to do it again and nothing is lost") {
  for (bool const directory : {true, false}) {
    place const at{directory};
    auto a = at.open();
    auto const id = create(a, "u1");
    auto first = a.open(id, depth::files).value();
    auto second = first;
    REQUIRE(ok(a.append(first, act_change(first.data, "a"))));
    CHECK(code_of(a.append(second, act_change(second.data, "b"))) == "lost_race");
    std::vector<std::thread> writers;
    for (int w = 0; w < 4; ++w)
      writers.emplace_back([&, w] {
        for (int i = 0; i < 25; ++i) insist(at.open(), id, "w" + std::to_string(w) + "-" + std::to_string(i));
      });
    for (auto& w : writers) w.join();
    auto const all = a.open(id, depth::actions);
    REQUIRE(ok(all));
    CHECK(all->data.line.effective.size() == 101);
    CHECK(all->log.at.end.records == 102);
  }
}

TEST_CASE("a batch that was cut off is dropped and the next one takes its place") {
  place const at{true};
  auto a = at.open();
  auto const id = create(a, "u1");
  add_files(a, id, 0, 3);
  auto const path = at.home / "r/.waybill/logs/u1/log.jsonl";
  auto const text = read_file(path);
  auto const last = text.rfind('\n', text.size() - 2) + 1;
  for (auto const length : {last + 1, last + 40, text.size() - 2, text.size() - 1}) {
    write_file(path, text.substr(0, length));
    auto now = a.open(id, depth::files);
    REQUIRE(ok(now));
    // Only the end of the line is missing: it counts.
    auto const there = length == text.size() - 1 ? 3U : 2U;
    CHECK(now->data.line.effective.size() == there);
    auto stale = *now;
    REQUIRE(ok(a.append(*now, act_change(now->data, "next"))));
    CHECK(code_of(a.append(stale, act_change(stale.data, "other"))) == "lost_race");
    auto const again = a.open(id, depth::files);
    REQUIRE(ok(again));
    CHECK(again->data.line.effective.size() == there + 1);
  }
}

TEST_CASE("damage in the middle is named and nothing is written behind it") {
  place const at{true};
  auto a = at.open();
  auto const id = create(a, "u1");
  add_files(a, id, 0, 3);
  auto const path = at.home / "r/.waybill/logs/u1/log.jsonl";
  auto text = read_file(path);
  text[text.size() / 2] ^= 1;
  write_file(path, text);
  auto const e = failure(a.open(id, depth::files));
  CHECK(e.code == errc::corrupt_state);
  CHECK_THAT(e.path, contains("log.jsonl: record 2"));
  write_file(path, "");
  CHECK_THAT(failure(a.open(id, depth::files)).message(), contains("no whole batch"));
}

TEST_CASE("a lost object of a log is named and not passed over") {
  place const at{false};
  auto a = at.open();
  auto const id = create(a, "u1");
  add_files(a, id, 0, 5);
  any_store store = at.store;
  REQUIRE(ok(store.remove(".waybill/logs/u1/log/00000000000000000003.jsonl")));
  CHECK(failure(a.open(id, depth::files)).code == errc::corrupt_state);
}

TEST_CASE("a batch whose answer was lost is found again and is there once") {
  auto const plan = std::make_shared<fault_plan>();
  memory_store const inner;
  archive a{any_store{faulty<memory_store>{inner, plan}}, no_manifest};
  auto const id = create(a, "u1");
  auto now = a.open(id, depth::files).value();
  bool lost = false;
  plan->after = [&](std::string_view operation, std::string_view) -> std::optional<error> {
    if (operation != "put" || std::exchange(lost, true)) return std::nullopt;
    return passing_failure("answer lost");
  };
  REQUIRE(ok(a.append(now, act_change(now.data, "a"))));
  CHECK(lost);
  CHECK(a.open(id, depth::files)->data.line.effective.size() == 1);
  // The same failure, and the batch did not arrive: it is sent again.
  bool refused = false;
  plan->before = [&](std::string_view operation, std::string_view) -> std::optional<error> {
    if (operation != "put" || std::exchange(refused, true)) return std::nullopt;
    return passing_failure("not arrived");
  };
  REQUIRE(ok(a.append(now, act_change(now.data, "b"))));
  CHECK(a.open(id, depth::files)->data.line.effective.size() == 2);
  // Lost, and somebody else has the name by now.
  auto stale = a.open(id, depth::files).value();
  REQUIRE(ok(a.append(now, act_change(now.data, "c"))));
  CHECK(code_of(a.append(stale, act_change(stale.data, "d"))) == "lost_race");
}

TEST_CASE("a log that was copied to another kind of store goes on there") {
  auto const copied = [](any_store const& from, any_store to) {
    REQUIRE(ok(from.list("", [&](object_info const& info) -> result<void> {
      auto const source = from.open(info.key);
      if (!source) return source.error();
      std::string text(static_cast<std::size_t>(info.size), '\0');
      auto const n = (*source)->read(std::as_writable_bytes(std::span{text}));
      if (!n) return n.error();
      auto const stored = to.put(info.key, memory_content{text});
      return stored ? result<void>{} : result<void>{stored.error()};
    })));
  };
  for (bool const directory : {true, false}) {
    place const first{directory};
    place const second{!directory};
    auto a = first.open();
    auto const id = create(a, "u1");
    add_files(a, id, 0, 3);
    copied(first.store, second.store);
    auto b = second.open();
    add_files(b, id, 3, 3);
    CHECK(b.open(id, depth::actions)->data.line.effective.size() == 6);
    place const third{directory};
    copied(second.store, third.store);
    auto c = third.open();
    add_files(c, id, 6, 1500);
    auto const all = c.open(id, depth::actions);
    REQUIRE(ok(all));
    CHECK(all->data.line.effective.size() == 1506);
    auto const quick = c.open(id, depth::files);
    REQUIRE(ok(quick));
    CHECK(quick->records_read <= 1000);
    CHECK(quick->log.at == all->log.at);
    CHECK(quick->data.line.effective.size() == 1506);
  }
}

TEST_CASE("what could not be read again is not written") {
  for (bool const directory : {true, false}) {
    place const at{directory};
    auto a = at.open();
    auto const id = create(a, "u1");
    auto now = a.open(id, depth::files).value();
    json::value const number{json::number{"1,\"n\":2"}};
    history::landed const broken{std::make_shared<history::action const>(
                                     history::action{"Meta.set", json::object{{"new", number}}, "o", 1, "h"}),
                                 history::effect::applied, "ann", "now"};
    CHECK(code_of(a.append(now, {now.data, {{somebody(), history::records::acted{broken}}}})) == "not_representable");
    auto const again = a.open(id, depth::files);
    REQUIRE(ok(again));
    CHECK(again->log.at == now.log.at);
  }
}

#include <waybill/driver/valohai/preparation.hpp>

#include "platform.hpp"

namespace {
using namespace waybill_test;

v::update_settings settings_of(workplace const& place) {
  return {.content = place.content().string(), .now = some_time, .cache_file = (place.root / "cache").string()};
}

result<v::prepared_update> prepare(v::previous_files const& before, v::update_settings const& settings,
                                   v::output_directory const* outputs) {
  auto const content = v::list_content(settings.content, settings.names, {});
  if (!content) return content.error();
  return v::prepare_update(*content, before, settings, false, outputs, nullptr, {.workers = 2});
}

v::previous_files files(std::vector<v::datum> data) {
  return v::previous_files::create(std::move(data), v::duplicate_policy::refuse).value();
}
digest sha(std::string_view text) { return hash_bytes<sha256_hasher>(as_bytes(text)); }

/// Times well in the past: the cache trusts no file that was touched just now.
void age(workplace const& place) {
  for (auto const& at : std::filesystem::recursive_directory_iterator{place.content()})
    if (at.is_regular_file())
      std::filesystem::last_write_time(at, std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
}

TEST_CASE("An update is prepared on all workers and what stays is not written", "[valohai]") {
  workplace place;
  std::vector<v::datum> old;
  for (int i = 0; i < 300; ++i) {
    auto const name = "d" + std::to_string(i % 7) + "/f" + std::to_string(i), text = "text " + std::to_string(i);
    place.put(name, i % 3 == 0 ? text + "!" : text);
    if (i % 3 != 1) old.push_back({std::to_string(i), name, text.size(), {sha(text)}});
  }
  old.push_back({"x", "gone", 3, {sha("bye")}});
  auto const outputs = place.outputs();
  auto const done = prepare(files(old), settings_of(place), &outputs);
  REQUIRE(ok(done));
  CHECK(done->plan.count(v::file_action::added) == 100);
  CHECK(done->plan.count(v::file_action::changed) == 100);
  CHECK(done->plan.count(v::file_action::kept) == 100);
  CHECK(done->plan.count(v::file_action::removed) == 1);
  auto const written = workplace::files(place.out());
  CHECK(written.size() == 200);
  for (auto const& [name, text] : written) CHECK(text == waybill_test::read_file(place.content() / name));
}

TEST_CASE("A second run reads no content neither of what stays nor of what is in the outputs", "[valohai]") {
  workplace place;
  place.put("same", "same");
  place.put("new", "new");
  age(place);
  auto settings = settings_of(place);
  // The moment of the run must lie clearly behind the last change of the files, whose ctime is now.
  settings.now = timestamp{std::chrono::nanoseconds{
      state_of(open_for_reading((place.content() / "new").string())->get(), "").value().changed_ns + 10'000'000'000}};
  auto const outputs = place.outputs();
  auto const before = files({{"1", "same", 4, {sha("same")}}});
  CHECK(prepare(before, settings, &outputs)->bytes_read == 7);
  auto const again = prepare(before, settings, &outputs);
  REQUIRE(ok(again));
  CHECK(again->bytes_read == 0);
  CHECK(again->plan.count(v::file_action::kept) == 1);
  CHECK(*again->plan.files.at(0).digests.find(algorithms::sha256) == sha("new"));
  workplace::put_at(place.out() / "new", "NEW");  // somebody wrote to the output: it is made again
  CHECK(prepare(before, settings, &outputs)->bytes_read == 3);
  CHECK(workplace::files(place.out()).at("new") == "new");
}

TEST_CASE("Content and outputs that lie in each other are refused", "[valohai]") {
  workplace place;
  auto settings = settings_of(place);
  auto const outputs = place.outputs();
  CHECK(ok(v::find_content(settings, &outputs, {})));
  settings.content = place.root.string();
  CHECK(code_of(v::find_content(settings, &outputs, {})) == "usage");
  CHECK(ok(v::find_content(settings, nullptr, {})));
  std::filesystem::create_directories(place.out() / "content");
  settings.content = (place.out() / "content").string();
  CHECK(code_of(v::find_content(settings, &outputs, {})) == "usage");
  settings.content = place.out().string();
  CHECK(code_of(v::find_content(settings, &outputs, {})) == "usage");
}

TEST_CASE("Sidecars go with what is uploaded and stay with what is kept", "[valohai]") {
  workplace place;
  for (auto const* name : {"new", "same"}) {
    place.put(name, name);
    place.put(std::string{name} + ".metadata.json", "{}");
  }
  auto settings = settings_of(place);
  settings.names.pass_sidecars = true;
  auto const outputs = place.outputs();
  REQUIRE(ok(prepare(files({{"1", "same", 4, {sha("same")}}}), settings, &outputs)));
  CHECK(workplace::files(place.out()) ==
        std::map<std::string, std::string>{{"new", "new"}, {"new.metadata.json", "{}"}});
}

TEST_CASE("Progress ends with everything counted", "[valohai]") {
  workplace place;
  place.put("a", "1");
  place.put("b", "2");
  auto settings = settings_of(place);
  v::update_progress last;
  settings.on_progress = [&](v::update_progress const& p) { last = p; };
  REQUIRE(ok(prepare(files({{"1", "gone"}}), settings, nullptr)));
  CHECK(last.files_done == 2);
  CHECK(last.files_total == 2);
  CHECK(last.removed == 1);
}

}  // namespace

#include <waybill/registry/presence.hpp>

#include "bucket.hpp"

using namespace waybill;
using waybill_test::bucket_state;
using waybill_test::bucket_store;

namespace {

std::string numbered(std::string const& prefix, std::size_t n) {
  auto const digits = std::to_string(n);
  return prefix + std::string(8 - digits.size(), '0') + digits;
}

/// Keys 0, 3, 6, … of `count` are there.
std::vector<std::string> third_of(std::shared_ptr<bucket_state> const& state, std::size_t count) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < count; ++i) {
    keys.push_back(numbered("objects/", i));
    if (i % 3 == 0) state->contents[keys.back()] = {"x"};
  }
  return keys;
}

std::size_t right(std::vector<std::optional<object_info>> const& found) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < found.size(); ++i) n += found[i].has_value() == (i % 3 == 0) ? 1U : 0U;
  return n;
}

}  // namespace

TEST_CASE("a few keys are asked for one by one, many in one listing") {
  auto const state = std::make_shared<bucket_state>();
  any_store const store{bucket_store{state}};
  for (std::size_t const count :
       {std::size_t{1}, detail::asked_one_by_one, detail::asked_one_by_one + 1, std::size_t{5'000}}) {
    INFO(count);
    state->contents.clear();
    auto const keys = third_of(state, count);
    state->asked.clear();
    CHECK(right(detail::find_objects(store, keys, {}).value()) == count);
    bool const few = count <= detail::asked_one_by_one;
    CHECK(state->count("HEAD") == (few ? count : 0));
    CHECK(state->count("LIST") == (few ? 0 : 1));
  }
  CHECK(detail::find_objects(store, {}, {}).value().empty());
}

TEST_CASE("a listing that holds far more than is asked for is given up and the rest asked one by one") {
  auto const state = std::make_shared<bucket_state>();
  any_store const store{bucket_store{state}};
  auto const keys = third_of(state, 100);
  for (std::size_t i = 0; i < 10'000; ++i) state->contents[numbered("objects/00000050", i)] = {"x"};
  state->asked.clear();
  CHECK(right(detail::find_objects(store, keys, {}).value()) == 100);
  CHECK(state->count("LIST objects/000000") == 1);
  auto const heads = state->count("HEAD");
  CHECK(heads > 0);
  CHECK(heads < 50);
}

TEST_CASE("a stopped search for objects says so") {
  auto const state = std::make_shared<bucket_state>();
  any_store const store{bucket_store{state}};
  auto const keys = third_of(state, 100);
  std::stop_source stop;
  stop.request_stop();
  CHECK(detail::find_objects(store, keys, {1, {}, stop.get_token()}).error().code == errc::interrupted);
}

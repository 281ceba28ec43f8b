#include <waybill/scan/reading_item.hpp>

#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;

namespace {

using run = std::pair<std::uint32_t, std::uint32_t>;

/// Directories with so many files each.
detail::tree_listing listing_of(std::vector<std::uint32_t> const& counts) {
  detail::tree_listing out;
  for (auto const count : counts) {
    auto& d = out.directories.emplace_back();
    d.children.resize(count);
    d.files = count;
    d.first_file = std::exchange(out.files, out.files + count);
  }
  return out;
}

/// The runs of each directory, in the order in which they are dealt out.
std::vector<std::vector<run>> dealt(detail::tree_listing const& listing, unsigned workers) {
  work_queue<detail::reading_item> queue;
  detail::queue_all(listing, workers, queue);
  std::vector<std::vector<run>> out(listing.directories.size());
  std::uint32_t last = 0;
  REQUIRE(queue.drain({}, [&](detail::reading_item const& item) -> result<void> {
    CHECK(item.directory >= last);
    CHECK((!item.alone && item.job == nullptr));
    last = item.directory;
    out.at(item.directory).emplace_back(item.first, item.last);
    return {};
  }));
  return out;
}

}  // namespace

TEST_CASE("every child is dealt out once and directories without files are left out") {
  auto listing = listing_of({5, 0, 1000, 1});
  listing.directories[1].children.resize(7);  // directories only
  auto const runs = dealt(listing, 1);
  CHECK(runs[0] == std::vector<run>{{0, 5}});
  CHECK(runs[1].empty());
  CHECK(runs[3] == std::vector<run>{{0, 1}});
  std::uint32_t at = 0;
  for (auto const& [first, last] : runs[2]) {
    CHECK(first == at);
    CHECK(last > first);
    at = last;
  }
  CHECK(at == 1000);
}

TEST_CASE("one directory keeps all workers busy and no run is longer than the limit") {
  CHECK(dealt(listing_of({160}), 4)[0].size() >= 4U * 6);
  auto const runs = dealt(listing_of({10'000}), 1)[0];
  CHECK(runs.front() == run{0, detail::most_children_of_item});
  CHECK(runs.size() == 40);
}

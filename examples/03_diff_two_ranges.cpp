// Diff two sorted ranges of your own records: the algorithms take any range and a projection to its keys.
#include <waybill/algebra/diff.hpp>

#include <cstdio>
#include <string>
#include <vector>

/// A row of an object store's listing, say.
struct row {
  std::string name;
  std::uint64_t bytes;
  std::string etag;
};

struct name_of_row {
  std::string_view operator()(row const& r) const { return r.name; }
};

/// Takes what was found, in walk order; nothing is collected.
struct print {
  void added(row const& r) { std::printf("+ %s\n", r.name.c_str()); }
  void removed(row const& r) { std::printf("- %s\n", r.name.c_str()); }
  void modified(row const& before, row const& after, waybill::entry_change) {
    std::printf("~ %s (%lld bytes)\n", after.name.c_str(),
                static_cast<long long>(after.bytes) - static_cast<long long>(before.bytes));
  }
};
static_assert(waybill::diff_sink<print, row, row>);

int main() {
  std::vector<row> const yesterday{{"images/1.png", 900, "a1"}, {"images/2.png", 700, "b2"}, {"labels.csv", 120, "c3"}};
  std::vector<row> const today{{"images/2.png", 750, "d4"}, {"images/3.png", 800, "e5"}, {"labels.csv", 120, "c3"}};

  auto const compare = [](row const& a, row const& b) {
    return a.etag == b.etag ? waybill::entry_change::none : waybill::entry_change::content;
  };
  waybill::classify(yesterday, today, print{}, compare, name_of_row{}, name_of_row{});
}

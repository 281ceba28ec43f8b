#include <waybill/algebra/renames.hpp>

#include <waybill/core/digest.hpp>

#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "unit/algebra/samples.hpp"

using namespace waybill;
using waybill_test::keys_of;
using waybill_test::make_entry;

namespace {

diff renamed(std::vector<entry> removed, std::vector<entry> added) {
  diff d;
  d.removed = std::move(removed);
  d.added = std::move(added);
  find_renames(d);
  return d;
}

std::vector<std::string> pairs(diff const& d) {
  std::vector<std::string> out;
  for (auto const& r : d.renamed) out.push_back(r.from.str() + " > " + r.after.key.str());
  return out;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an entry that stands under another key with the same content and metadata was renamed") {
  auto const d = renamed({make_entry("a", "1"), make_entry("b", "2")}, {make_entry("c", "1"), make_entry("d", "3")});
  CHECK(pairs(d) == texts{"a > c"});
  CHECK(keys_of(d.removed) == texts{"b"});
  CHECK(keys_of(d.added) == texts{"d"});
}

TEST_CASE("other metadata is no rename, members in another order are") {
  CHECK(renamed({make_entry("a", "1")}, {make_entry("b", "1", R"({"user_meta":{}})")}).renamed.empty());
  CHECK(renamed({make_entry("a", "1", R"({"user_meta":{"x":1,"y":2}})")},
                {make_entry("b", "1", R"({"user_meta":{"y":2,"x":1}})")})
            .renamed.size() == 1);
}

TEST_CASE("empty files are never paired") {
  auto const d = renamed({make_entry("a", "")}, {make_entry("b", "")});
  CHECK(d.renamed.empty());
  CHECK(d.added.size() == 1);
  CHECK(d.removed.size() == 1);
}

TEST_CASE("of several with one content, equal last segments pair first, then walk order, each is used once") {
  auto const d =
      renamed({make_entry("old/a", "1"), make_entry("old/b", "1"), make_entry("old/c", "1")},
              {make_entry("new/0", "1"), make_entry("new/c", "1"), make_entry("new/x", "1"), make_entry("new/y", "1")});
  CHECK(pairs(d) == texts{"old/a > new/0", "old/c > new/c", "old/b > new/x"});
  CHECK(keys_of(d.added) == texts{"new/y"});
  CHECK(d.removed.empty());
}

TEST_CASE("the strongest common digest decides, not a weaker one that agrees") {
  auto const weak = digest{algorithms::md5, std::vector<std::byte>(16)};
  auto before = make_entry("a", "1");
  auto after = make_entry("b", "2");
  before.digests.insert(weak);
  after.digests.insert(weak);
  CHECK(renamed({before}, {after}).renamed.empty());
  before.digests = {weak};
  CHECK(renamed({before}, {after}).renamed.size() == 1);
}

TEST_CASE("renames come in walk order of the new key and do not depend on chance") {
  std::vector<entry> removed;
  std::vector<entry> added;
  for (int i = 0; i < 50; ++i) {
    removed.push_back(make_entry("old/" + std::to_string(100 + i), std::to_string(i % 7)));
    added.push_back(make_entry("new/" + std::to_string(100 + i), std::to_string(i % 5)));
  }
  auto const d = renamed(removed, added);
  CHECK(d.renamed.size() == 36);  // contents 0 to 4 are on both sides: 8 and four times 7 removed, 10 of each added
  CHECK(is_walk_sorted(d.renamed, [](waybill::rename const& r) { return std::string_view{r.after.key}; }));
  CHECK(is_walk_sorted(d.added));
  CHECK(is_walk_sorted(d.removed));
  CHECK(d.added.size() == 50 - d.renamed.size());
  CHECK(d.removed.size() == 50 - d.renamed.size());
  CHECK(pairs(d) == pairs(renamed(removed, added)));
}

#include <waybill/scan/download.hpp>

#include <filesystem>
#include <stop_token>
#include <string>

#include "placing.hpp"

using namespace waybill;
using waybill_test::breaking;
using waybill_test::code_of;
using waybill_test::dataset_provider;
using waybill_test::entries_of;
using waybill_test::files;
using waybill_test::temporary_directory;
using waybill_test::write_file;
namespace fs = std::filesystem;

namespace {

/// A content that is just worth a file of that kind.
struct download {
  download() { contents.parts = true; }
  [[nodiscard]] std::optional<partial_file> take() const { return detail::partial_of(&partials, wanted); }
  result<void> complete(std::stop_token const& stop = {}) {
    auto file = take();
    REQUIRE(file);
    auto r = detail::complete(*file, wanted, contents, stop);
    reached = fs::file_size(file->path());
    if (r) CHECK(waybill_test::read_file(file->path()) == dataset.at("a"));
    return r;
  }
  /// What an earlier run left.
  void keep(std::string const& bytes) { write_file(take()->path(), bytes); }

  temporary_directory dir;
  files dataset{{"a", waybill_test::vector_bytes(partial_files::smallest, 7)}};
  entry wanted = entries_of(dataset).front();
  dataset_provider contents{dataset};
  partial_files partials = partial_files::open((dir / "partial").string(), 0).value();
  std::uint64_t reached = 0;
};

}  // namespace

TEST_CASE("a download goes on behind what is there") {
  download d;
  d.contents.around = [](entry const&, std::unique_ptr<byte_source> s) -> result<std::unique_ptr<byte_source>> {
    return std::make_unique<breaking>(std::move(s), 1000);
  };
  CHECK(code_of(d.complete()) == "temporary");
  CHECK(d.reached == 1000);
  CHECK(code_of(d.complete()) == "ok");
  CHECK(d.contents.offsets == std::vector<std::uint64_t>{1000});
  CHECK(code_of(d.complete()) == "ok");  // whole: nothing is asked for
  CHECK(d.contents.offsets.size() == 1);
  CHECK(d.contents.opened == 1);
}

TEST_CASE("what is there and wrong is fetched from its beginning") {
  download d;
  auto const wrong = GENERATE(std::size_t{1000}, std::size_t{partial_files::smallest} + 1);
  d.keep(std::string(wrong, 'x'));
  CHECK(code_of(d.complete()) == "ok");
  CHECK(d.contents.opened == 1);
}

TEST_CASE("bytes that arrive damaged are asked for as often as the provider says") {
  download d;
  int damaged = GENERATE(2, 3);
  bool const mended = damaged == 2;
  d.contents.tries = 3;
  d.contents.around = [&](entry const&, std::unique_ptr<byte_source> s) -> result<std::unique_ptr<byte_source>> {
    if (damaged-- <= 0) return s;
    return std::unique_ptr<byte_source>{std::make_unique<memory_source>(std::string_view{"damaged"})};
  };
  CHECK(code_of(d.complete()) == (mended ? "ok" : "size_mismatch"));
  CHECK(d.contents.opened == 3);
  if (!mended) CHECK(d.reached == 0);  // nothing wrong stays
}

TEST_CASE("a download that is stopped keeps what it has") {
  download d;
  d.keep(d.dataset.at("a").substr(0, 1000));
  std::stop_source stop;
  stop.request_stop();
  CHECK(code_of(d.complete(stop.get_token())) == "interrupted");
  CHECK(d.reached == 1000);
  CHECK(d.contents.opened == 0);
}

TEST_CASE("small contents and those without a digest or size are not worth a file") {
  download d;
  auto e = d.wanted;
  CHECK_FALSE(detail::partial_of(nullptr, e));
  e.size = partial_files::smallest - 1;
  CHECK_FALSE(detail::partial_of(&d.partials, e));
  e.size.reset();
  CHECK_FALSE(detail::partial_of(&d.partials, e));
  e = d.wanted;
  e.digests = {};
  CHECK_FALSE(detail::partial_of(&d.partials, e));
}

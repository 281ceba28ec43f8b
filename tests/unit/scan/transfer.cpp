#include <waybill/scan/transfer.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "placing.hpp"
#include "samples.hpp"

using namespace waybill;
using waybill_test::code_of;
using waybill_test::entry_of;
namespace fs = std::filesystem;

namespace {

/// A worker over a dataset and an empty target.
struct bench {
  explicit bench(waybill_test::files dataset, fs::path const& local = {}, placement_mode mode = placement_mode::copy)
      : provider{std::move(dataset), local},
        job{root, provider, {mode, {}, durability::batch, nullptr}, stop.get_token(), progress} {}
  waybill_test::temporary_directory dir;
  root_directory root = root_directory::open(dir.path().string(), false).value();
  waybill_test::dataset_provider provider;
  std::stop_source stop;
  progress_counter progress{{}, "install"};
  detail::transfer_job job;
  detail::transfer_worker worker{job};
};

using tree = std::map<std::string, std::string>;

}  // namespace

TEST_CASE("contents of all sizes around the buffer's are placed whole") {
  for (std::uint64_t const size : {0U, 1U, 4096U, 262'143U, 262'144U, 262'145U, 600'000U, 3'000'000U}) {
    INFO(size);
    auto const bytes = waybill_test::vector_bytes(size, 7);
    for (auto const a : {algorithm{algorithms::sha256}, algorithm{algorithms::sha2_256_chunked}}) {
      bench streamed{{{"d/k", bytes}}};
      CHECK(code_of(streamed.worker.place(entry_of("d/k", bytes, {a}), false)) == "ok");
      CHECK(waybill_test::placed(streamed.dir.path()) == tree{{"d/k", bytes}});
      waybill_test::temporary_directory const store;
      bench local{{{"d/k", bytes}}, store.path()};
      CHECK(code_of(local.worker.place(entry_of("d/k", bytes, {a}), false)) == "ok");
      CHECK(waybill_test::placed(local.dir.path()) == tree{{"d/k", bytes}});
      CHECK(local.provider.opened == 0);
    }
  }
}

TEST_CASE("a source that reads in odd pieces changes nothing") {
  struct trickle final : byte_source {
    explicit trickle(std::unique_ptr<byte_source> s) : inner{std::move(s)} {}
    result<std::size_t> read(std::span<std::byte> buffer) override {
      return inner->read(buffer.first(std::min<std::size_t>(buffer.size(), 777)));
    }
    std::unique_ptr<byte_source> inner;
  };
  for (std::uint64_t const size : {5000U, 300'000U}) {
    auto const bytes = waybill_test::vector_bytes(size, 1);
    bench b{{{"k", bytes}}};
    b.provider.around = [](entry const&, std::unique_ptr<byte_source> s) -> result<std::unique_ptr<byte_source>> {
      return std::make_unique<trickle>(std::move(s));
    };
    CHECK(code_of(b.worker.place(entry_of("k", bytes), false)) == "ok");
    CHECK(waybill_test::placed(b.dir.path()) == tree{{"k", bytes}});
  }
}

TEST_CASE("a placed copy has the mode of a plain file, a linked one the store's") {
  waybill_test::temporary_directory const store;
  auto const old_mask = ::umask(022);
  bench copied{{{"k", "bytes"}}, store.path()};
  bench linked{{{"k", "bytes"}}, store.path(), placement_mode::hard_link};
  fs::permissions(store / "k", fs::perms::owner_read);
  CHECK(code_of(copied.worker.place(entry_of("k", "bytes"), false)) == "ok");
  CHECK(code_of(linked.worker.place(entry_of("k", "bytes"), false)) == "ok");
  ::umask(old_mask);
  CHECK(fs::status(copied.dir / "k").permissions() == fs::perms{0644});
  CHECK_FALSE(fs::equivalent(copied.dir / "k", store / "k"));
  CHECK(fs::equivalent(linked.dir / "k", store / "k"));
  CHECK(fs::status(linked.dir / "k").permissions() == fs::perms{0400});
}

TEST_CASE("a link is made only to bytes that are right") {
  waybill_test::temporary_directory const store;
  bench b{{{"k", "bytes"}}, store.path(), placement_mode::hard_link};
  auto const damaged = b.worker.place(entry_of("k", "BYTES"), false);
  CHECK(code_of(damaged) == "digest_mismatch");
  CHECK_THAT(damaged.error().detail, waybill_test::contains((store / "k").string()));
  CHECK(code_of(b.worker.place(entry_of("k", "longer bytes"), false)) == "size_mismatch");
  CHECK(waybill_test::placed(b.dir.path()).empty());
}

TEST_CASE("what cannot be linked is copied") {
  struct stat here{}, there{};
  waybill_test::temporary_directory const probe;
  if (::stat("/dev/shm", &there) != 0 || ::stat(probe.path().c_str(), &here) != 0 || here.st_dev == there.st_dev ||
      ::access("/dev/shm", W_OK) != 0)
    WAYBILL_SKIP("no second file system at /dev/shm");
  fs::path const store = "/dev/shm/waybill-test-transfer-" + std::to_string(::getpid());
  auto const large = waybill_test::vector_bytes(2'000'000, 9);
  {
    bench b{{{"k", "bytes"}, {"large", large}}, store, placement_mode::hard_link};
    CHECK(code_of(b.worker.place(entry_of("k", "bytes"), false)) == "ok");
    CHECK(code_of(b.worker.place(entry_of("large", large), false)) == "ok");
    CHECK(waybill_test::placed(b.dir.path()) == tree{{"k", "bytes"}, {"large", large}});
  }
  fs::remove_all(store);
}

TEST_CASE("a local file that is gone is asked of the provider") {
  waybill_test::temporary_directory const store;
  bench b{{{"k", "bytes"}}, store.path()};
  fs::remove(store / "k");
  CHECK(code_of(b.worker.place(entry_of("k", "bytes"), false)) == "ok");
  CHECK(b.provider.opened == 1);
}

TEST_CASE("a secret in a place's query is not in the error") {
  bench b{{{"k", "other"}}};
  auto e = entry_of("k", "bytes");
  e.places.push_back(physical_key::parse("https://host/k?X-Amz-Signature=secret").value());
  auto const r = b.worker.place(e, false);
  REQUIRE(code_of(r) == "digest_mismatch");
  CHECK_THAT(r.error().message(), waybill_test::contains("https://host/k"));
  CHECK(r.error().message().find("secret") == std::string::npos);
}

TEST_CASE("a file that appeared meanwhile is a collision where that is asked for") {
  bench b{{{"k", "bytes"}}};
  waybill_test::write_file(b.dir / "k", "mine");
  CHECK(code_of(b.worker.place(entry_of("k", "bytes"), true)) == "collision");
  CHECK(waybill_test::read_file(b.dir / "k") == "mine");
  CHECK(code_of(b.worker.place(entry_of("k", "bytes"), false)) == "ok");
  CHECK(waybill_test::read_file(b.dir / "k") == "bytes");
}

TEST_CASE("a file is current when its bytes are the entry's") {
  bench b{{}};
  waybill_test::write_file(b.dir / "k", "bytes");
  auto const state = *b.root.state("k").value();
  CHECK(b.worker.is_current(entry_of("k", "bytes"), state).value());
  CHECK_FALSE(b.worker.is_current(entry_of("k", "BYTES"), state).value());
}

TEST_CASE("the cache is believed before the file is read") {
  bench b{{}};
  waybill_test::write_file(b.dir / "k", "bytes");
  auto const state = *b.root.state("k").value();
  std::vector<algorithm> const algorithms{algorithms::sha256};
  waybill_test::temporary_directory const elsewhere;
  // The cache says other bytes than the file has, so that who is asked can be told.
  stat_cache_writer writer{b.root.path(), algorithms};
  writer.add("k", state, entry_of("k", "OTHER").digests);
  REQUIRE(code_of(std::move(writer).save((elsewhere / "cache").string(), state.changed_ns + 10'000'000'000)) == "ok");
  auto const cache = stat_cache::load((elsewhere / "cache").string(), b.root.path(), algorithms);
  REQUIRE(cache.size() == 1);
  b.job.rules.cache = &cache;
  CHECK(b.worker.is_current(entry_of("k", "OTHER"), state).value());
  CHECK_FALSE(b.worker.is_current(entry_of("k", "bytes"), state).value());
  auto touched = state;
  ++touched.modified_ns;
  CHECK(b.worker.is_current(entry_of("k", "bytes"), touched).value());                   // not the recorded state: read
  CHECK(b.worker.is_current(entry_of("k", "bytes", {algorithms::md5}), state).value());  // no such digest: read
}

TEST_CASE("a stopped transfer leaves nothing") {
  auto const bytes = waybill_test::vector_bytes(1'000'000, 2);
  bench b{{{"k", bytes}}};
  b.provider.around = [&b](entry const&, std::unique_ptr<byte_source> s) -> result<std::unique_ptr<byte_source>> {
    b.stop.request_stop();
    return s;
  };
  CHECK(code_of(b.worker.place(entry_of("k", bytes), false)) == "interrupted");
  CHECK(waybill_test::placed(b.dir.path()).empty());
}

TEST_CASE("a file that changes while it is linked is not linked") {
  waybill_test::temporary_directory const dir, store;
  auto const bytes = waybill_test::vector_bytes(600'000, 3);
  waybill_test::dataset_provider provider{{{"k", bytes}}, store.path()};
  waybill_test::set_mtime(store / "k", 1'000'000'000);
  auto const root = root_directory::open(dir.path().string(), false).value();
  // The first report comes when the first bytes were read and found right: then they change.
  progress_counter progress{[&](waybill::progress const&) {
                              std::fstream file{store / "k", std::ios::in | std::ios::out | std::ios::binary};
                              file.put('!');
                            },
                            "install"};
  detail::transfer_job job{root, provider, {placement_mode::hard_link, {}, durability::batch, nullptr}, {}, progress};
  CHECK(code_of(detail::transfer_worker{job}.place(entry_of("k", bytes), false)) == "source_changed");
  CHECK(waybill_test::placed(dir.path()).empty());
}

TEST_CASE("a link does not take a name that is taken where that is asked for") {
  waybill_test::temporary_directory const store;
  bench b{{{"k", "bytes"}}, store.path(), placement_mode::hard_link};
  waybill_test::write_file(b.dir / "k", "mine");
  CHECK(code_of(b.worker.place(entry_of("k", "bytes"), true)) == "collision");
  CHECK(waybill_test::read_file(b.dir / "k") == "mine");
}

TEST_CASE("a cache that lacks a required digest does not decide") {
  bench b{{}};
  waybill_test::write_file(b.dir / "k", "bytes");
  auto const state = *b.root.state("k").value();
  std::vector<algorithm> const algorithms{algorithms::sha256};
  waybill_test::temporary_directory const elsewhere;
  stat_cache_writer writer{b.root.path(), algorithms};
  writer.add("k", state, entry_of("k", "bytes").digests);
  REQUIRE(code_of(std::move(writer).save((elsewhere / "cache").string(), state.changed_ns + 10'000'000'000)) == "ok");
  auto const cache = stat_cache::load((elsewhere / "cache").string(), b.root.path(), algorithms);
  b.job.rules.cache = &cache;
  b.job.rules.require = {algorithms::md5};
  auto e = entry_of("k", "bytes");
  e.digests.insert(waybill_test::digest_of(algorithms::md5, "other"));
  detail::transfer_worker worker{b.job};
  CHECK_FALSE(worker.is_current(e, state).value());
  e = entry_of("k", "bytes", {algorithms::sha256, algorithms::md5});
  CHECK(worker.is_current(e, state).value());
}

TEST_CASE("what cannot be read is an error and not merely out of date") {
  bench b{{}};
  waybill_test::write_file(b.dir / "k", "bytes");
  auto const state = *b.root.state("k").value();
  CHECK_FALSE(b.worker.is_current(entry_of("gone", "bytes"), state).value());
  fs::create_symlink("k", b.dir / "link");
  CHECK(code_of(b.worker.is_current(entry_of("link", "bytes"), state)) == "unsafe_path");
  b.stop.request_stop();
  CHECK(code_of(b.worker.is_current(entry_of("k", "bytes"), state)) == "interrupted");
}

TEST_CASE("a small transfer stops too") {
  bench b{{{"k", "bytes"}}};
  b.provider.around = [&b](entry const&, std::unique_ptr<byte_source> s) -> result<std::unique_ptr<byte_source>> {
    b.stop.request_stop();
    return s;
  };
  CHECK(code_of(b.worker.place(entry_of("k", "bytes"), false)) == "interrupted");
  CHECK(waybill_test::placed(b.dir.path()).empty());
}

TEST_CASE("an error without a place gets the entry's key") {
  bench b{{{"k", "bytes"}}};
  b.provider.around = [](entry const&, std::unique_ptr<byte_source>) -> result<std::unique_ptr<byte_source>> {
    return make_error(errc::temporary, "later");
  };
  CHECK(b.worker.place(entry_of("k", "bytes"), false).error().path == "k");
}

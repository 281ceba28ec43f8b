// The store contract, and what only S3 has, against a real service named by the environment:
//
//   AWS_ENDPOINT_URL_S3 (none: AWS), AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION
//   WAYBILL_TEST_BUCKET            an empty bucket without versions; what is in it is removed
//   WAYBILL_TEST_VERSIONED_BUCKET  an empty bucket with versions; likewise
//
// A bucket whose name does not hold `waybill` is refused, so that nobody's data is removed by accident.

#include <waybill/hash/multi.hpp>
#include <waybill/http/curl.hpp>
#include <waybill/scan/pool.hpp>
#include <waybill/store/any_store.hpp>
#include <waybill/store/retrying.hpp>
#include <waybill/store/s3.hpp>
#include <waybill/store/verified.hpp>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <thread>

#include "unit/store/contract.hpp"
#include "unit/store/watched_content.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

using store_type = s3_store<curl_client>;

std::string environment(char const* name, std::string otherwise = {}) {
  char const* text = std::getenv(name);
  return text ? text : std::move(otherwise);
}

std::string plain_bucket() { return environment("WAYBILL_TEST_BUCKET"); }
std::string versioned_bucket() { return environment("WAYBILL_TEST_VERSIONED_BUCKET"); }

s3_options options_for(std::string const& bucket) {
  s3_options out;
  out.bucket = {bucket, environment("AWS_REGION", environment("AWS_DEFAULT_REGION", "us-east-1")),
                environment("AWS_ENDPOINT_URL_S3", environment("AWS_ENDPOINT_URL"))};
  out.credentials = []() -> result<aws_credentials> {
    return aws_credentials{
        environment("AWS_ACCESS_KEY_ID"), environment("AWS_SECRET_ACCESS_KEY"), environment("AWS_SESSION_TOKEN"), {}};
  };
  out.clock = [] { return std::chrono::time_point_cast<timestamp::duration>(std::chrono::system_clock::now()); };
  return out;
}

/// One client for all stores, as a program would have it.
std::shared_ptr<curl_client> client() {
  static auto const one = std::make_shared<curl_client>();
  return one;
}

store_type store_of(s3_options options) { return store_type::create(client(), std::move(options)).value(); }

/// A service may ask for patience at any time.
retry_policy patience() {
  retry_policy policy;
  policy.attempts = 5;
  policy.first_delay = std::chrono::milliseconds{5};
  policy.sleep = [](std::chrono::milliseconds wait) -> result<void> {
    std::this_thread::sleep_for(wait);
    return {};
  };
  return policy;
}

void empty(store_type& store) {
  if (store.bucket().find("waybill") == std::string::npos)
    throw std::runtime_error("the test bucket's name must hold 'waybill': " + store.bucket());
  std::vector<s3_version> all;
  auto const listed = detail::repeat_transient(patience(), [&] {
    all.clear();
    return store.list_versions("", [&](s3_version const& v) -> result<void> {
      all.push_back(v);
      return {};
    });
  });
  if (!listed) throw std::runtime_error(listed.error().message());
  job_control control;
  control.workers = 8;
  auto const removed = parallel_for(all.size(), control, [&](unsigned, std::size_t i) {
    return detail::repeat_transient(patience(), [&] { return store.remove_version(all[i].key, all[i].version_id); });
  });
  if (!removed) throw std::runtime_error(removed.error().message());
}

store_type empty_store(std::string const& bucket, s3_options (*make)(std::string const&) = options_for) {
  if (bucket.empty())
    throw std::runtime_error("name the buckets in WAYBILL_TEST_BUCKET and WAYBILL_TEST_VERSIONED_BUCKET");
  auto store = store_of(make(bucket));
  empty(store);
  return store;
}

/// As programs use it.
struct plain_factory {
  auto operator()() const { return retrying{empty_store(plain_bucket()), patience()}; }
  static constexpr std::size_t many = 1'100;
  static constexpr bool utf8_keys = true;
  static constexpr bool passing_conflicts = true;
};

struct versioned_factory {
  any_store operator()() const { return any_store{verified{retrying{empty_store(versioned_bucket()), patience()}}}; }
  static constexpr bool utf8_keys = true;
};

/// Whether a name can be taken anew where only the mark of a removal stands; not so with files of versitygw 1.8.
bool removals_free_names() {
  auto store = empty_store(versioned_bucket());
  return put(store, "k", "x") && store.remove("k") && put(store, "k", "y", {.only_if_absent = true});
}

constexpr std::size_t part = std::size_t{8} << 20;

std::vector<digest> parts_of(std::string const& bytes) {
  std::vector<digest> out;
  for (std::size_t at = 0; at < bytes.size(); at += part)
    out.push_back(digest_of(algorithms::sha256, std::string_view{bytes}.substr(at, part)));
  return out;
}

/// How many unfinished uploads there are of a key.
std::size_t unfinished(std::string const& bucket, std::string const& key) {
  struct model final : any_http_client {
    result<std::unique_ptr<http_response>> send(http_request const& r, http_body const* b,
                                                std::stop_token const& s) override {
      return client()->send(r, b, s);
    }
  };
  detail::s3_session const session{std::make_shared<model>(), options_for(bucket)};
  auto const reply = session.ask([&](s3_requests const& r) { return r.list_uploads(key, {}, {}); }).value();
  return accept_s3_uploads(reply, session.subject("list", key)).value().uploads.size();
}

}  // namespace

TEST_CASE("an S3 bucket keeps the contract", "[contract]") {
  plain_factory make;
  store_contract(make);
}

TEST_CASE("a bucket with versions keeps the contract inside decorators", "[contract]") {
  if (!removals_free_names()) WAYBILL_SKIP("this service takes the mark of a removal for an object");
  versioned_factory make;
  store_contract(make);
}

TEST_CASE("a small object's digests come back from the service") {
  auto store = empty_store(plain_bucket());
  for (std::size_t const size : {std::size_t{0}, std::size_t{4}, std::size_t{300'000}}) {
    auto const bytes = vector_bytes(size, 1);
    REQUIRE(put(store, "k", bytes));
    auto const info = store.head("k");
    REQUIRE(info);
    REQUIRE(info->digests.find(algorithms::sha256) != nullptr);
    CHECK(*info->digests.find(algorithms::sha256) == digest_of(algorithms::sha256, bytes));
    REQUIRE(info->digests.find(algorithms::sha2_256_chunked) != nullptr);
    CHECK(*info->digests.find(algorithms::sha2_256_chunked) == digest_of(algorithms::sha2_256_chunked, bytes));
    CHECK_FALSE(info->version_id);
  }
}

TEST_CASE("a large object goes in parts, and the service's checksum of them is the digest of its manifest entry") {
  auto store = empty_store(plain_bucket());
  auto const bytes = vector_bytes(2 * part + 12'345, 2);
  auto const chunked = digest_of(algorithms::sha2_256_chunked, bytes);
  seen_content const content{bytes, parts_of(bytes)};
  auto const stored = store.put("large", content, {.expected = {chunked}});
  REQUIRE(stored);
  CHECK(content.opened() == 3);
  CHECK((get(store, "large").value() == bytes));
  CHECK((get(store, "large", {part - 5, 10}).value() == bytes.substr(part - 5, 10)));
  auto const info = store.head("large");
  REQUIRE(info);
  CHECK(info->version == stored->version);
  if (info->digests.empty()) WARN("this service does not tell the size of a part, so that its checksum is not used");
  else CHECK(*info->digests.find(algorithms::sha2_256_chunked) == chunked);
  auto const attributes = store.attributes("large");
  REQUIRE(attributes);
  CHECK(attributes->size == bytes.size());
  CHECK(attributes->composite == chunked.text() + "-3");
  CHECK(unfinished(plain_bucket(), "large") == 0);
}

TEST_CASE("only_if_absent holds for large objects") {
  auto store = empty_store(plain_bucket());
  auto const bytes = vector_bytes(part + 1, 2);
  REQUIRE(put(store, "large", bytes, {.only_if_absent = true}));
  CHECK(put(store, "large", bytes, {.only_if_absent = true}).error().code == errc::collision);
  CHECK(unfinished(plain_bucket(), "large") == 0);
}

TEST_CASE("bytes that are not what was announced are refused by the service and leave nothing") {
  auto store = empty_store(plain_bucket());
  for (std::size_t const size : {std::size_t{1'000}, part + 1'000}) {
    auto const bytes = vector_bytes(size, 2);
    auto parts = parts_of(bytes);
    parts.back() = digest_of(algorithms::sha256, "something else");
    seen_content const content{bytes, parts};
    CHECK(store.put("k", content, {}).error().code == errc::source_changed);
    CHECK(keys_of(store).empty());
    CHECK(unfinished(plain_bucket(), "k") == 0);
  }
}

TEST_CASE("an interrupted upload of a content-addressed object is gone on with") {
  auto options = options_for(plain_bucket());
  options.part_concurrency = 0;
  auto store = store_of(options);
  empty(store);
  auto const bytes = vector_bytes(3 * part, 2);
  auto const chunked = digest_of(algorithms::sha2_256_chunked, bytes);
  auto const key = object_key(chunked);
  seen_content const broken{bytes, parts_of(bytes)};
  broken.fail_from(3);
  CHECK(store.put(key, broken, {.expected = {chunked}}).error().code == errc::interrupted);
  CHECK(unfinished(plain_bucket(), key) == 1);
  seen_content const content{bytes, parts_of(bytes)};
  REQUIRE(store.put(key, content, {.expected = {chunked}}));
  CHECK(content.opened() == 1);
  CHECK((get(store, key).value() == bytes));
  CHECK(unfinished(plain_bucket(), key) == 0);
  seen_content const again{bytes, parts_of(bytes)};
  REQUIRE(store.put(key, again, {.expected = {chunked}}));
  CHECK(again.opened() <= 3);
}

TEST_CASE("what fails for good leaves no upload behind") {
  auto store = empty_store(plain_bucket());
  auto const bytes = vector_bytes(2 * part, 2);
  seen_content const broken{bytes, parts_of(bytes)};
  broken.fail_from(2);
  CHECK_FALSE(store.put("plain/key", broken, {}));
  CHECK(unfinished(plain_bucket(), "plain/key") == 0);
  CHECK(keys_of(store).empty());
}

TEST_CASE("CRC64NVME is kept where it is asked for") {
  auto options = options_for(plain_bucket());
  options.checksum = algorithms::crc64nvme;
  auto store = store_of(options);
  empty(store);
  for (std::size_t const size : {std::size_t{1'000}, part + 1'000}) {
    auto const bytes = vector_bytes(size, 2);
    auto const stored = put(store, "k", bytes);
    REQUIRE(stored);
    auto const info = store.head("k");
    REQUIRE(info);
    REQUIRE(info->digests.find(algorithms::crc64nvme) != nullptr);
    CHECK(*info->digests.find(algorithms::crc64nvme) == digest_of(algorithms::crc64nvme, bytes));
    CHECK((get(store, "k").value() == bytes));
  }
}

TEST_CASE("versions are kept, named, read and removed") {
  auto store = empty_store(versioned_bucket());
  CHECK(store.keeps_versions().value());
  CHECK_FALSE(store_of(options_for(plain_bucket())).keeps_versions().value());
  auto const first = put(store, "a b/k", "first"), second = put(store, "a b/k", "second");
  REQUIRE((first && second));
  REQUIRE((first->version_id && second->version_id));
  CHECK(store.head("a b/k")->version_id == second->version_id);
  CHECK(store.head_version("a b/k", first->version_id)->size == 5);
  CHECK(read_all(*store.open_version("a b/k", first->version_id).value()).value() == "first");
  CHECK(get(store, "a b/k").value() == "second");
  CHECK(store.url_of(*first).url() == "s3://" + versioned_bucket() + "/a%20b/k?versionId=" + *first->version_id);
  REQUIRE(store.remove("a b/k"));
  CHECK(store.head("a b/k").error().code == errc::object_not_found);
  CHECK(read_all(*store.open_version("a b/k", second->version_id).value()).value() == "second");
  std::vector<s3_version> seen;
  REQUIRE(store.list_versions("a b/", [&](s3_version const& v) -> result<void> {
    seen.push_back(v);
    return {};
  }));
  REQUIRE(seen.size() == 3);
  CHECK((seen[0].removal && seen[0].latest));
  CHECK(seen[1].version_id == *second->version_id);
  CHECK(seen[2].version_id == *first->version_id);
  REQUIRE(store.remove_version("a b/k", seen[0].version_id));
  CHECK(get(store, "a b/k").value() == "second");
  REQUIRE(store.remove_version("a b/k", *second->version_id));
  CHECK(get(store, "a b/k").value() == "first");
  CHECK(store.open_version("a b/k", second->version_id).error().code == errc::object_not_found);
}

TEST_CASE("what was replaced meanwhile is not gone on with, and listings hide the store's own object") {
  for (auto const& bucket : {plain_bucket(), versioned_bucket()}) {
    auto store = empty_store(bucket);
    REQUIRE(put(store, "k", "0123456789", {.only_if_absent = true}));
    auto const first = store.open_known({"k", 0, {}, {}});
    REQUIRE(first);
    auto const rest = store.open_known({"k", 0, first->version, {}}, {4, {}});
    REQUIRE(rest);
    CHECK(rest->version == first->version);
    CHECK(read_all(*rest->bytes).value() == "456789");
    REQUIRE(put(store, "k", "abcdefghij"));
    CHECK(store.open_known({"k", 0, first->version, {}}, {4, {}}).error().code == errc::source_changed);
    std::vector<std::string> keys;
    CHECK(store.list_exactly("", [&](object_info const& info) -> result<void> {
      keys.push_back(info.key);
      return {};
    }));
    CHECK(keys == std::vector<std::string>{"k"});
  }
}

TEST_CASE("a large object has a version too") {
  auto store = empty_store(versioned_bucket());
  auto const bytes = vector_bytes(part + 1, 2);
  auto const stored = put(store, "large", bytes);
  REQUIRE(stored);
  REQUIRE(stored->version_id);
  CHECK(store.head("large")->version_id == stored->version_id);
  CHECK((read_all(*store.open_version("large", stored->version_id).value()).value() == bytes));
}

TEST_CASE("objects are copied on the server with their digests") {
  auto from = empty_store(versioned_bucket());
  auto to = empty_store(plain_bucket());
  for (std::size_t const size : {std::size_t{0}, std::size_t{1'000}, 2 * part + 1'000}) {
    INFO(size);
    auto const bytes = vector_bytes(size, 2);
    auto const source = put(from, "a b+/\xC3\xA9", bytes);
    REQUIRE(source);
    REQUIRE(put(from, "a b+/\xC3\xA9", "replaced"));
    auto const copied = to.copy(versioned_bucket(), "a b+/\xC3\xA9", source->version_id, "copy");
    REQUIRE(copied);
    CHECK(copied->size == size);
    CHECK((get(to, "copy").value() == bytes));
    auto const* chunked = copied->digests.find(algorithms::sha2_256_chunked);
    if (chunked == nullptr && size > part) WARN("this service copies parts without a checksum");
    else REQUIRE(chunked != nullptr);
    if (chunked != nullptr) CHECK(*chunked == digest_of(algorithms::sha2_256_chunked, bytes));
  }
  CHECK(to.copy(versioned_bucket(), "nothing", {}, "copy").error().code == errc::object_not_found);
}

TEST_CASE("of sixteen writers of a new reference exactly one wins") {
  auto store = empty_store(plain_bucket());
  REQUIRE(store.swap_ref("warm", std::nullopt, "x"));
  for (int round = 0; round < 8; ++round) {
    std::atomic<int> won{0}, lost{0};
    auto const name = "r/" + std::to_string(round);
    together(16, [&](unsigned i) {
      auto const swapped = store.swap_ref(name, std::nullopt, std::to_string(i));
      if (swapped) ++won;
      else if (swapped.error().code == errc::lost_race) ++lost;
    });
    CHECK(won == 1);
    CHECK(lost == 15);
  }
}

TEST_CASE("what is wrong with credentials, bucket and clock is said, and no secret is") {
  auto options = options_for(plain_bucket());
  auto const failure = [&](auto change) {
    auto changed = options;
    change(changed);
    auto const store = store_of(changed);
    auto const listed = store.list("", [](object_info const&) { return result<void>{}; });
    REQUIRE_FALSE(listed);
    CHECK(listed.error().message().find("wrong-secret") == std::string::npos);
    return listed.error();
  };
  auto const wrong_secret = failure([](s3_options& o) {
    auto right = o.credentials;
    o.credentials = [right]() -> result<aws_credentials> {
      auto c = right().value();
      c.secret_access_key = "wrong-secret";
      return c;
    };
  });
  CHECK(wrong_secret.code == errc::denied);
  CHECK_THAT(wrong_secret.message(), contains("SignatureDoesNotMatch"));
  auto const unknown_key = failure([](s3_options& o) {
    o.credentials = []() -> result<aws_credentials> { return aws_credentials{"NOBODY", "wrong-secret", {}, {}}; };
  });
  CHECK(unknown_key.code == errc::denied);
  auto const anonymous = failure([](s3_options& o) { o.credentials = {}; });
  CHECK(anonymous.code == errc::denied);
  auto const no_bucket = failure([](s3_options& o) { o.bucket.name = "waybill-no-such-bucket"; });
  CHECK(no_bucket.code == errc::object_not_found);
  CHECK_THAT(no_bucket.message(), contains("NoSuchBucket"));
  auto const skewed = failure([](s3_options& o) {
    auto right = o.clock;
    o.clock = [right] { return right() - std::chrono::hours{2}; };
  });
  CHECK(skewed.code == errc::denied);
  CHECK_THAT(skewed.message(), contains("RequestTimeTooSkewed") && contains("s behind"));
}

TEST_CASE("keys below each other are kept, or refused as a conflict") {
  auto store = empty_store(plain_bucket());
  REQUIRE(put(store, "x", "short"));
  auto const below = put(store, "x/y", "below");
  if (below) CHECK(get(store, "x/y").value() == "below");
  else CHECK(below.error().code == errc::key_conflict);
  CHECK(get(store, "x").value() == "short");
}

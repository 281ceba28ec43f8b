#pragma once

#include <waybill/store/s3_core.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/store/s3_sums.hpp>
#include <waybill/store/s3_upload.hpp>
#include <waybill/store/transfer.hpp>
#include <waybill/store/verified.hpp>

#include <array>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// The store's own object: conditional writes are tried on it.
inline constexpr std::string_view s3_probe_key = ".waybill/conditional-writes";
inline constexpr std::string_view s3_probe_text =
    "waybill writes this again, on condition that it is not there, to see whether the service keeps such conditions.\n";

inline constexpr std::uint64_t copied_at_once = std::uint64_t{5} << 30;  ///< the most CopyObject takes

/// What S3 can name at all.
inline result<void> check_s3_key(s3_session const& session, std::string_view key) {
  auto const place = [&] { return session.subject("", key).place(); };
  if (key.empty()) return make_error(errc::unsafe_key, "the empty key", place());
  if (key.find('\0') != std::string_view::npos) return make_error(errc::unsafe_key, "a key with a NUL byte", place());
  if (find_invalid_utf8(key) != std::string_view::npos)
    return make_error(errc::malformed_key, "S3 can hold no key that is not UTF-8; rename the file", place());
  return {};
}

/// What the kit stores and looks for.
inline result<void> check_own_key(s3_session const& session, std::string_view key) {
  if (auto const safe = check_store_key(key); !safe) return safe;
  if (key == s3_probe_key)
    return make_error(errc::unsafe_key, "this name is the store's own; choose another key",
                      session.subject("", key).place());
  return check_s3_key(session, key);
}

/// The bytes of an answer; they end where the answer said they would, or reading fails.
class s3_source final : public byte_source {
 public:
  s3_source(std::unique_ptr<http_response> rest, std::uint64_t size, std::string place)
      : rest_{std::move(rest)}, left_{size}, place_{std::move(place)} {}
  result<std::size_t> read(std::span<std::byte> buffer) override {
    if (buffer.empty() || left_ == 0) return std::size_t{0};
    auto const n = rest_->read(buffer);
    if (!n) return n;
    if (*n == 0 || *n > left_)
      return make_error(errc::temporary, "the service broke off, or sent more than it announced; try again", place_);
    left_ -= *n;
    return n;
  }

 private:
  std::unique_ptr<http_response> rest_;
  std::uint64_t left_;
  std::string place_;
};

WAYBILL_DECL result<std::shared_ptr<s3_core>> s3_core::create(std::shared_ptr<any_http_client> client,
                                                              s3_options options) {
  if (auto const ok = check_s3_bucket(options.bucket); !ok) return ok.error();
  if (!options.clock) return make_error(errc::usage, "an S3 store needs a clock: signatures hold the time");
  if (options.checksum != algorithms::sha256 && options.checksum != algorithms::crc64nvme)
    return make_error(errc::unknown_algorithm,
                      "S3 is asked to keep sha256 or crc64nvme, not " + std::string{options.checksum.name()});
  return std::make_shared<s3_core>(std::move(client), std::move(options));
}

WAYBILL_DECL result<object_info> s3_core::head(std::string_view key) const {
  if (auto const ok = check_own_key(session_, key); !ok) return ok.error();
  return head_version(key, {});
}

WAYBILL_DECL result<object_info> s3_core::head_version(std::string_view key, version const& v) const {
  if (auto const ok = check_s3_key(session_, key); !ok) return ok.error();
  auto const subject = session_.subject("look at the object", key);
  auto const reply = session_.ask([&](auto const& r) { return r.head(key, v); });
  if (!reply) return reply.error();
  auto head = accept_s3_head(*reply, subject);
  if (!head) return head.error();
  auto& info = head->info;
  auto const plan = plan_chunks(info.size);
  std::optional<std::uint64_t> part_size;
  if (plan.parts > 1 && head->composite && composite_parts(*head->composite) == plan.parts) {
    auto const first = session_.ask([&](auto const& r) { return r.head(key, v, 1); });
    auto const part = first ? accept_s3_head(*first, subject) : result<s3_head>{first.error()};
    if (part && part->info.version == info.version && first->status == 206) part_size = part->info.size;
  }
  if (auto const d = chunked_of_s3(info.digests, head->composite, info.size, part_size)) info.digests.insert(*d);
  return std::move(info);
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> s3_core::open(std::string_view key, byte_range range) const {
  if (auto const ok = check_own_key(session_, key); !ok) return ok.error();
  return open_version(key, {}, range);
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> s3_core::open_version(std::string_view key, version const& v,
                                                                        byte_range range) const {
  if (auto const ok = check_s3_key(session_, key); !ok) return ok.error();
  if (range.length && *range.length == 0) {
    // No range of HTTP is empty, but the object must be there.
    if (auto const there = head_version(key, v); !there) return there.error();
    return std::unique_ptr<byte_source>{std::make_unique<memory_source>(byte_view{})};
  }
  auto answer = session_.send([&](auto const& r) { return r.get(key, range, v); }, nullptr, true);
  if (!answer) return answer.error();
  auto const subject = session_.subject("read", key);
  auto const extent = accept_s3_get(answer->reply, range, subject);
  if (!extent) return extent.error();
  if (extent->length == 0) return std::unique_ptr<byte_source>{std::make_unique<memory_source>(byte_view{})};
  return std::unique_ptr<byte_source>{
      std::make_unique<s3_source>(std::move(answer->rest), extent->length, subject.place())};
}

WAYBILL_DECL result<void> s3_core::list(std::string_view prefix, object_visitor const& visit) const {
  // The service is asked for what is UTF-8 of the prefix; the rest is looked at here.
  auto asked = prefix.substr(0, find_invalid_utf8(prefix));
  for (std::string token;;) {
    auto const reply = session_.ask([&](auto const& r) { return r.list(asked, token); });
    if (!reply) return reply.error();
    auto const subject = session_.subject("list", prefix);
    auto const page = accept_s3_list(*reply, subject);
    if (!page && page.error().code == errc::malformed_key) {
      // A service that refuses names like `..` and `a//b` has no such objects, but may have `..b`.
      auto const whole_segments = asked.substr(0, asked.rfind('/') + 1);
      if (whole_segments == asked) return {};
      asked = whole_segments;
      continue;
    }
    if (!page) return page.error();
    for (auto const& info : page->objects) {
      if (info.key == s3_probe_key || !info.key.starts_with(prefix)) continue;
      if (auto const ok = visit(info); !ok) return ok.error();
    }
    if (page->next.empty()) return {};
    if (page->next == token) return unexpected_answer(subject, "goes round in circles");
    token = page->next;
  }
}

WAYBILL_DECL result<void> s3_core::list_versions(std::string_view prefix, s3_version_visitor const& visit) const {
  auto const asked = prefix.substr(0, find_invalid_utf8(prefix));
  for (std::string key, after;;) {
    auto const reply = session_.ask([&](auto const& r) { return r.list_versions(asked, key, after); });
    if (!reply) return reply.error();
    auto const subject = session_.subject("list the versions", prefix);
    auto const page = accept_s3_versions(*reply, subject);
    if (!page) return page.error();
    for (auto const& one : page->versions)
      if (one.key.starts_with(prefix))
        if (auto const ok = visit(one); !ok) return ok.error();
    if (!page->more) return {};
    if (page->next_key == key && page->next_version == after)
      return unexpected_answer(subject, "goes round in circles");
    key = page->next_key;
    after = page->next_version;
  }
}

WAYBILL_DECL result<object_info> s3_core::send(std::string_view key, object_content const& content,
                                               put_options const& options) {
  auto const& checksum = session_.options().checksum;
  auto const sums = sums_for_upload(content, options.expected, checksum == algorithms::crc64nvme, key);
  if (!sums) return sums.error();
  if (sums->plan.parts > 1) return put_in_parts(session_, key, content, *sums, options);
  auto const body = part_body(content, *sums, {0, content.size()}, key);
  auto const payload = sums->payload(0, body.size);
  s3_condition const condition{.absent = options.only_if_absent};
  auto const reply = session_.ask([&](auto const& r) { return r.put(key, payload, condition); }, &body);
  if (!reply) return reply.error();
  auto const subject = session_.subject("store", key);
  auto stored = accept_s3_put(*reply, subject);
  if (!stored) {
    auto e = write_refused(*reply, subject, options);
    return e.code == errc::digest_mismatch ? why_refused(content, options.expected, *sums, key) : e;
  }
  auto const* kept = stored->digests.find(algorithms::sha256);
  if (kept != nullptr && *kept != sums->parts.front()) return why_refused(content, options.expected, *sums, key);
  object_info out{std::string{key}, content.size(), std::move(stored->etag), options.expected,
                  std::move(stored->version_id)};
  out.digests.insert(sums->parts.front());
  out.digests.insert(sums->chunked());
  return out;
}

WAYBILL_DECL result<object_info> s3_core::put_large(std::string_view key, object_content const& content,
                                                    put_options const& options) {
  auto const addressed = digest_of_object_key(key);
  if (!addressed && !options.only_if_absent) return send(key, content, options);
  auto const there = head(key);
  if (!there) return send(key, content, options);
  if (options.only_if_absent)
    return make_error(errc::collision, "there is an object of that key already", session_.subject("", key).place());
  // An attempt before this one may have succeeded although its answer was lost: large objects are not sent twice.
  auto const* kept = there->digests.find(addressed->kind());
  if (kept != nullptr && *kept == *addressed && there->size == content.size() &&
      waybill::compare(there->digests, options.expected) == agreement::same)
    return there;
  return send(key, content, options);
}

WAYBILL_DECL result<object_info> s3_core::put(std::string_view key, object_content const& content,
                                              put_options const& options) {
  if (auto const ok = check_own_key(session_, key); !ok) return ok.error();
  auto sent = options;
  if (options.only_if_absent) {
    auto const able = conditional_writes();
    if (!able) return able.error();
    sent.only_if_absent = *able;
    if (!*able) {
      auto const absent = check_unchanged(key, std::nullopt);
      if (!absent && absent.error().code == errc::lost_race)
        return make_error(errc::collision, "there is an object of that key already", session_.subject("", key).place());
      if (!absent) return absent.error();
    }
  }
  return plan_chunks(content.size()).parts > 1 ? put_large(key, content, sent) : send(key, content, sent);
}

WAYBILL_DECL result<void> s3_core::remove(std::string_view key, version const& v) {
  if (auto const ok = v ? check_s3_key(session_, key) : check_own_key(session_, key); !ok) return ok.error();
  auto const reply = session_.ask([&](auto const& r) { return r.remove(key, v); });
  if (!reply) return reply.error();
  auto const subject = session_.subject("remove", key);
  auto const done = accept_s3_done(*reply, subject);
  if (!done && reply->status == 404 && read_s3_failure(*reply).code != "NoSuchBucket") return {};
  return done;
}

WAYBILL_DECL result<s3_stored> s3_core::copy_at_once(s3_copy_source const& from, std::string_view key) const {
  auto const copied = session_.ask([&](auto const& r) { return r.copy(from, key, {}); });
  if (!copied) return copied.error();
  return accept_s3_result(*copied, session_.subject("copy", key));
}

WAYBILL_DECL result<object_info> s3_core::copy(s3_copy_source from, std::string_view key) {
  if (auto const ok = check_own_key(session_, key); !ok) return ok.error();
  s3_bucket source = session_.options().bucket;
  source.name = from.bucket;
  if (auto const ok = check_s3_bucket(source); !ok) return ok.error();
  if (auto const ok = check_s3_key(session_, from.key); !ok) return ok.error();
  auto const reply = session_.ask([&](s3_requests const& own) {
    auto bucket = own.bucket();
    bucket.name = from.bucket;
    return s3_requests{bucket}.head(from.key, from.version);
  });
  if (!reply) return reply.error();
  auto const head = accept_s3_head(*reply, {"copy", from.bucket, from.key, session_.options().clock()});
  if (!head) return head.error();
  from.etag = head->info.version;
  auto const size = head->info.size;
  auto stored = plan_chunks(size).parts > 1 ? copy_in_parts(session_, from, size, key) : copy_at_once(from, key);
  // Services of one's own may refuse to copy parts with checksums. A copy as a whole has a checksum that says nothing
  // of its parts, but it is a copy.
  if (!stored && stored.error().code == condition::permanent && size <= copied_at_once)
    stored = copy_at_once(from, key);
  if (!stored) return stored.error();
  object_info out{std::string{key}, size, std::move(stored->etag), std::move(stored->digests),
                  std::move(stored->version_id)};
  if (auto const d = chunked_of_s3(out.digests, stored->composite, size, plan_chunks(size).chunk_size))
    out.digests.insert(*d);
  return out;
}

WAYBILL_DECL result<s3_attributes> s3_core::attributes(std::string_view key, version const& v) const {
  if (auto const ok = check_s3_key(session_, key); !ok) return ok.error();
  std::optional<s3_attributes> all;
  for (std::uint32_t after = 0;;) {
    auto const reply = session_.ask([&](auto const& r) { return r.attributes(key, v, after); });
    if (!reply) return reply.error();
    auto page = accept_s3_attributes(*reply, session_.subject("look at the object", key));
    if (!page) return page.error();
    auto const next = page->parts.next;
    if (all) all->parts.parts.insert(all->parts.parts.end(), page->parts.parts.begin(), page->parts.parts.end());
    else all = std::move(*page);
    all->parts.next = 0;
    if (next <= after) return *std::move(all);
    after = next;
  }
}

WAYBILL_DECL result<bool> s3_core::keeps_versions() const {
  auto const reply = session_.ask([](auto const& r) { return r.versioning(); });
  if (!reply) return reply.error();
  return accept_s3_versioning(*reply, session_.subject("ask whether versions are kept", {}));
}

WAYBILL_DECL result<s3_core::conditions> s3_core::try_conditional_write() const {
  memory_content const content{s3_probe_text};
  auto const sums = sums_for_upload(content, {}, false, s3_probe_key);
  if (!sums) return sums.error();
  auto const body = part_body(content, *sums, {0, content.size()}, s3_probe_key);
  auto const payload = sums->payload(0, body.size);
  // The first write may find nothing there; the second one must not happen.
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto const reply =
        session_.ask([&](auto const& r) { return r.put(s3_probe_key, payload, {.absent = true}); }, &body);
    if (!reply) return reply.error();
    if (reply->status == 412 || reply->status == 409) return conditions::kept;
    auto const done = accept_s3_done(*reply, session_.subject("try a conditional write", s3_probe_key));
    if (!done && done.error().code == errc::unsupported) return conditions::ignored;
    if (!done) return done.error();
  }
  return conditions::ignored;
}

WAYBILL_DECL result<bool> s3_core::conditional_writes() {
  auto state = conditions_.load();
  if (state == conditions::unknown) {
    auto const found = try_conditional_write();
    if (!found) return found.error();
    conditions_ = state = *found;
  }
  if (state == conditions::kept) return true;
  if (session_.options().force_unsafe_refs) return false;
  return make_error(errc::unsupported,
                    "this service ignores conditional writes, so that one of two writers at once would be lost; use "
                    "another service for what is shared, or --force-unsafe-refs where there is one writer only",
                    session_.subject("", {}).place());
}

inline error s3_race(s3_subject const& subject) {
  return make_error(errc::lost_race, "the reference was changed by somebody else; read it again, then repeat",
                    subject.place());
}

WAYBILL_DECL result<std::optional<ref_value>> s3_core::read_ref(std::string_view key) const {
  if (auto const ok = check_own_key(session_, key); !ok) return ok.error();
  auto reply = session_.ask([&](auto const& r) { return r.get(key, {}); });
  if (!reply) return reply.error();
  auto const subject = session_.subject("read the reference", key);
  if (reply->status == 404 && read_s3_failure(*reply).code != "NoSuchBucket") return std::optional<ref_value>{};
  auto told = accept_s3_put(*reply, subject);
  if (!told) return told.error();
  auto const* kept = told->digests.find(algorithms::sha256);
  if (kept != nullptr && *kept != hash_bytes<sha256_hasher>(as_bytes(reply->body)))
    return make_error(errc::temporary, "the reference was damaged on its way; try again", subject.place());
  return std::optional{ref_value{std::move(reply->body), std::move(told->etag)}};
}

WAYBILL_DECL result<void> s3_core::check_unchanged(std::string_view key, version const& expected) const {
  auto const subject = session_.subject("look at the reference", key);
  auto const reply = session_.ask([&](auto const& r) { return r.head(key); });
  if (!reply) return reply.error();
  auto const now = accept_s3_head(*reply, subject);
  if (!now && now.error().code != errc::object_not_found) return now.error();
  if ((now ? std::optional{now->info.version} : std::nullopt) == expected) return {};
  return s3_race(subject);
}

WAYBILL_DECL result<ref_value> s3_core::swap_ref(std::string_view key, version const& expected, std::string_view text) {
  if (auto const ok = check_own_key(session_, key); !ok) return ok.error();
  auto const subject = session_.subject("change the reference", key);
  memory_content const content{text};
  if (plan_chunks(content.size()).parts > 1)
    return make_error(errc::too_large, "a reference has at most 8 MiB", subject.place());
  auto const able = conditional_writes();
  if (!able) return able.error();
  if (!*able)
    if (auto const same = check_unchanged(key, expected); !same) return same.error();
  auto const condition = *able ? s3_condition{!expected, expected} : s3_condition{};
  auto const sums = sums_for_upload(content, {}, session_.options().checksum == algorithms::crc64nvme, key);
  if (!sums) return sums.error();
  auto const body = part_body(content, *sums, {0, content.size()}, key);
  auto const payload = sums->payload(0, body.size);
  auto const reply = session_.ask([&](auto const& r) { return r.put(key, payload, condition); }, &body);
  if (!reply) return reply.error();
  auto stored = accept_s3_put(*reply, subject);
  if (stored) return ref_value{std::string{text}, std::move(stored->etag)};
  // A version that is named and not there is answered with 404.
  auto const failure = read_s3_failure(*reply);
  bool const gone = reply->status == 404 && expected && failure.code != "NoSuchBucket";
  if (reply->status == 412 || failure.code == "ConditionalRequestConflict" || gone) return s3_race(subject);
  return stored.error().code == errc::digest_mismatch ? why_refused(content, {}, *sums, subject.place())
                                                      : stored.error();
}

WAYBILL_DECL result<void> s3_core::remove_ref(std::string_view key, version const& expected) {
  if (auto const ok = check_own_key(session_, key); !ok) return ok.error();
  // Not every service knows conditional removals: compared first, one that ignores the condition is wrong for a moment
  // only.
  if (auto const same = check_unchanged(key, expected); !same || !expected) return same;
  auto const subject = session_.subject("remove the reference", key);
  auto reply = session_.ask([&](auto const& r) { return r.remove(key, {}, {.etag = expected}); });
  if (reply && reply->status == 501) reply = session_.ask([&](auto const& r) { return r.remove(key); });
  if (!reply) return reply.error();
  auto const failure = read_s3_failure(*reply);
  bool const gone = reply->status == 404 && failure.code != "NoSuchBucket";
  if (reply->status == 412 || failure.code == "ConditionalRequestConflict" || gone) return s3_race(subject);
  return accept_s3_done(*reply, subject);
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

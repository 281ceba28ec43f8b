#pragma once

#include <waybill/store/s3_core.hpp>

#include <waybill/hash/chunked.hpp>
#include <waybill/store/s3_answer.hpp>
#include <waybill/store/s3_error.hpp>
#include <waybill/store/s3_key.hpp>
#include <waybill/store/s3_sums.hpp>
#include <waybill/store/s3_upload.hpp>
#include <waybill/store/verified.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::uint64_t copied_at_once = std::uint64_t{5} << 30;  ///< the most CopyObject takes

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
  return head_object(session_, key, {});
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> s3_core::open(std::string_view key, byte_range range) const {
  if (auto const ok = check_own_key(session_, key); !ok) return ok.error();
  return open_object(session_, key, {}, range);
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
    auto const able = references_.conditional_writes();
    if (!able) return able.error();
    sent.only_if_absent = *able;
    if (!*able) {
      auto const absent = references_.check_unchanged(key, std::nullopt);
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

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/store/s3_references.hpp>

#include <waybill/core/bytes.hpp>
#include <waybill/hash/chunked.hpp>
#include <waybill/hash/crc64nvme.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/store/s3_answer.hpp>
#include <waybill/store/s3_error.hpp>
#include <waybill/store/s3_key.hpp>
#include <waybill/store/s3_sums.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::string_view s3_probe_text =
    "waybill writes this again, on condition that it is not there, to see whether the service keeps such conditions.\n";

WAYBILL_DECL result<s3_references::conditions> s3_references::try_conditional_write() const {
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

WAYBILL_DECL result<bool> s3_references::conditional_writes() {
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

inline error damaged_reference(s3_subject const& subject) {
  return make_error(errc::temporary, "the reference was damaged on its way; try again", subject.place());
}

inline error s3_race(s3_subject const& subject) {
  return make_error(errc::lost_race, "the reference was changed by somebody else; read it again, then repeat",
                    subject.place());
}

/// Whether the bytes are those the service has, as far as it says: by a checksum, else by an ETag that looks like one.
inline std::optional<bool> arrived_whole(s3_reply const& reply, s3_stored const& told) {
  auto const bytes = as_bytes(reply.body);
  if (auto const* kept = told.digests.find(algorithms::sha256)) return *kept == hash_bytes<sha256_hasher>(bytes);
  if (auto const* kept = told.digests.find(algorithms::crc64nvme))
    return *kept == hash_bytes(bytes, crc64nvme_hasher{});
  // Objects encrypted with a key of their own, and those of parts, have another ETag than their MD5.
  if (header_text(reply.headers, "x-amz-server-side-encryption").starts_with("aws:")) return std::nullopt;
  if (!header_text(reply.headers, "x-amz-server-side-encryption-customer-algorithm").empty()) return std::nullopt;
  auto const md5 = from_hex(told.etag);
  if (!md5 || md5->size() != algorithms::md5.size) return std::nullopt;
  return digest{algorithms::md5, *md5} == hash_bytes<md5_hasher>(bytes);
}

WAYBILL_DECL result<s3_references::reading> s3_references::read_once(std::string_view key) const {
  auto reply = session_.ask([&](auto const& r) { return r.get(key, {}); });
  if (!reply) return reply.error();
  auto const subject = session_.subject("read the reference", key);
  auto told = accept_s3_put(*reply, subject);
  // Some services say with 404 that they do not know the access key.
  if (!told && told.error().code == errc::object_not_found && read_s3_failure(*reply).code != "NoSuchBucket")
    return reading{};
  if (!told) return told.error();
  bool const by_etag = told->digests.empty();
  bool const whole = arrived_whole(*reply, *told).value_or(true);
  if (!whole && !by_etag) return damaged_reference(subject);
  return reading{ref_value{std::move(reply->body), std::move(told->etag)}, !whole};
}

WAYBILL_DECL result<std::optional<ref_value>> s3_references::read(std::string_view key) const {
  if (auto const ok = check_own_key(session_, key); !ok) return ok.error();
  auto first = read_once(key);
  if (!first) return first.error();
  if (!first->doubtful) return std::move(first->value);
  // Some services make ETags up: what comes twice alike was not damaged on its way.
  auto second = read_once(key);
  if (!second) return second.error();
  bool const alike =
      second->value && second->value->text == first->value->text && second->value->version == first->value->version;
  if (!second->doubtful || alike) return std::move(second->value);
  return damaged_reference(session_.subject("read the reference", key));
}

WAYBILL_DECL result<void> s3_references::check_unchanged(std::string_view key, version const& expected) const {
  auto const subject = session_.subject("look at the reference", key);
  auto const reply = session_.ask([&](auto const& r) { return r.head(key); });
  if (!reply) return reply.error();
  auto const now = accept_s3_head(*reply, subject);
  if (!now && now.error().code != errc::object_not_found) return now.error();
  if ((now ? std::optional{now->info.version} : std::nullopt) == expected) return {};
  return s3_race(subject);
}

WAYBILL_DECL result<ref_value> s3_references::swap(std::string_view key, version const& expected,
                                                   std::string_view text) {
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

WAYBILL_DECL result<void> s3_references::remove(std::string_view key, version const& expected) {
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

#pragma once

#include <waybill/store/s3_upload.hpp>

#include <waybill/scan/pool.hpp>
#include <waybill/store/verified.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

WAYBILL_DECL error write_refused(s3_reply const& reply, s3_subject const& subject, put_options const& options) {
  auto e = s3_error(reply, subject);
  if (!options.only_if_absent || e.code != errc::lost_race) return e;
  if (reply.status == 412)
    return make_error(errc::collision, "there is an object of that key already", subject.place());
  // 409: of two that write at once, the service lets neither know who wins.
  e.code = errc::temporary;
  return e;
}

/// One upload in parts.
class parts_upload {
 public:
  parts_upload(s3_session const& session, std::string_view key, object_content const& content, upload_sums const& sums,
               put_options const& options)
      : session_{&session}, key_{key}, content_{&content}, sums_{&sums}, options_{&options} {
    parts_.resize(sums.parts.size());
  }

  result<object_info> run();

 private:
  [[nodiscard]] bool addressed() const { return digest_of_object_key(key_).has_value(); }
  [[nodiscard]] object_extent extent(std::size_t i) const {
    auto const begin = sums_->plan.chunk_size * i;
    return {begin, std::min(sums_->plan.chunk_size, content_->size() - begin)};
  }
  [[nodiscard]] digest checksum(std::size_t i) const {
    return sums_->part_crcs.empty() ? sums_->parts[i] : sums_->part_crcs[i];
  }
  result<void> find_unfinished();
  result<bool> take_parts(std::string const& id);
  result<void> begin();
  result<void> send_parts();
  result<void> send_part(std::size_t i);
  result<object_info> complete();
  result<object_info> run_unless_failed();

  s3_session const* session_;
  std::string_view key_;
  object_content const* content_;
  upload_sums const* sums_;
  put_options const* options_;
  std::string id_;
  std::vector<s3_part> parts_;  ///< number 0: the server does not have it
};

/// Fills in what the server has of an upload; false for one whose parts do not have our checksums.
inline result<bool> parts_upload::take_parts(std::string const& id) {
  auto const subject = session_->subject("list the parts of an upload", key_);
  bool any = false, right = true;
  for (std::uint32_t after = 0;;) {
    auto const reply = session_->ask([&](auto const& r) { return r.list_parts(key_, id, after); });
    if (!reply) return reply.error();
    auto const page = accept_s3_parts(*reply, subject);
    if (!page) return page.error();
    for (auto const& part : page->parts) {
      any = true;
      if (part.number > parts_.size()) return false;
      auto const i = part.number - 1;
      auto const* kept = part.digests.find(checksum(i).kind());
      right = right && kept != nullptr;
      if (kept != nullptr && *kept == checksum(i) && part.size == extent(i).length) parts_[i] = part;
    }
    if (page->next <= after) break;
    after = page->next;
  }
  return any && right;
}

inline result<void> parts_upload::find_unfinished() {
  auto const subject = session_->subject("look for an unfinished upload", key_);
  auto const reply = session_->ask([&](auto const& r) { return r.list_uploads(key_, {}, {}); });
  if (!reply) return reply.error();
  auto const page = accept_s3_uploads(*reply, subject);
  if (!page) return page.error();
  for (auto const& upload : page->uploads) {
    if (upload.key != key_) continue;
    auto const usable = take_parts(upload.id);
    if (usable && *usable) {
      id_ = upload.id;
      return {};
    }
    parts_.assign(parts_.size(), {});
  }
  return {};
}

inline result<void> parts_upload::begin() {
  // Being allowed to look is not needed to store.
  if (addressed()) static_cast<void>(find_unfinished());
  if (!id_.empty()) return {};
  auto const kept = sums_->part_crcs.empty() ? algorithm{algorithms::sha256} : algorithm{algorithms::crc64nvme};
  auto const reply = session_->ask([&](auto const& r) { return r.create_upload(key_, kept); });
  if (!reply) return reply.error();
  auto id = accept_s3_upload(*reply, session_->subject("store", key_));
  if (!id) return id.error();
  id_ = std::move(*id);
  return {};
}

inline result<void> parts_upload::send_part(std::size_t i) {
  auto const body = part_body(*content_, *sums_, extent(i), key_);
  auto const number = static_cast<std::uint32_t>(i + 1);
  auto const payload = sums_->payload(i, body.size);
  auto const reply = session_->ask([&](auto const& r) { return r.upload_part(key_, id_, number, payload); }, &body);
  if (!reply) return reply.error();
  auto const stored = accept_s3_put(*reply, session_->subject("store", key_));
  if (!stored) return stored.error();
  auto const* kept = stored->digests.find(checksum(i).kind());
  if (kept != nullptr && *kept != checksum(i))
    return make_error(errc::digest_mismatch, "the service has other bytes than were sent", std::string{key_});
  parts_[i] = {number, body.size, stored->etag, {checksum(i)}};
  return {};
}

inline result<void> parts_upload::send_parts() {
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < parts_.size(); ++i)
    if (parts_[i].number == 0) missing.push_back(i);
  if (missing.empty()) return {};
  auto const helpers = session_->take_helpers(static_cast<unsigned>(std::min<std::size_t>(missing.size() - 1, 1'000)));
  job_control control;
  control.workers = 1 + helpers;
  control.stop = session_->options().stop;
  auto const sent =
      parallel_for(missing.size(), control, [&](unsigned, std::size_t n) { return send_part(missing[n]); });
  session_->give_helpers(helpers);
  return sent;
}

inline result<object_info> parts_upload::complete() {
  s3_condition const condition{.absent = options_->only_if_absent};
  auto const reply =
      session_->ask([&](auto const& r) { return r.complete_upload(key_, id_, parts_, condition, sums_->whole_crc); });
  if (!reply) return reply.error();
  auto const subject = session_->subject("store", key_);
  auto stored = accept_s3_result(*reply, subject);
  if (!stored) return reply->status > 299 ? write_refused(*reply, subject, *options_) : stored.error();
  auto const chunked = sums_->chunked();
  auto const composite = chunked.text() + "-" + std::to_string(parts_.size());
  auto const* crc = stored->digests.find(algorithms::crc64nvme);
  if ((stored->composite && *stored->composite != composite) ||
      (crc != nullptr && sums_->whole_crc && *crc != *sums_->whole_crc)) {
    // It stands under its name already, and nobody may take it for what was meant.
    static_cast<void>(session_->ask([&](auto const& r) { return r.remove(key_, stored->version_id); }));
    return make_error(errc::digest_mismatch, "the service put the parts together wrongly; what it made was removed",
                      subject.place());
  }
  object_info out{std::string{key_}, content_->size(), std::move(stored->etag), options_->expected,
                  std::move(stored->version_id)};
  out.digests.insert(chunked);
  return out;
}

inline result<object_info> parts_upload::run_unless_failed() {
  if (auto const ok = begin(); !ok) return ok.error();
  if (auto const ok = send_parts(); !ok) return ok.error();
  return complete();
}

inline result<object_info> parts_upload::run() {
  auto stored = run_unless_failed();
  if (stored) return stored;
  auto failure = stored.error();
  bool const goes_on = addressed() && (failure.code == condition::transient || failure.code == condition::interrupted);
  if (!goes_on && !id_.empty())
    static_cast<void>(session_->ask([&](auto const& r) { return r.abort_upload(key_, id_); }));
  if (failure.code == errc::digest_mismatch) return why_refused(*content_, options_->expected, *sums_, key_);
  return failure;
}

/// Copies each part on the server. @param parts  one for each, to be filled
inline result<void> copy_parts(s3_session const& session, s3_copy_source const& from, std::uint64_t size,
                               std::string_view key, std::string const& id, std::vector<s3_part>& parts) {
  auto const plan = plan_chunks(size);
  job_control control;
  control.workers = 1 + session.take_helpers(static_cast<unsigned>(std::min<std::uint64_t>(plan.parts - 1, 1'000)));
  control.stop = session.options().stop;
  auto const done = parallel_for(parts.size(), control, [&](unsigned, std::size_t i) -> result<void> {
    auto const begin = plan.chunk_size * i;
    byte_range const range{begin, std::min(plan.chunk_size, size - begin)};
    auto const number = static_cast<std::uint32_t>(i + 1);
    auto const reply = session.ask([&](auto const& r) { return r.copy_part(from, range, key, id, number); });
    if (!reply) return reply.error();
    auto copied = accept_s3_result(*reply, session.subject("copy", key));
    if (!copied) return copied.error();
    if (copied->digests.find(algorithms::sha256) == nullptr)
      return make_error(errc::unsupported, "the service does not tell the checksums of parts it copies",
                        session.subject("", key).place());
    parts[i] = {number, *range.length, std::move(copied->etag), std::move(copied->digests)};
    return {};
  });
  session.give_helpers(control.workers - 1);
  return done;
}

inline result<s3_stored> complete_copy(s3_session const& session, s3_copy_source const& from, std::uint64_t size,
                                       std::string_view key, std::string const& id) {
  std::vector<s3_part> parts(static_cast<std::size_t>(plan_chunks(size).parts));
  if (auto const copied = copy_parts(session, from, size, key, id, parts); !copied) return copied.error();
  auto const reply = session.ask([&](auto const& r) { return r.complete_upload(key, id, parts, {}); });
  if (!reply) return reply.error();
  return accept_s3_result(*reply, session.subject("copy", key));
}

WAYBILL_DECL result<s3_stored> copy_in_parts(s3_session const& session, s3_copy_source const& from, std::uint64_t size,
                                             std::string_view key) {
  auto const begun = session.ask([&](auto const& r) { return r.create_upload(key, algorithms::sha256); });
  if (!begun) return begun.error();
  auto const id = accept_s3_upload(*begun, session.subject("copy", key));
  if (!id) return id.error();
  auto stored = complete_copy(session, from, size, key, *id);
  if (!stored) static_cast<void>(session.ask([&](auto const& r) { return r.abort_upload(key, *id); }));
  return stored;
}

WAYBILL_DECL result<object_info> put_in_parts(s3_session const& session, std::string_view key,
                                              object_content const& content, upload_sums const& sums,
                                              put_options const& options) {
  return parts_upload{session, key, content, sums, options}.run();
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

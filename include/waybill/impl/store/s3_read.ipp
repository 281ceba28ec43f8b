#pragma once

#include <waybill/store/s3_read.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/hash/chunked.hpp>
#include <waybill/store/s3_key.hpp>

#include <cstdint>
#include <span>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

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

WAYBILL_DECL result<object_info> head_object(s3_session const& session, std::string_view key,
                                             std::optional<std::string> const& version) {
  if (auto const ok = check_s3_key(session, key); !ok) return ok.error();
  auto const subject = session.subject("look at the object", key);
  auto const reply = session.ask([&](auto const& r) { return r.head(key, version); });
  if (!reply) return reply.error();
  auto head = accept_s3_head(*reply, subject);
  if (!head) return head.error();
  auto& info = head->info;
  auto const plan = plan_chunks(info.size);
  std::optional<std::uint64_t> part_size;
  if (plan.parts > 1 && head->composite && composite_parts(*head->composite) == plan.parts) {
    auto const first = session.ask([&](auto const& r) { return r.head(key, version, 1); });
    auto const part = first ? accept_s3_head(*first, subject) : result<s3_head>{first.error()};
    if (part && part->info.version == info.version && first->status == 206) part_size = part->info.size;
  }
  if (auto const d = chunked_of_s3(info.digests, head->composite, info.size, part_size)) info.digests.insert(*d);
  return std::move(info);
}

WAYBILL_DECL result<opened_object> open_known_object(s3_session const& session, object_info const& info,
                                                     byte_range range) {
  if (auto const ok = check_s3_key(session, info.key); !ok) return ok.error();
  auto const nothing = [] { return std::make_unique<memory_source>(byte_view{}); };
  if (range.length && *range.length == 0) {
    // No range of HTTP is empty, but the object must be there.
    auto const there = head_object(session, info.key, info.version_id);
    if (!there) return there.error();
    return opened_object{nothing(), there->version};
  }
  s3_condition condition;
  if (!info.version_id && !info.version.empty()) condition.etag = info.version;
  auto answer =
      session.send([&](auto const& r) { return r.get(info.key, range, info.version_id, condition); }, nullptr, true);
  if (!answer) return answer.error();
  auto const subject = session.subject("read", info.key);
  if (answer->reply.status == 412)
    return make_error(errc::source_changed, "the object was replaced while it was read; read it again",
                      subject.place());
  auto const extent = accept_s3_get(answer->reply, range, subject);
  if (!extent) return extent.error();
  opened_object out{nothing(), bare_etag(header_text(answer->reply.headers, "ETag"))};
  if (extent->length != 0)
    out.bytes = std::make_unique<s3_source>(std::move(answer->rest), extent->length, subject.place());
  return out;
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> open_object(s3_session const& session, std::string_view key,
                                                              std::optional<std::string> const& version,
                                                              byte_range range) {
  auto opened = open_known_object(session, {std::string{key}, 0, {}, {}, version}, range);
  if (!opened) return opened.error();
  return std::move(opened->bytes);
}

WAYBILL_DECL result<void> list_objects(s3_session const& session, std::string_view prefix,
                                       object_visitor const& visit) {
  // The service is asked for what is UTF-8 of the prefix; the rest is looked at here.
  auto asked = prefix.substr(0, find_invalid_utf8(prefix));
  for (std::string token;;) {
    auto const reply = session.ask([&](auto const& r) { return r.list(asked, token); });
    if (!reply) return reply.error();
    auto const subject = session.subject("list", prefix);
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

WAYBILL_DECL result<void> list_object_versions(s3_session const& session, std::string_view prefix,
                                               s3_version_visitor const& visit) {
  auto const asked = prefix.substr(0, find_invalid_utf8(prefix));
  for (std::string key, after;;) {
    auto const reply = session.ask([&](auto const& r) { return r.list_versions(asked, key, after); });
    if (!reply) return reply.error();
    auto const subject = session.subject("list the versions", prefix);
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

WAYBILL_DECL result<s3_attributes> object_attributes(s3_session const& session, std::string_view key,
                                                     std::optional<std::string> const& version) {
  if (auto const ok = check_s3_key(session, key); !ok) return ok.error();
  std::optional<s3_attributes> all;
  for (std::uint32_t after = 0;;) {
    auto const reply = session.ask([&](auto const& r) { return r.attributes(key, version, after); });
    if (!reply) return reply.error();
    auto page = accept_s3_attributes(*reply, session.subject("look at the object", key));
    if (!page) return page.error();
    auto const next = page->parts.next;
    if (all) all->parts.parts.insert(all->parts.parts.end(), page->parts.parts.begin(), page->parts.parts.end());
    else all = std::move(*page);
    all->parts.next = 0;
    if (next <= after) return *std::move(all);
    after = next;
  }
}

WAYBILL_DECL result<bool> keeps_versions(s3_session const& session) {
  auto const reply = session.ask([](auto const& r) { return r.versioning(); });
  if (!reply) return reply.error();
  return accept_s3_versioning(*reply, session.subject("ask whether versions are kept", {}));
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/store/s3_answer.hpp>

#include <waybill/core/bytes.hpp>
#include <waybill/core/percent.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/hash/chunked.hpp>
#include <waybill/store/xml.hpp>

#include <charconv>
#include <limits>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

WAYBILL_DECL error unexpected_answer(s3_subject const& subject, std::string why) {
  return make_error(errc::permanent,
                    "cannot " + std::string{subject.doing} + ": the service's answer " + std::move(why) +
                        "; is the endpoint that of an S3 service?",
                    subject.place());
}

template <class T>
std::optional<T> s3_number(std::string_view text) noexcept {
  T value{};
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

WAYBILL_DECL std::string bare_etag(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return std::string{text};
}

WAYBILL_DECL std::string_view header_text(header_list const& headers, std::string_view name) noexcept {
  auto const* found = headers.find(name);
  return found ? std::string_view{*found} : std::string_view{};
}

/// `null` is what buckets without versions call the only one.
inline std::optional<std::string> version_header(header_list const& headers) {
  auto const text = header_text(headers, "x-amz-version-id");
  return text.empty() || text == "null" ? std::nullopt : std::optional{std::string{text}};
}

/// Sorts a SHA-256 of the service into one of all bytes and one of parts.
inline void take_sha256(std::string_view text, digest_set& whole, std::optional<std::string>* composite) {
  if (composite != nullptr && composite_parts(text) != 0) {
    *composite = std::string{text};
    return;
  }
  auto const bytes = from_base64(text);
  if (bytes && bytes->size() == algorithms::sha256.size) whole.insert(digest{algorithms::sha256, *bytes});
}

inline void take_crc64nvme(std::string_view text, digest_set& whole) {
  if (auto const d = digest::parse(algorithms::crc64nvme, text)) whole.insert(*d);
}

inline s3_stored stored_of_headers(header_list const& headers) {
  s3_stored out{bare_etag(header_text(headers, "ETag")), version_header(headers)};
  take_sha256(header_text(headers, "x-amz-checksum-sha256"), out.digests, &out.composite);
  take_crc64nvme(header_text(headers, "x-amz-checksum-crc64nvme"), out.digests);
  return out;
}

/// The root of an answer that must be an element of that name.
inline result<xml_element> s3_document(s3_reply const& reply, s3_subject const& subject, std::string_view name) {
  if (auto const done = accept_s3_done(reply, subject); !done) return done.error();
  auto root = parse_xml(reply.body);
  if (!root) return unexpected_answer(subject, "cannot be read (" + root.error().message() + ")");
  if (root->name != name)
    return unexpected_answer(subject, "is not the <" + std::string{name} + "> that was asked for");
  return root;
}

/// Whether the texts of a listing are encoded, which is asked for so that any key fits into XML.
class listing_text {
 public:
  explicit listing_text(xml_element const& root) : encoded_{root.text_of("EncodingType") == "url"} {}
  [[nodiscard]] std::string operator()(std::string_view text) const {
    return encoded_ ? percent_decoded(text, true) : std::string{text};
  }

 private:
  bool encoded_;
};

inline bool s3_truncated(xml_element const& root) noexcept { return root.text_of("IsTruncated") == "true"; }

inline result<s3_part_page> parts_below(xml_element const& parent, s3_subject const& subject) {
  s3_part_page page;
  for (auto const& item : parent.children) {
    if (item.name != "Part") continue;
    auto const number = s3_number<std::uint32_t>(item.text_of("PartNumber"));
    auto const size = s3_number<std::uint64_t>(item.text_of("Size"));
    if (!number || *number == 0 || !size) return unexpected_answer(subject, "lists a part without number or size");
    s3_part part{*number, *size, bare_etag(item.text_of("ETag"))};
    take_sha256(item.text_of("ChecksumSHA256"), part.digests, nullptr);
    take_crc64nvme(item.text_of("ChecksumCRC64NVME"), part.digests);
    page.parts.push_back(std::move(part));
  }
  if (!s3_truncated(parent)) return page;
  auto const next = s3_number<std::uint32_t>(parent.text_of("NextPartNumberMarker"));
  if (!next || *next == 0) return unexpected_answer(subject, "does not say where its next page begins");
  page.next = *next;
  return page;
}

}  // namespace detail

WAYBILL_DECL result<void> accept_s3_done(s3_reply const& reply, s3_subject const& subject) {
  if (reply.status < 200 || reply.status > 299) return s3_error(reply, subject);
  if (reply.body.find("<Error>") == std::string::npos) return {};
  if (auto const root = parse_xml(reply.body); !root || root->name != "Error") return {};
  // The status is that of a work that was only begun; what became of it stands in the body.
  return s3_error({500, reply.headers, reply.body}, subject);
}

WAYBILL_DECL result<object_extent> accept_s3_get(s3_reply const& reply, byte_range asked, s3_subject const& subject) {
  bool const part = asked.offset != 0 || asked.length;
  // The range begins behind the last byte: there is an object, and it has nothing there.
  if (part && reply.status == 416) return object_extent{asked.offset, 0};
  if (reply.status < 200 || reply.status > 299) return s3_error(reply, subject);
  auto const length = detail::s3_number<std::uint64_t>(detail::header_text(reply.headers, "Content-Length"));
  if (!length) return detail::unexpected_answer(subject, "does not say how many bytes it has");
  if (!part) return object_extent{0, *length};
  auto range = detail::header_text(reply.headers, "Content-Range");
  if (reply.status != 206 || !range.starts_with("bytes "))
    return detail::unexpected_answer(subject, "is not the part of the object that was asked for");
  range.remove_prefix(6);
  auto const begin = detail::s3_number<std::uint64_t>(range.substr(0, range.find('-')));
  if (begin != asked.offset || (asked.length && *length > *asked.length))
    return detail::unexpected_answer(subject, "is another part of the object than was asked for");
  return object_extent{asked.offset, *length};
}

WAYBILL_DECL result<s3_head> accept_s3_head(s3_reply const& reply, s3_subject const& subject) {
  if (auto const done = accept_s3_done(reply, subject); !done) return done.error();
  auto const size = detail::s3_number<std::uint64_t>(detail::header_text(reply.headers, "Content-Length"));
  if (!size) return detail::unexpected_answer(subject, "does not say how large the object is");
  auto stored = detail::stored_of_headers(reply.headers);
  return s3_head{{std::string{subject.key}, *size, std::move(stored.etag), std::move(stored.digests),
                  std::move(stored.version_id)},
                 std::move(stored.composite)};
}

WAYBILL_DECL result<s3_stored> accept_s3_put(s3_reply const& reply, s3_subject const& subject) {
  if (auto const done = accept_s3_done(reply, subject); !done) return done.error();
  auto out = detail::stored_of_headers(reply.headers);
  if (out.etag.empty()) return detail::unexpected_answer(subject, "has no ETag");
  return out;
}

WAYBILL_DECL result<s3_stored> accept_s3_result(s3_reply const& reply, s3_subject const& subject) {
  if (auto const done = accept_s3_done(reply, subject); !done) return done.error();
  auto const root = parse_xml(reply.body);
  if (!root) return detail::unexpected_answer(subject, "cannot be read (" + root.error().message() + ")");
  auto out = detail::stored_of_headers(reply.headers);
  out.etag = detail::bare_etag(root->text_of("ETag"));
  if (out.etag.empty()) return detail::unexpected_answer(subject, "has no ETag");
  detail::take_sha256(root->text_of("ChecksumSHA256"), out.digests, &out.composite);
  detail::take_crc64nvme(root->text_of("ChecksumCRC64NVME"), out.digests);
  return out;
}

WAYBILL_DECL result<std::string> accept_s3_upload(s3_reply const& reply, s3_subject const& subject) {
  auto const root = detail::s3_document(reply, subject, "InitiateMultipartUploadResult");
  if (!root) return root.error();
  auto const id = root->text_of("UploadId");
  if (id.empty()) return detail::unexpected_answer(subject, "has no UploadId");
  return std::string{id};
}

WAYBILL_DECL result<s3_list_page> accept_s3_list(s3_reply const& reply, s3_subject const& subject) {
  auto const root = detail::s3_document(reply, subject, "ListBucketResult");
  if (!root) return root.error();
  detail::listing_text const text{*root};
  s3_list_page page;
  for (auto const& item : root->children) {
    if (item.name != "Contents") continue;
    auto const size = detail::s3_number<std::uint64_t>(item.text_of("Size"));
    if (!size) return detail::unexpected_answer(subject, "lists an object without a size");
    auto& o = page.objects.emplace_back();
    o = {text(item.text_of("Key")), *size, detail::bare_etag(item.text_of("ETag")), {}, {}};
    if (auto const stored = parse_rfc3339(item.text_of("LastModified"))) o.stored = *stored;
  }
  if (!detail::s3_truncated(*root)) return page;
  page.next = std::string{root->text_of("NextContinuationToken")};
  if (page.next.empty()) return detail::unexpected_answer(subject, "does not say where its next page begins");
  return page;
}

WAYBILL_DECL result<s3_version_page> accept_s3_versions(s3_reply const& reply, s3_subject const& subject) {
  auto const root = detail::s3_document(reply, subject, "ListVersionsResult");
  if (!root) return root.error();
  detail::listing_text const text{*root};
  s3_version_page page;
  for (auto const& item : root->children) {
    bool const removal = item.name == "DeleteMarker";
    if (item.name != "Version" && !removal) continue;
    auto const size = detail::s3_number<std::uint64_t>(item.text_of("Size"));
    if (!size && !removal) return detail::unexpected_answer(subject, "lists a version without a size");
    page.versions.push_back({text(item.text_of("Key")), std::string{item.text_of("VersionId")}, size.value_or(0),
                             detail::bare_etag(item.text_of("ETag")), item.text_of("IsLatest") == "true", removal});
  }
  page.more = detail::s3_truncated(*root);
  page.next_key = text(root->text_of("NextKeyMarker"));
  page.next_version = std::string{root->text_of("NextVersionIdMarker")};
  if (page.more && page.next_key.empty())
    return detail::unexpected_answer(subject, "does not say where its next page begins");
  return page;
}

WAYBILL_DECL result<s3_upload_page> accept_s3_uploads(s3_reply const& reply, s3_subject const& subject) {
  auto const root = detail::s3_document(reply, subject, "ListMultipartUploadsResult");
  if (!root) return root.error();
  detail::listing_text const text{*root};
  s3_upload_page page;
  for (auto const& item : root->children)
    if (item.name == "Upload")
      page.uploads.push_back({text(item.text_of("Key")), std::string{item.text_of("UploadId")}});
  page.more = detail::s3_truncated(*root);
  page.next_key = text(root->text_of("NextKeyMarker"));
  page.next_upload = std::string{root->text_of("NextUploadIdMarker")};
  if (page.more && page.next_key.empty())
    return detail::unexpected_answer(subject, "does not say where its next page begins");
  return page;
}

WAYBILL_DECL result<s3_part_page> accept_s3_parts(s3_reply const& reply, s3_subject const& subject) {
  auto const root = detail::s3_document(reply, subject, "ListPartsResult");
  if (!root) return root.error();
  return detail::parts_below(*root, subject);
}

WAYBILL_DECL result<s3_attributes> accept_s3_attributes(s3_reply const& reply, s3_subject const& subject) {
  // The reference, Amazon's service and others each have their own name for the root.
  if (auto const done = accept_s3_done(reply, subject); !done) return done.error();
  auto const root = parse_xml(reply.body);
  if (!root) return detail::unexpected_answer(subject, "cannot be read (" + root.error().message() + ")");
  auto const size = detail::s3_number<std::uint64_t>(root->text_of("ObjectSize"));
  if (!size) return detail::unexpected_answer(subject, "does not say how large the object is");
  s3_attributes out{*size, detail::bare_etag(root->text_of("ETag"))};
  auto const* parts = root->child("ObjectParts");
  if (parts != nullptr) {
    // The reference calls it PartsCount and some services TotalPartsCount.
    auto const count = detail::s3_number<std::uint32_t>(parts->text_of("PartsCount"));
    out.part_count = count ? *count : detail::s3_number<std::uint32_t>(parts->text_of("TotalPartsCount")).value_or(0);
    auto page = detail::parts_below(*parts, subject);
    if (!page) return page.error();
    out.parts = std::move(*page);
  }
  if (auto const* sums = root->child("Checksum")) {
    auto sha256 = std::string{sums->text_of("ChecksumSHA256")};
    // Here, and only here, a checksum of checksums has no number of parts behind it.
    if (out.part_count != 0 && !sha256.empty() && composite_parts(sha256) == 0 &&
        sums->text_of("ChecksumType") != "FULL_OBJECT")
      sha256 += "-" + std::to_string(out.part_count);
    detail::take_sha256(sha256, out.digests, &out.composite);
    detail::take_crc64nvme(sums->text_of("ChecksumCRC64NVME"), out.digests);
  }
  return out;
}

WAYBILL_DECL result<bool> accept_s3_versioning(s3_reply const& reply, s3_subject const& subject) {
  auto const root = detail::s3_document(reply, subject, "VersioningConfiguration");
  if (!root) return root.error();
  return root->text_of("Status") == "Enabled";
}

WAYBILL_DECL std::uint64_t composite_parts(std::string_view composite) noexcept {
  constexpr std::size_t base64_of_sha256 = 44;
  if (composite.size() < base64_of_sha256 + 2 || composite[base64_of_sha256] != '-') return 0;
  return detail::s3_number<std::uint32_t>(composite.substr(base64_of_sha256 + 1)).value_or(0);
}

WAYBILL_DECL std::optional<digest> chunked_of_s3(digest_set const& kept, std::optional<std::string> const& composite,
                                                 std::uint64_t size, std::optional<std::uint64_t> part_size) {
  auto const plan = plan_chunks(size);
  sha2_256_chunked_hasher hasher{size};
  if (plan.parts == 0) return hasher.finish();
  if (auto const* whole = kept.find(algorithms::sha256); whole != nullptr && plan.parts == 1) {
    hasher.add_part(*whole);
    return hasher.finish();
  }
  if (!composite || composite_parts(*composite) != plan.parts) return std::nullopt;
  // Two cuts into as many parts can differ: 5 + 4 MiB are no 8 + 1.
  if (plan.parts > 1 && part_size != plan.chunk_size) return std::nullopt;
  auto const d = digest::parse(algorithms::sha2_256_chunked, composite->substr(0, composite->find('-')));
  return d ? std::optional{*d} : std::nullopt;
}

}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/store/s3_sums.hpp>

#include <waybill/core/stream.hpp>
#include <waybill/hash/crc64nvme.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/store/transfer.hpp>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::uint64_t kept_from_hashing = std::uint64_t{256} << 10;

/// Hashes what passes, part by part.
class part_sums_sink final : public byte_sink {
 public:
  part_sums_sink(std::uint64_t size, bool sha256, bool crc, bool keep)
      : plan_{plan_chunks(size)}, sha256_{sha256}, crc_{crc}, keep_{keep} {}

  result<void> write(byte_view bytes) override {
    if (keep_) bytes_.append(as_text(bytes));
    if (crc_) whole_.update(bytes);
    while (!bytes.empty()) {
      auto const piece =
          bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), plan_.chunk_size - in_part_)));
      if (sha256_) part_.update(piece);
      if (crc_) part_crc_.update(piece);
      in_part_ += piece.size();
      bytes = bytes.subspan(piece.size());
      if (in_part_ == plan_.chunk_size) close_part();
    }
    return {};
  }
  /// @param known  SHA-256 of the parts, where they were not hashed here
  [[nodiscard]] upload_sums finish(std::vector<digest> known) && {
    if (in_part_ != 0 || plan_.parts == 0) close_part();
    upload_sums out{plan_, sha256_ ? std::move(parts_) : std::move(known), std::move(crcs_)};
    if (crc_) out.whole_crc = whole_.finish();
    if (keep_) out.bytes = std::move(bytes_);
    return out;
  }

 private:
  void close_part() {
    if (sha256_) parts_.push_back(part_.finish());
    if (crc_) crcs_.push_back(part_crc_.finish());
    in_part_ = 0;
  }

  chunk_plan plan_;
  bool sha256_, crc_, keep_;
  std::uint64_t in_part_ = 0;
  sha256_hasher part_;
  crc64nvme_hasher part_crc_, whole_;
  std::vector<digest> parts_, crcs_;
  std::string bytes_;
};

/// Fails where the wrapped source ends before its size: what is sent must not look complete.
class sized_source final : public byte_source {
 public:
  sized_source(std::unique_ptr<byte_source> inner, std::uint64_t size, std::string name)
      : inner_{std::move(inner)}, size_{size}, name_{std::move(name)} {}
  result<std::size_t> read(std::span<std::byte> buffer) override {
    auto const rest = size_ - seen_;
    if (rest == 0) return std::size_t{0};
    auto const n = inner_->read(buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), rest))));
    if (n && *n == 0 && !buffer.empty()) return size_changed(name_, size_, std::to_string(seen_));
    if (n) seen_ += *n;
    return n;
  }

 private:
  std::unique_ptr<byte_source> inner_;
  std::uint64_t size_, seen_ = 0;
  std::string name_;
};

WAYBILL_DECL digest upload_sums::chunked() const {
  sha2_256_chunked_hasher hasher;
  if (plan.parts != 0)
    for (auto const& d : parts) hasher.add_part(d);
  return hasher.finish();
}

WAYBILL_DECL s3_payload upload_sums::payload(std::size_t part, std::uint64_t size) const {
  return {size, parts[part], part_crcs.empty() ? std::nullopt : std::optional{part_crcs[part]}};
}

/// Digests of the parts that somebody vouches for: the caller, or who the caller got the object's SHA-256 from.
inline std::vector<digest> known_parts(object_content const& content, digest_set const& expected,
                                       chunk_plan const& plan) {
  auto known = content.part_digests();
  bool const usable = !known.empty() && known.size() == plan.parts &&
                      std::ranges::all_of(known, [](digest const& d) { return d.kind() == algorithms::sha256; });
  if (usable) return known;
  auto const* whole = plan.parts == 1 ? expected.find(algorithms::sha256) : nullptr;
  return whole ? std::vector{*whole} : std::vector<digest>{};
}

WAYBILL_DECL result<upload_sums> sums_for_upload(object_content const& content, digest_set const& expected, bool crc,
                                                 std::string_view name) {
  auto const size = content.size();
  auto const plan = plan_chunks(size);
  auto known = known_parts(content, expected, plan);
  digest_set derived, rest;
  for (auto const& d : expected) {
    bool const of_parts = d.kind() == algorithms::sha2_256_chunked;
    bool const of_one = d.kind() == algorithms::sha256 && plan.parts <= 1;
    (of_parts || of_one ? derived : rest).insert(d);
  }
  upload_sums sums{plan, known};
  if (known.empty() || crc || !rest.empty()) {
    part_sums_sink sink{size, known.empty(), crc, size <= kept_from_hashing};
    if (auto const read = transfer(content, rest, sink, name); !read) return read.error();
    sums = std::move(sink).finish(std::move(known));
  }
  digest_set found{sums.chunked()};
  if (plan.parts <= 1) found.insert(sums.parts.front());
  if (auto const same = check_digests(derived, found, name); !same) return same.error();
  return sums;
}

WAYBILL_DECL error why_refused(object_content const& content, digest_set const& expected, upload_sums const& sent,
                               std::string_view name) {
  part_sums_sink sink{content.size(), true, false, false};
  if (auto const read = transfer(content, expected, sink, name); !read) return read.error();
  if (std::move(sink).finish({}).parts != sent.parts)
    return make_error(errc::source_changed, "changed while it was stored; repeat once nothing writes to it",
                      std::string{name});
  return make_error(errc::temporary, "was damaged on its way to the service, which refused it; try again",
                    std::string{name});
}

WAYBILL_DECL http_body part_body(object_content const& content, upload_sums const& sums, object_extent part,
                                 std::string_view name) {
  return {part.length, [&content, &sums, part, name]() -> result<std::unique_ptr<byte_source>> {
            if (sums.bytes) return std::unique_ptr<byte_source>{std::make_unique<memory_source>(*sums.bytes)};
            // The whole content, where it is one part: its source then notices a file that grew.
            bool const whole = part.offset == 0 && part.length == content.size();
            auto source = content.open(whole ? byte_range{} : byte_range{part.offset, part.length});
            if (!source) return source.error();
            return std::unique_ptr<byte_source>{
                std::make_unique<sized_source>(std::move(*source), part.length, std::string{name})};
          }};
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

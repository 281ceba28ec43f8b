#pragma once

#include <waybill/config.hpp>
#include <waybill/http/client.hpp>
#include <waybill/store/concepts.hpp>
#include <waybill/store/s3_core.hpp>
#include <waybill/store/s3_key.hpp>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/** A bucket of Amazon S3, or of a service that speaks its protocol, as a store. Copies share what they learn.

    - `put` sends every body with its SHA-256 as payload hash and checksum, so that the service refuses other bytes.
      Contents of more than one part by the chunk rule (hash/chunked.hpp) are uploaded in those parts, several at once;
      the service's checksum of checksums is then the content's sha2-256-chunked. Where the content knows the digests of
      its parts (`part_digests`), or `expected` names the SHA-256 of a content of one part, it is not hashed here. An
      unfinished upload of a content-addressed key is gone on with; a process that dies elsewhere leaves parts behind,
      which a lifecycle rule of the bucket removes.
    - An object's `version` is its ETag; on a bucket that keeps versions, `put` and `head` also set `version_id`.
    - `head` gives the digests the service keeps: sha256, crc64nvme, and sha2-256-chunked where it follows from them.
    - References change by `If-Match` and `If-None-Match`, and are checked when they are read, by checksum or ETag.
      Whether the service keeps to such conditions is tried once on an object of the store's own
      (`.waybill/conditional-writes`, which listings leave out and no key may be).
    - Keys are UTF-8 and up to 1,024 bytes; what other programs named otherwise (`a//b`) is read by `open_version`.
    - Nothing is repeated: that is what `retrying` is for. Nothing read is checked: that is what `verified` is for.

    @errors besides the concepts': errc::denied with the service's code; temporary with what `Retry-After` asks for;
            permanent and unsupported; key_conflict on services that cannot hold `x` beside `x/y`; malformed_key; the
            client's
    @threads all members may be called concurrently; no lock is held while a request is under way
    @format  Amazon S3 API Reference, 2006-03-01
*/
template <http_client C>
class s3_store {
 public:
  /// @errors errc::usage for a bucket, region or account that cannot be one, and without a clock; malformed_url for the
  ///         endpoint; unknown_algorithm for another checksum than sha256 and crc64nvme
  [[nodiscard]] static result<s3_store> create(std::shared_ptr<C> client, s3_options options) {
    auto core = detail::s3_core::create(std::make_shared<erased>(std::move(client)), std::move(options));
    if (!core) return core.error();
    return s3_store{std::move(*core)};
  }

  [[nodiscard]] result<object_info> head(std::string_view key) const { return core_->head(key); }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(std::string_view key, byte_range range = {}) const {
    return core_->open(key, range);
  }
  [[nodiscard]] result<void> list(std::string_view prefix, object_visitor const& visit) const {
    return core_->list(prefix, visit);
  }
  [[nodiscard]] physical_key url(std::string_view key) const { return physical_key::s3(bucket(), key); }
  [[nodiscard]] std::optional<std::string> local_file(std::string_view) const { return std::nullopt; }
  [[nodiscard]] result<object_info> put(std::string_view key, object_content const& content,
                                        put_options const& options = {}) {
    return core_->put(key, content, options);
  }
  [[nodiscard]] result<void> remove(std::string_view key) { return core_->remove(key, {}); }
  [[nodiscard]] result<void> flush() { return {}; }
  [[nodiscard]] result<std::optional<ref_value>> read_ref(std::string_view key) { return core_->read_ref(key); }
  [[nodiscard]] result<ref_value> swap_ref(std::string_view key, std::optional<std::string> const& expected,
                                           std::string_view text) {
    return core_->swap_ref(key, expected, text);
  }
  [[nodiscard]] result<void> remove_ref(std::string_view key, std::optional<std::string> const& expected) {
    return core_->remove_ref(key, expected);
  }

  /// Any key S3 can have.
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_exactly(object_info const& info,
                                                                  byte_range range = {}) const {
    return core_->open_version(info.key, info.version_id, range);
  }
  [[nodiscard]] result<opened_object> open_known(object_info const& info, byte_range range = {}) const {
    return core_->open_known(info, range);
  }
  /// Where the bucket may not be asked whether it keeps versions, without their ids.
  [[nodiscard]] result<void> list_exactly(std::string_view prefix, object_visitor const& visit) const {
    auto const versions = keeps_versions();
    if (!versions || !*versions) return list(prefix, visit);
    return list_versions(prefix, [&](s3_version const& v) -> result<void> {
      if (!v.latest || v.removal || v.key == detail::s3_probe_key) return {};
      auto const id = v.version_id == "null" ? std::nullopt : std::optional{v.version_id};
      return visit({v.key, v.size, v.etag, {}, id});
    });
  }
  /// The physical key of exactly these bytes: with their version where the bucket keeps versions.
  [[nodiscard]] physical_key url_of(object_info const& info) const {
    return physical_key::s3(bucket(), info.key, info.version_id);
  }
  /// As head and open, of one version; empty: of the latest. Any key S3 can have.
  [[nodiscard]] result<object_info> head_version(std::string_view key, std::optional<std::string> const& id) const {
    return core_->head_version(key, id);
  }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_version(std::string_view key,
                                                                  std::optional<std::string> const& id,
                                                                  byte_range range = {}) const {
    return core_->open_version(key, id, range);
  }
  /// Removes a version for good, also the mark of a removal.
  [[nodiscard]] result<void> remove_version(std::string_view key, std::string const& id) {
    return core_->remove(key, id);
  }
  /// Every version and mark of removal of keys that begin with `prefix`: by key, of one key the latest first.
  [[nodiscard]] result<void> list_versions(std::string_view prefix, s3_version_visitor const& visit) const {
    return core_->list_versions(prefix, visit);
  }
  /// Whether the bucket keeps the versions of its objects.
  [[nodiscard]] result<bool> keeps_versions() const { return core_->keeps_versions(); }
  /** Copies an object of this bucket or another one of the same service without moving its bytes through here; in parts
      where the object has several by the chunk rule, so that the copy has the digest of its manifest entry.
      @errors errc::lost_race when the object is replaced meanwhile */
  [[nodiscard]] result<object_info> copy(std::string from_bucket, std::string from_key,
                                         std::optional<std::string> from_version, std::string_view to_key) {
    return core_->copy({std::move(from_bucket), std::move(from_key), std::move(from_version)}, to_key);
  }
  /// Size, checksums and parts of an object; services differ in what they keep of parts.
  [[nodiscard]] result<s3_attributes> attributes(std::string_view key,
                                                 std::optional<std::string> const& id = {}) const {
    return core_->attributes(key, id);
  }
  [[nodiscard]] std::string const& bucket() const noexcept { return core_->options().bucket.name; }

 private:
  struct erased final : any_http_client {
    explicit erased(std::shared_ptr<C> c) : client{std::move(c)} {}
    result<std::unique_ptr<http_response>> send(http_request const& request, http_body const* body,
                                                std::stop_token const& stop) override {
      return client->send(request, body, stop);
    }
    std::shared_ptr<C> client;
  };

  explicit s3_store(std::shared_ptr<detail::s3_core> core) : core_{std::move(core)} {}
  std::shared_ptr<detail::s3_core> core_;
};
static_assert(ref_store<s3_store<any_http_client>>);

}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/// A place read apart; `version` is the S3 object version, where there is one.
struct physical_location {
  enum class kind { file, s3, other };
  kind scheme = kind::other;
  std::string host;  ///< bucket of an s3 URL, authority of another; empty for files
  std::string path;  ///< decoded path of a file or key of an object; of another URL all behind the authority, as it is
  std::optional<std::string> version;

  friend bool operator==(physical_location const&, physical_location const&) = default;
};

/** Where the bytes of an entry lie: a URL in the form quilt3 writes.

    `file://` + absolute path, `s3://bucket/key[?versionId=…]`, or any other absolute URL (`https:`, `datum:`), which is
    kept as it is. Percent-encoding leaves `A-Za-z0-9_.-~/` alone and writes upper-case hex; a version id is
    form-encoded.

    @format quilt3 8.0.0 `quilt3.util.PhysicalKey`; vectors `tests/vectors/quilt/physical_keys.json`
*/
class physical_key {
 public:
  /// The key of a local file. @param absolute_path any bytes but NUL; `.`, `..` and doubled `/` are not resolved
  [[nodiscard]] static physical_key file(std::string_view absolute_path);
  /// The key of an S3 object. @param bucket taken as it is
  /// @param key, version raw bytes, encoded here; an empty version is none
  [[nodiscard]] static physical_key s3(std::string_view bucket, std::string_view key,
                                       std::optional<std::string_view> version = std::nullopt);

  /** Reads a URL and re-encodes it in the kit's form.
      @errors errc::malformed_url: no scheme (a single letter is a drive), a relative file, a host in a file URL, a
              query other than versionId, control characters, bytes that are not UTF-8; no query or password is shown
  */
  [[nodiscard]] static result<physical_key> parse(std::string_view url);

  [[nodiscard]] std::string const& url() const noexcept { return url_; }
  /// The parts, decoded; invalid UTF-8 becomes U+FFFD as in quilt3. @complexity O(length)
  [[nodiscard]] physical_location location() const;
  [[nodiscard]] bool is_file() const noexcept { return url_.starts_with("file:"); }
  [[nodiscard]] bool is_s3() const noexcept { return url_.starts_with("s3:"); }
  /** Path of a local file, decoded byte for byte (a name that is not UTF-8 stays what it is). @pre `is_file()` */
  [[nodiscard]] std::string file_path() const;

  friend bool operator==(physical_key const&, physical_key const&) = default;
  friend auto operator<=>(physical_key const&, physical_key const&) = default;

 private:
  explicit physical_key(std::string url) noexcept : url_{std::move(url)} {}
  std::string url_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/core/physical_key.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/store/object.hpp>
#include <waybill/store/s3_session.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/** The references of a bucket, and what lets them change one at a time: conditional writes.

    @threads all members may be called concurrently; no lock is held while a request is under way */
class s3_references {
 public:
  using version = std::optional<std::string>;

  /// @lifetime refers to the session
  explicit s3_references(s3_session const& session) noexcept : session_{session} {}

  /** Checked against what the service says of it: its SHA-256 or CRC-64/NVME, else its ETag where that is an MD5.
      An ETag that is none, which nothing tells apart, costs a second request.
      @errors errc::temporary for bytes that were damaged on their way */
  [[nodiscard]] result<std::optional<ref_value>> read(std::string_view key) const;
  [[nodiscard]] result<ref_value> swap(std::string_view key, version const& expected, std::string_view text);
  [[nodiscard]] result<void> remove(std::string_view key, version const& expected);

  /** Whether writes can be made conditional; asked of the service once. False where the caller has to look first.
      @errors errc::unsupported where they cannot, unless s3_options.force_unsafe_refs */
  [[nodiscard]] result<bool> conditional_writes();
  /// @errors errc::lost_race when the object has another version than is expected, or is there and should not be
  [[nodiscard]] result<void> check_unchanged(std::string_view key, version const& expected) const;

 private:
  enum class conditions : std::uint8_t { unknown, kept, ignored };
  [[nodiscard]] result<conditions> try_conditional_write() const;
  struct reading {
    std::optional<ref_value> value{};
    bool doubtful = false;  ///< its bytes have another MD5 than its ETag says
  };
  [[nodiscard]] result<reading> read_once(std::string_view key) const;

  s3_session const& session_;
  std::atomic<conditions> conditions_{conditions::unknown};
};

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/s3_references.ipp>
#endif

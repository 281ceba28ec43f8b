#pragma once

#include <waybill/config.hpp>
#include <waybill/core/bytes.hpp>
#include <waybill/error.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// How the digests of an algorithm are written as text.
enum class digest_text : std::uint8_t { hex, base64 };

/** What the kit has to know of a digest algorithm; one constant of it exists per algorithm.

    `strength` orders algorithms when two entries share several: the largest common one decides.
    Users add an algorithm by defining such a constant with static storage and a hasher that names it.
*/
struct algorithm_info {
  std::string_view name;  ///< stable, lower case: `sha256`, `sha2-256-chunked`
  std::size_t size;       ///< bytes of a digest, at most 64
  digest_text text;
  int strength;
};

/// A digest algorithm; a pointer to its constant, equal when names are equal.
class algorithm {
 public:
  constexpr algorithm(algorithm_info const& info) noexcept : info_{&info} {}  // NOLINT: meant to convert
  [[nodiscard]] constexpr algorithm_info const& info() const noexcept { return *info_; }
  [[nodiscard]] constexpr std::string_view name() const noexcept { return info_->name; }

  friend constexpr bool operator==(algorithm a, algorithm b) noexcept {
    return a.info_ == b.info_ || a.name() == b.name();
  }

 private:
  algorithm_info const* info_;
};

/// The algorithms the kit computes. Names are those of `waybill hash --algorithm` and of `.waybill/objects/`.
namespace algorithms {
inline constexpr algorithm_info sha2_256_chunked{"sha2-256-chunked", 32, digest_text::base64, 60};  ///< quilt3 ≥ 6
inline constexpr algorithm_info sha512{"sha512", 64, digest_text::hex, 55};                         ///< FIPS 180-4
inline constexpr algorithm_info sha256{"sha256", 32, digest_text::hex, 50};                         ///< FIPS 180-4
inline constexpr algorithm_info sha1{"sha1", 20, digest_text::hex, 20};                             ///< FIPS 180-4
inline constexpr algorithm_info md5{"md5", 16, digest_text::hex, 15};                               ///< RFC 1321
inline constexpr algorithm_info crc64nvme{"crc64nvme", 8, digest_text::base64, 5};                  ///< NVM Express 2.0

/// All of the above, strongest first.
inline constexpr std::array all{
    algorithm{sha2_256_chunked}, algorithm{sha512}, algorithm{sha256}, algorithm{sha1}, algorithm{md5},
    algorithm{crc64nvme}};
}  // namespace algorithms

/// The algorithm of that name. @errors errc::unknown_algorithm, with the known names in the detail
[[nodiscard]] WAYBILL_DECL result<algorithm> find_algorithm(std::string_view name);

/** An algorithm and the bytes it produced; a plain value without heap memory.

    Equal when algorithm and bytes are equal.
*/
class digest {
 public:
  static constexpr std::size_t max_size = 64;

  /// @pre `bytes.size() == a.info().size`
  digest(algorithm a, byte_view bytes) noexcept;

  /** Reads the algorithm's own text form: hex of either case, or padded base64.
      @errors errc::malformed_digest (alphabet, padding or length)
  */
  [[nodiscard]] static result<digest> parse(algorithm a, std::string_view text);

  [[nodiscard]] algorithm kind() const noexcept { return algorithm_; }
  /// @lifetime refers to this digest
  [[nodiscard]] byte_view bytes() const noexcept { return {bytes_.data(), algorithm_.info().size}; }
  /// Lower-case hex or padded base64, as the algorithm says.
  [[nodiscard]] std::string text() const;
  /// Lower-case hex, whatever the algorithm's own form.
  [[nodiscard]] std::string hex() const { return to_hex(bytes()); }

  friend bool operator==(digest const& a, digest const& b) noexcept;
  /// By algorithm name, then by bytes.
  friend std::strong_ordering operator<=>(digest const& a, digest const& b) noexcept;

 private:
  algorithm algorithm_;
  std::array<std::byte, max_size> bytes_{};
};

/// What two sets of digests of possibly the same content say of each other.
enum class agreement : std::uint8_t {
  same,       ///< the strongest common digest is equal
  different,  ///< the strongest common digest differs
  unknown     ///< no algorithm in common
};

/** Digests of one content, at most one per algorithm, strongest first. */
class digest_set {
 public:
  digest_set() = default;
  digest_set(std::initializer_list<digest> digests);

  /// Adds it, or replaces the one of the same algorithm.
  void insert(digest const& d);
  /// The one of that algorithm, or null. @lifetime refers to this set
  [[nodiscard]] digest const* find(algorithm a) const noexcept;
  /// The strongest, or null. @lifetime refers to this set
  [[nodiscard]] digest const* strongest() const noexcept { return items_.empty() ? nullptr : items_.data(); }
  [[nodiscard]] bool empty() const noexcept { return items_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
  [[nodiscard]] auto begin() const noexcept { return items_.begin(); }
  [[nodiscard]] auto end() const noexcept { return items_.end(); }

  friend bool operator==(digest_set const&, digest_set const&) = default;

 private:
  std::vector<digest> items_;
};

/// Compares by the strongest algorithm both have. @complexity O(a + b), no allocation
[[nodiscard]] WAYBILL_DECL agreement compare(digest_set const& a, digest_set const& b) noexcept;

}  // namespace waybill::inline WAYBILL_ABI

template <>
struct std::hash<waybill::digest> {
  std::size_t operator()(waybill::digest const& d) const noexcept {
    return std::hash<std::string_view>{}(waybill::as_text(d.bytes()));
  }
};

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/core/digest.ipp>
#endif

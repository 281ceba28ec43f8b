#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {

/** Which version of each dataset was asked for last: the text that a sensor keeps between its evaluations.

    It says all there is to know, so that a scan needs no state of its own; some 23 bytes a dataset.
    @format `w1.` and base64 of: the first 8 bytes of the rest's SHA-256; the id of the dataset to go on behind; then
            for each dataset its id, how often it was asked for (2 bytes, little endian), the number of versions that
            follow (1 byte), and their ids, newest first. An id is the first 8 bytes of a text's SHA-256 */
class volume_cursor {
 public:
  using id = std::array<char, 8>;

  volume_cursor() = default;
  /// @param text  empty for none  @errors errc::corrupt_state for what no scan wrote
  [[nodiscard]] static result<volume_cursor> parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static id id_of(std::string_view text);

  /// What is known of a dataset.
  enum class standing : std::uint8_t { unknown, same, changed };
  [[nodiscard]] standing look(std::string_view dataset, std::string_view version) const;
  /** Notes that a version is asked for.
      @return how often the dataset was asked for before, where this version was among the last ones: its run's key must
              then be another, or it would never run; else 0 */
  [[nodiscard]] std::uint16_t ask(std::string_view dataset, std::string_view version);
  /// Takes over what another cursor knows of a dataset.
  void keep(volume_cursor const& from, std::string_view dataset);

  id go_on_behind{};  ///< the dataset at which the last scan stopped; zeros: it came to the end

 private:
  struct record {
    std::uint16_t times = 0;
    std::vector<id> versions{};  ///< newest first
  };
  static constexpr std::size_t remembered = 8;  ///< versions of a dataset
  [[nodiscard]] std::string body() const;
  [[nodiscard]] bool read_body(std::string_view bytes);

  std::map<id, record> records_;
};

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dagster/cursor.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>
#include <waybill/protocol/dagster_pipes/metadata.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dagster_pipes {

enum class log_level : std::uint8_t { debug, info, warning, error, critical };
enum class check_severity : std::uint8_t { warn, error };

/// A failure as Dagster shows it.
struct exception {
  std::string message;
  std::string name;
  std::vector<std::string> stack{};  ///< lines
  std::shared_ptr<exception const> cause{}, context{};
};

/// An error of ours; its code's word is the name, its place the stack.
[[nodiscard]] WAYBILL_DECL exception exception_of(error const& e);

struct materialization {
  std::string asset_key{};  ///< escaped
  dagster_pipes::metadata metadata{};
  std::optional<std::string> data_version{};
};

struct asset_check {
  std::string asset_key{};  ///< escaped
  std::string name{};
  bool passed = false;
  check_severity severity = check_severity::error;
  dagster_pipes::metadata metadata{};
};

/** Each message is one line, its end included, with exactly the members that Dagster's handlers take.

    ASCII only, so that no byte of a file's name can stop Dagster's reader; what is not UTF-8 becomes U+FFFD. Numbers
    keep the form that tells whole ones from others.
    @format dagster_pipes 1.13, protocol 0.1 */
[[nodiscard]] WAYBILL_DECL std::string opened_message();
[[nodiscard]] WAYBILL_DECL std::string closed_message();
[[nodiscard]] WAYBILL_DECL std::string closed_message(exception const& e);
[[nodiscard]] WAYBILL_DECL std::string log_message(log_level level, std::string_view text);
[[nodiscard]] WAYBILL_DECL std::string materialization_message(materialization const& m);
[[nodiscard]] WAYBILL_DECL std::string check_message(asset_check const& c);
[[nodiscard]] WAYBILL_DECL std::string custom_message(json::value const& payload);
/// What was printed on standard output or error.
[[nodiscard]] WAYBILL_DECL std::string stream_message(bool standard_error, std::string_view text);

/// Bytes of a line, its end included, up to which it is written at once and never read half-way.
inline constexpr std::size_t largest_message = std::size_t{64} << 10;

/// A text cut so that a message which holds nothing else keeps below `largest_message`; an ellipsis ends what was cut.
[[nodiscard]] WAYBILL_DECL std::string short_enough(std::string_view text);

}  // namespace dagster_pipes
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/dagster_pipes/message.ipp>
#endif

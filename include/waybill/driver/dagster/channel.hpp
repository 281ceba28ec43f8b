#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/dagster_pipes/bootstrap.hpp>
#include <waybill/store/any_store.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {

/// Opens the bucket of a place on S3, with the settings that this process has.
using bucket_opener = std::function<result<any_store>(std::string const& bucket)>;

/** Where the lines of a session go to.
    @threads one call at a time, as a session makes them */
class message_channel {
 public:
  virtual ~message_channel() = default;
  /// @errors those of the place
  [[nodiscard]] virtual result<void> write(std::string_view line) = 0;
  /// Brings what still waits to its place; nothing is written after it. @errors those of the place
  [[nodiscard]] virtual result<void> finish() = 0;
};

/** Opens the place of messages.

    A file and a stream get each line with one `write`, a file at its end: Dagster reads it meanwhile, and gives up for
    good where it sees half a line. A buffered stream gets them at the end. A bucket gets a chunk after each interval in
    which there was something, and the rest at the end; what it refuses in between is kept for the next chunk.
    @param interval  between chunks  @errors system errors; those of the opener */
[[nodiscard]] WAYBILL_DECL result<std::unique_ptr<message_channel>> open_channel(
    dagster_pipes::messages_place const& place, bucket_opener const& open_bucket,
    std::chrono::milliseconds interval = std::chrono::seconds{10});

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dagster/channel.ipp>
#endif

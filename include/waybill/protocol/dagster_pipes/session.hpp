#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>
#include <waybill/protocol/dagster_pipes/context.hpp>
#include <waybill/protocol/dagster_pipes/message.hpp>

#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace dagster_pipes {

/** The messages of one process, in an order and of a kind that cost it nothing: `opened` first, `closed` last, an asset
    once, only keys that are the step's own.

    Dagster's reader dies of a line it does not understand, and the run passes for a success all the same; what it would
    not understand is refused here.
    @threads all members may be called concurrently; lines do not mix */
class session {
 public:
  /// Takes a whole line, to be written at once.
  using sink = std::function<result<void>(std::string_view line)>;

  session(dagster_pipes::context about, sink out) : context_{std::move(about)}, out_{std::move(out)} {}

  [[nodiscard]] dagster_pipes::context const& about() const noexcept { return context_; }

  /// @errors the sink's
  [[nodiscard]] result<void> open();
  [[nodiscard]] result<void> log(log_level level, std::string_view text);
  /// What was printed. @errors the sink's
  [[nodiscard]] result<void> stream(bool standard_error, std::string_view text);
  /// @errors errc::too_large for what does not fit into a message; put it into a file and report its path; the sink's
  [[nodiscard]] result<void> custom(json::value const& payload);

  /** An asset was made. @param m  an empty key stands for the step's only one
      @errors errc::usage for a key that is none of the step's, an empty one where there are several, and an asset that
              was reported already; too_large; the sink's */
  [[nodiscard]] result<void> materialize(materialization m);
  /// @errors as materialize, but for the last of its errc::usage
  [[nodiscard]] result<void> check(asset_check c);

  /// Nothing follows. The second of two closings does nothing. @errors the sink's
  [[nodiscard]] result<void> close();
  /// The same after a failure; the process must then end with another exit code than 0.
  [[nodiscard]] result<void> close(exception const& why);

 private:
  enum class state : std::uint8_t { fresh, open, closed };
  [[nodiscard]] result<void> send(std::string const& line);
  [[nodiscard]] result<void> end(std::string const& line);
  [[nodiscard]] result<std::string> own_key(std::string key) const;

  dagster_pipes::context context_;
  sink out_;
  std::mutex guard_{};
  state state_ = state::fresh;
  std::set<std::string> made_{};
};

}  // namespace dagster_pipes
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/dagster_pipes/session.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/dagster/channel.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/dagster_pipes/bootstrap.hpp>
#include <waybill/protocol/dagster_pipes/context.hpp>
#include <waybill/protocol/dagster_pipes/session.hpp>

#include <memory>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {

/** This process as a step of Dagster; outside of Dagster, one that reports to nobody.

    `start` sends `opened`. Whoever goes on calls `finish` or `fail` as the last thing, and after `fail` ends with
    another exit code than 0: Dagster takes a step for done otherwise.
    @threads all members but `finish` and `fail` may be called concurrently */
class process {
 public:
  /// @param open_bucket  for contexts and messages on S3
  /// @errors as read_bootstrap, read_context and open_channel; the place's. Where messages can be left Dagster is told
  [[nodiscard]] static result<process> start(dagster_pipes::encoded_parameters const& given,
                                             bucket_opener const& open_bucket);

  /// False outside of Dagster: nothing is reported then, and every call succeeds.
  [[nodiscard]] bool inside() const noexcept { return session_ != nullptr; }
  /// What Dagster says of the step; empty outside. @lifetime refers to this object
  [[nodiscard]] dagster_pipes::context const& about() const noexcept { return about_; }

  [[nodiscard]] result<void> log(dagster_pipes::log_level level, std::string_view text);
  [[nodiscard]] result<void> stream(bool standard_error, std::string_view text);
  [[nodiscard]] result<void> custom(json::value const& payload);
  [[nodiscard]] result<void> materialize(dagster_pipes::materialization m);
  [[nodiscard]] result<void> check(dagster_pipes::asset_check c);

  /// Nothing follows. @errors those of the messages' place: then not everything was reported
  [[nodiscard]] result<void> finish();
  /// The same after a failure. @errors as finish
  [[nodiscard]] result<void> fail(dagster_pipes::exception const& why);

 private:
  process() = default;

  dagster_pipes::context about_;
  std::unique_ptr<message_channel> channel_;
  std::unique_ptr<dagster_pipes::session> session_;
};

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dagster/process.ipp>
#endif

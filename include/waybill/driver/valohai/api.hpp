#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/http/client.hpp>
#include <waybill/http/message.hpp>
#include <waybill/http/retry.hpp>
#include <waybill/json/value.hpp>
#include <waybill/protocol/valohai/dataset.hpp>
#include <waybill/protocol/valohai/datum.hpp>
#include <waybill/protocol/valohai/requests.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// Where a list ends.
enum class paging : std::uint8_t {
  next,        ///< where `next` says so, or at a short page of a server that has no `next`
  until_empty  ///< behind an empty page, asked for by offset: what the published phase 2 does
};

/// How the API is reached.
struct api_options {
  std::string base = "https://app.valohai.com/";
  std::string token;
  retry_policy retry{.attempts = 3};
  std::stop_token stop{};
  /// Sends what must not be sent twice: a client that uses each connection once, as one that was open before may be
  /// found closed, and the request repeated beneath us. Null: the client of all other calls. @lifetime not owned
  any_http_client* posting = nullptr;
};

/** Calls the platform's API.

    What fails in passing is repeated, except a POST. The token goes to the API's own origin only, and stands in no
    error.
    @errors of all: errc::denied; temporary; permanent for what the platform refuses or answers that are none;
            interrupted; as the client says. Paths are URLs without their query
    @lifetime the client must outlive it  @threads const members may be called concurrently */
class api {
 public:
  api(any_http_client& client, api_options options);

  [[nodiscard]] result<dataset> get_dataset(std::string_view id) const;
  /// By id, or by name from the list of all. @errors errc::permanent for a name that none has, or several
  [[nodiscard]] result<dataset> find_dataset(std::string_view id_or_name) const;
  /// A version with all its files; data of which it says only the id are asked for.
  [[nodiscard]] result<dataset_version> get_version(std::string_view id) const;
  /// The dataset's version of that name; empty for none.
  [[nodiscard]] result<std::optional<version_reference>> find_version(std::string_view dataset,
                                                                      std::string_view name) const;
  /// What an execution left, without what was purged. @pre `execution` is not empty
  [[nodiscard]] result<std::vector<datum>> outputs(std::string_view execution, paging how) const;
  /// A datum's bytes; they come from another host as a rule, which does not see the token.
  /// @lifetime the source may outlive this object, not the client
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_datum(std::string_view id) const;
  /// Creates a version, asked for once. @param body `post_body`  @return its id
  [[nodiscard]] result<std::string> create_version(std::string_view body) const;
  /// Waits before a caller's own repetition. @param failures  in a row  @errors errc::interrupted; the failure itself
  /// where its server asks for a wait that is too long
  [[nodiscard]] result<void> wait(error const& failure, unsigned failures) const;

 private:
  [[nodiscard]] error hide_token(error e) const;
  /// What is asked for: an answer of the API, or bytes, which lie elsewhere as a rule.
  enum class wanted : bool { answer, bytes };
  [[nodiscard]] error refusal(http_response& response, std::string_view url, wanted what = wanted::answer) const;
  [[nodiscard]] result<std::unique_ptr<http_response>> send(http_request const& request,
                                                            wanted what = wanted::answer) const;
  [[nodiscard]] result<json::value> get(http_request const& request) const;
  [[nodiscard]] result<void> for_each_row(http_request request,
                                          std::function<result<bool>(json::value const&, std::string)> const& f) const;

  any_http_client* client_;
  api_options options_;
  requests requests_;
};

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/valohai/api.ipp>
#endif

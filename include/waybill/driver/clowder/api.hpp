#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/http/client.hpp>
#include <waybill/http/message.hpp>
#include <waybill/http/retry.hpp>
#include <waybill/json/value.hpp>
#include <waybill/protocol/clowder/answers.hpp>
#include <waybill/protocol/clowder/requests.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

/// How a platform is reached.
struct api_options {
  std::string base;  ///< where it lies: `https://clowder.example/`
  std::string key;
  retry_policy retry{.attempts = 4};
  /// The clients' own limit on silence. Answers to uploads are waited for longer, as what the platform does with the
  /// bytes takes time: the more of them, the longer.
  std::chrono::milliseconds stall{5'000};
  unsigned uploads = 0;  ///< at once, at most; 0: 8 to version 1, 4 to version 2, which does one after the other
  std::stop_token stop{};
  /// Sends what must not be sent twice: a client that uses each connection once, as one that was open before may be
  /// found closed, and the request repeated beneath us. Null: the client of all other calls. @lifetime not owned
  any_http_client* posting = nullptr;
};

/** Calls a platform's API.

    What only reads is repeated when it fails in passing; what makes something goes through `once`. The key goes to the
    platform's own address only, follows no redirect, and stands in no error.
    @errors of all: errc::denied; temporary; object_not_found; permanent for what the platform refuses or answers that
            are none; interrupted; as the client says. Paths are URLs without their query
    @lifetime the clients must outlive it  @threads const members may be called concurrently */
class api {
 public:
  /** @param which  empty: the platform is asked, version 2 first
      @errors errc::permanent where no version of Clowder answers */
  [[nodiscard]] static result<api> open(any_http_client& client, api_options options, std::optional<api_version> which);

  [[nodiscard]] api_version version() const noexcept { return requests_.api(); }
  [[nodiscard]] requests const& ask() const noexcept { return requests_; }
  [[nodiscard]] api_options const& options() const noexcept { return options_; }
  /// The platform's own version (`1.23.0`). @errors also errc::permanent for what is no Clowder
  [[nodiscard]] result<std::string> release() const;
  /// @errors errc::denied for a key the platform does not know
  [[nodiscard]] result<void> check_key() const;

  [[nodiscard]] result<json::value> get(http_request const& request) const;
  /// All items of a list, each id once. @param part  the request for the part behind so many rows
  [[nodiscard]] result<json::array> get_all(std::function<http_request(std::uint64_t skip)> const& part) const;
  /// The items of such a list as rows. @param read  `(json::value const&, std::string pointer) -> result<Row>`
  template <class Read>
  [[nodiscard]] auto rows(std::function<http_request(std::uint64_t skip)> const& part, Read const& read) const
      -> result<std::vector<typename std::invoke_result_t<Read, json::value const&, std::string>::value_type>>;
  /// What an answer says. @param read  `(json::value const&) -> result<Value>`
  template <class Read>
  [[nodiscard]] auto read_answer(result<json::value> const& body, std::string_view url, Read const& read) const
      -> std::invoke_result_t<Read, json::value const&>;
  /// Asked once. @param extra  time the answer may take beyond the stall limit
  [[nodiscard]] result<json::value> post(http_request const& request, http_body const* body,
                                         std::chrono::milliseconds extra = {}) const;
  [[nodiscard]] result<json::value> post(call const& c) const;
  /// What is gone already is done.
  [[nodiscard]] result<void> remove_file(std::string_view id) const;
  /// A file's bytes; those that version 2 cannot send come from its store, which does not see the key.
  /// @lifetime the source may outlive this object, not the client
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_file(file_row const& file) const;
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_bag(std::string_view dataset) const;
  /// Whether the last byte of a file is there to be read: version 1 answers an upload before it has stored it.
  [[nodiscard]] result<bool> is_stored(std::string_view file, std::uint64_t size) const;

  /** Makes something that must not be made twice.

      Where `make` fails, be it that only its answer was lost, `look` says whether it is there, after the wait that
      comes before another attempt: what a slow platform makes in the meantime counts.
      @param make  `result<Value>()`, asked once per attempt
      @param look  `result<std::optional<Value>>()` */
  template <class Make, class Look>
  [[nodiscard]] auto once(Make const& make, Look const& look) const -> decltype(make());

  /// A failure without the key, which a platform may repeat in its complaint.
  [[nodiscard]] error without_key(error e) const;
  /// A failure of reading an answer of success: the platform's fault, and asking again will not help.
  [[nodiscard]] error unusable(error e, std::string_view url) const;

 private:
  api(any_http_client& client, api_options options, api_version version);

  [[nodiscard]] result<std::unique_ptr<http_response>> send(any_http_client& client, http_request const& request,
                                                            http_body const* body) const;
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_bytes(http_request const& request) const;
  [[nodiscard]] std::chrono::milliseconds queue() const noexcept;

  any_http_client* client_;
  api_options options_;
  requests requests_;
};

template <class Read>
auto api::rows(std::function<http_request(std::uint64_t skip)> const& part, Read const& read) const
    -> result<std::vector<typename std::invoke_result_t<Read, json::value const&, std::string>::value_type>> {
  auto const items = get_all(part);
  if (!items) return items.error();
  std::vector<typename std::invoke_result_t<Read, json::value const&, std::string>::value_type> out;
  out.reserve(items->size());
  for (std::size_t i = 0; i < items->size(); ++i) {
    auto row = read((*items)[i], "/" + std::to_string(i));
    if (!row) return unusable(row.error(), part(0).url);
    out.push_back(std::move(*row));
  }
  return out;
}

template <class Read>
auto api::read_answer(result<json::value> const& body, std::string_view url, Read const& read) const
    -> std::invoke_result_t<Read, json::value const&> {
  if (!body) return body.error();
  auto out = read(*body);
  if (!out) return unusable(out.error(), url);
  return out;
}

template <class Make, class Look>
auto api::once(Make const& make, Look const& look) const -> decltype(make()) {
  for (unsigned failures = 1;; ++failures) {
    auto made = make();
    if (made || made.error().code == condition::interrupted || made.error().code == condition::denied) return made;
    auto const again = waybill::detail::wait_to_repeat(options_.retry, made.error(), failures);
    if (!again && again.error().code == condition::interrupted) return again.error();
    auto found = look();
    if (found && *found) return std::move(**found);
    if (!again) return again.error();
    if (!found) return found.error();
  }
}

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/clowder/api.ipp>
#endif

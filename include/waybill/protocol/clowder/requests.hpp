#pragma once

#include <waybill/config.hpp>
#include <waybill/http/message.hpp>
#include <waybill/json/value.hpp>
#include <waybill/protocol/clowder/names.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

/// A request and its body.
struct call {
  http_request request;
  std::string body{};
};

/// A dataset that is to be made.
struct new_dataset {
  std::string title;
  std::string description{};
  std::string space_id{};         ///< version 1; empty for none
  std::string license = "CC BY";  ///< version 2 makes no dataset without one
};

/** Requests of both APIs as values.

    The key stands in `X-API-Key`, marked as secret: it is never shown and never sent on to another host. Ids are put in
    percent-encoded, so that none leads to another route.
    @format clowder 1.23.0 conf/routes; clowder2 2.0.0-beta.4 routers/ */
class requests {
 public:
  /// Rows that are asked for at once: version 1 would give 12, version 2 gives 10.
  static constexpr std::uint64_t most_rows_v1 = 100'000, rows_v2 = 500;

  /// @param base  where the platform lies, with or without a slash at its end; `/api` is added
  requests(std::string base, std::string key, api_version api);

  [[nodiscard]] api_version api() const noexcept { return api_; }
  /// What people open in a browser.
  [[nodiscard]] std::string page_of(std::string_view dataset) const;

  [[nodiscard]] http_request version() const;  ///< needs no key, and does not give it
  /// Is refused with 400 by whoever knows the key and with 401 by version 1 otherwise: it takes a wrong key for none,
  /// and answers what is public.
  [[nodiscard]] call key_check_v1() const;

  // Lists. Version 2 gives pages; version 1 all at once, and `skip` must be 0.
  [[nodiscard]] http_request spaces_v1(std::string_view title) const;
  [[nodiscard]] http_request space_v1(std::string_view id) const;
  /// @param title  empty: all that the key's owner may see; else version 1 gives those of this title only, and
  ///               version 2 those that the owner made, whatever their title
  [[nodiscard]] http_request datasets(std::string_view title, std::uint64_t skip) const;
  [[nodiscard]] http_request files(std::string_view dataset, std::uint64_t skip) const;
  /// All folders (version 1), or those in `parent`, empty for the top (version 2).
  [[nodiscard]] http_request folders(std::string_view dataset, std::string_view parent, std::uint64_t skip) const;
  [[nodiscard]] http_request metadata(std::string_view dataset) const;

  [[nodiscard]] http_request dataset(std::string_view id) const;
  [[nodiscard]] call create_space_v1(std::string_view title) const;
  [[nodiscard]] call create_dataset(new_dataset const& what) const;
  /// @param parent  a folder's id; empty for the top
  [[nodiscard]] call create_folder(std::string_view dataset, std::string_view parent, std::string_view name) const;
  /// The body is the platform's frame of metadata around a content of ours.
  [[nodiscard]] call add_metadata(std::string_view dataset, json::object content) const;

  /// The form's field is `upload_field`. @param extract  let the platform's extractors loose on the file (version 1)
  [[nodiscard]] http_request upload(std::string_view dataset, std::string_view folder, bool extract) const;
  static constexpr std::string_view upload_field = "file";
  [[nodiscard]] http_request remove_file(std::string_view file) const;
  [[nodiscard]] http_request download(std::string_view file) const;
  /// One byte of a file. @pre version 1: the other one ignores ranges
  [[nodiscard]] http_request byte_of_v1(std::string_view file, std::uint64_t at) const;
  /// Asks for a link to the bytes at the platform's store.
  [[nodiscard]] http_request link_v2(std::string_view file) const;
  /// The whole dataset as a BagIt archive (zip).
  [[nodiscard]] http_request bag(std::string_view dataset) const;

  [[nodiscard]] http_request freeze_v2(std::string_view dataset) const;
  [[nodiscard]] http_request latest_freeze_v2(std::string_view dataset) const;

 private:
  [[nodiscard]] http_request ask(std::string method, std::string path) const;
  [[nodiscard]] call post(std::string path, json::object body) const;

  std::string base_, key_;
  api_version api_;
};

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/clowder/requests.ipp>
#endif

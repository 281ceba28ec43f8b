#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>
#include <waybill/protocol/clowder/names.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

struct space_row {
  std::string id, name;
};

struct dataset_row {
  std::string id, name;
  std::string created{};              ///< as the platform writes it
  std::vector<std::string> spaces{};  ///< ids; version 1
};

struct folder_row {
  std::string id;
  std::string name;  ///< version 1: the path from the top, with a `/` before it
};

struct file_row {
  std::string id, name;
  std::string folder{};       ///< id; empty at the top
  std::uint64_t size = 0;     ///< bytes; version 1 says what was sent, whatever it has stored
  std::uint64_t version = 1;  ///< version 2 counts the contents a file had
};

/// A part of a list.
struct rows {
  json::array items{};
  std::optional<std::uint64_t> total{};  ///< of all parts (version 2)
};

// Errors of all: errc::missing_member, wrong_type, size_out_of_range, located by a JSON pointer. Members that nothing
// here needs are ignored. `pointer` is where the value stands in its document.

[[nodiscard]] WAYBILL_DECL result<rows> read_rows(api_version api, json::value body);
[[nodiscard]] WAYBILL_DECL result<space_row> read_space(json::value const& v, std::string pointer);
[[nodiscard]] WAYBILL_DECL result<dataset_row> read_dataset(json::value const& v, std::string pointer);
[[nodiscard]] WAYBILL_DECL result<folder_row> read_folder(json::value const& v, std::string pointer);
[[nodiscard]] WAYBILL_DECL result<file_row> read_file_row(api_version api, json::value const& v, std::string pointer);
/// The text of the platform's version.
[[nodiscard]] WAYBILL_DECL result<std::string> read_version(api_version api, json::value const& body);
/// The id of what was made. Where the platform could not make it, version 1 says so with a status of success.
/// @errors also errc::temporary for that
[[nodiscard]] WAYBILL_DECL result<std::string> read_made(json::value const& body);
/// Id and version of the one file that was uploaded.
[[nodiscard]] WAYBILL_DECL result<file_row> read_uploaded(api_version api, json::value const& body);
/// The link to a file's bytes (version 2).
[[nodiscard]] WAYBILL_DECL result<std::string> read_link(json::value const& body);
/// The number of a freeze that was made, or of the latest; 0 for none (version 2).
[[nodiscard]] WAYBILL_DECL result<std::uint64_t> read_freeze(json::value const& body);

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/clowder/answers.ipp>
#endif

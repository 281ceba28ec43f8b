#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

/// What we know of a file that we uploaded, or compared: neither platform tells checksums.
struct file_record {
  std::string id;             ///< of the file
  std::uint64_t version = 1;  ///< which of its contents (version 2)
  std::string path;           ///< below the dataset
  std::uint64_t size = 0;     ///< bytes
  digest sha256;

  friend bool operator==(file_record const&, file_record const&) = default;
};

/// What an upload was told when it made a dataset.
struct dataset_record {
  std::string title, category{}, space{};

  friend bool operator==(dataset_record const&, dataset_record const&) = default;
};

/** The kit's own metadata of a dataset, in any number of JSON-LD records that the platform only ever gets more of.

    A later record of a file takes the place of an earlier one. What is damaged, or not ours, is passed over: it costs a
    comparison of bytes.
    @format docs/formats.md#clowder-metadata */
class dataset_records {
 public:
  /// Reads the platform's list of a dataset's metadata. @errors errc::wrong_type where it is no list
  [[nodiscard]] static result<dataset_records> read(json::value const& metadata);

  /// What is known of a file in that version; null for nothing. @lifetime refers to this object
  [[nodiscard]] file_record const* find(std::string_view file, std::uint64_t version) const noexcept;
  /// Whether some version of that file was uploaded by the kit.
  [[nodiscard]] bool knows(std::string_view file) const noexcept { return files_.contains(file); }
  /// What the dataset was made with; empty where the kit has not made it.
  [[nodiscard]] std::optional<dataset_record> const& about() const noexcept { return about_; }
  void add(file_record record);

 private:
  std::map<std::string, file_record, std::less<>> files_;
  std::optional<dataset_record> about_;
};

/// The content of a metadata record.
[[nodiscard]] WAYBILL_DECL json::object content_of(std::vector<file_record> const& files);
[[nodiscard]] WAYBILL_DECL json::object content_of(dataset_record const& about);
/// The context that gives our members their meaning. @format JSON-LD 1.1 section 3.1; schema.org, RFC 8493
[[nodiscard]] WAYBILL_DECL json::object metadata_context();

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/clowder/records.ipp>
#endif

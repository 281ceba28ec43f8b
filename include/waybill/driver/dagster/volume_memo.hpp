#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/dagster/volume.hpp>
#include <waybill/error.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {

/// What a dataset holds: found out by reading it, and true as long as its fingerprint stays.
struct dataset_content {
  std::string version;  ///< top hash of its files, 64 hex digits
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

/** Contents of the datasets of a volume, remembered from scan to scan so that an unchanged one is not looked into.

    It costs only time to lose it. A dataset that was changed within two seconds before a memo was begun is not
    believed: it may have been changed again within the resolution of the file system's clock.
    @format JSON lines: `{"schema":"waybill/volume/1","root":…,"begun_ns":…}`, then one record a dataset */
class volume_memo {
 public:
  /// A memo of another volume, a damaged or an absent one is empty.
  [[nodiscard]] static volume_memo load(std::string const& file, std::string_view root);
  /// What the memo knows of a dataset as it is now, or null. @lifetime refers to this memo
  [[nodiscard]] dataset_content const* find(leaf_directory const& leaf) const;
  void add(leaf_directory const& leaf, dataset_content content);
  /// @param begun_ns  when the volume was listed  @errors system errors
  [[nodiscard]] result<void> save(std::string const& file, std::string_view root, std::int64_t begun_ns) const;

 private:
  struct record {
    std::string fingerprint;
    dataset_content content;
  };
  [[nodiscard]] bool read_line(std::string_view line, std::string_view root, bool first);

  std::map<std::string, record, std::less<>> records_;
  std::int64_t begun_ns_ = 0;
};

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dagster/volume_memo.ipp>
#endif

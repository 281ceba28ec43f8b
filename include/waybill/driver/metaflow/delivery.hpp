#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/file.hpp>

#include <memory>
#include <optional>
#include <string>

namespace waybill::inline WAYBILL_ABI {
namespace metaflow {

/// Where rows go to that were asked for.
class delivery : public byte_sink {
 public:
  /// Called once behind the last row: only now they count as delivered. @errors of the place
  [[nodiscard]] virtual result<void> finish() = 0;
};

/// A file that appears under its name with all rows, on disk for good, or not at all.
class file_delivery final : public delivery {
 public:
  /// @param path  a file there is replaced; its directory is made when missing
  /// @errors errc::usage for a name that is none, unsafe_path where something else than a file stands; system errors
  [[nodiscard]] static result<file_delivery> start(std::string const& path);

  [[nodiscard]] result<void> write(byte_view bytes) override;
  [[nodiscard]] result<void> finish() override;

 private:
  struct place;
  explicit file_delivery(std::unique_ptr<place> to);

 public:
  ~file_delivery() override;
  file_delivery(file_delivery&&) noexcept;
  file_delivery& operator=(file_delivery&&) = delete;

 private:
  std::unique_ptr<place> to_;
};

}  // namespace metaflow
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/metaflow/delivery.ipp>
#endif

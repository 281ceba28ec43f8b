#pragma once

#include <waybill/store/object.hpp>

#include <atomic>
#include <climits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace waybill_test {

/// A content in memory that counts how often it is opened, and may know the digests of its parts.
class seen_content final : public waybill::object_content {
 public:
  seen_content(std::string bytes, std::vector<waybill::digest> parts)
      : bytes_{std::make_shared<std::string const>(std::move(bytes))}, parts_{std::move(parts)} {}
  [[nodiscard]] std::uint64_t size() const override { return bytes_->size(); }
  [[nodiscard]] waybill::result<std::unique_ptr<waybill::byte_source>> open(waybill::byte_range range) const override {
    if (++opened_ >= fails_from_) return waybill::make_error(waybill::errc::interrupted, "stopped");
    return std::unique_ptr<waybill::byte_source>{std::make_unique<waybill::shared_source>(bytes_, range)};
  }
  [[nodiscard]] std::vector<waybill::digest> part_digests() const override { return parts_; }
  [[nodiscard]] int opened() const { return opened_; }
  /// From that opening on it is interrupted.
  void fail_from(int opening) const { fails_from_ = opening; }
  /// The bytes from now on. @pre of the same number
  void become(std::string bytes) const { bytes_ = std::make_shared<std::string const>(std::move(bytes)); }

 private:
  mutable std::shared_ptr<std::string const> bytes_;
  std::vector<waybill::digest> parts_;
  mutable std::atomic<int> opened_{0};
  mutable int fails_from_ = INT_MAX;
};

}  // namespace waybill_test

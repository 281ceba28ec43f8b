#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {

/// One dataset that is to be loaded: what a scan prints, and what a load finds in its `extras`.
struct load_request {
  std::string dataset;    ///< its directory below the volume
  std::string category;   ///< the first part of it
  std::string title;      ///< the last one
  std::string version{};  ///< top hash of what the directory held when it was scanned; empty: not known
  std::string run_key{};
  bool is_new = true;  ///< else changed
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

/// The request for a dataset, with category and title. @pre `dataset` is a logical key
[[nodiscard]] WAYBILL_DECL load_request request_for(std::string dataset);

/** The key of a request's run: the dataset and the first digits of its version. Dagster never runs a key twice, so a
    version that comes back has the number of its coming appended.
    @param times  how often the dataset was asked for before, where this version was among them; else 0 */
[[nodiscard]] WAYBILL_DECL std::string run_key_of(std::string_view dataset, std::string_view version,
                                                  std::uint16_t times);

/// `{"run_key",…,"tags":{"waybill/dataset":…,"waybill/version":…}}`
[[nodiscard]] WAYBILL_DECL json::value document_of(load_request const& r);

/** Reads a request; only `dataset` must be there. @errors errc::malformed_key for a dataset that is no path below a
    volume; as json::record_reader */
[[nodiscard]] WAYBILL_DECL result<load_request> read_request(json::value const& document, std::string where = {});

/** The package that a dataset becomes: `category/title` where the dataset has these two parts and they can be a
    package's name, else a name made of it and eight digits of its SHA-256, so that no two datasets become one package.
    @complexity O(1) */
[[nodiscard]] WAYBILL_DECL std::string package_name_for(std::string_view dataset);

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dagster/request.ipp>
#endif

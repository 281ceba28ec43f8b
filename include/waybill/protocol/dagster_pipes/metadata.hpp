#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dagster_pipes {

/** A value of metadata with the type by which Dagster shows it.

    Only what Dagster's reader takes can be made: an unknown type, or a whole number that is written with a point, would
    silently cost the run everything it reports.
    @format dagster 1.13 `PipesMetadataValue` */
class metadata_value {
 public:
  [[nodiscard]] static metadata_value text(std::string_view t) { return {"text", t}; }
  [[nodiscard]] static metadata_value url(std::string_view t) { return {"url", t}; }
  [[nodiscard]] static metadata_value path(std::string_view t) { return {"path", t}; }
  [[nodiscard]] static metadata_value notebook(std::string_view t) { return {"notebook", t}; }
  [[nodiscard]] static metadata_value markdown(std::string_view t) { return {"md", t}; }
  /// @param key  escaped
  [[nodiscard]] static metadata_value asset(std::string_view key) { return {"asset", key}; }
  [[nodiscard]] static metadata_value dagster_run(std::string_view id) { return {"dagster_run", id}; }
  [[nodiscard]] static metadata_value boolean(bool b) { return {"bool", json::value{b}}; }
  [[nodiscard]] static metadata_value integer(std::int64_t i) { return {"int", json::value::integer(i)}; }
  [[nodiscard]] static metadata_value integer(std::uint64_t i) { return {"int", json::value::integer(i)}; }
  [[nodiscard]] static metadata_value floating(double d);
  /// @param seconds  since 1970 UTC
  [[nodiscard]] static metadata_value timestamp(double seconds);
  [[nodiscard]] static metadata_value null() { return {"null", json::value{}}; }
  /// An object or an array; anything else becomes an array of it, as Dagster takes no other.
  [[nodiscard]] static metadata_value structure(json::value v);
  /// A column of a table and its type, which is free text: `string`, `int`, ….
  using column = std::pair<std::string, std::string>;
  /// @param records  objects of plain values, each with these columns
  [[nodiscard]] static metadata_value table(std::vector<column> const& columns, json::array records);

  /** A value of a type's name, checked.
      @errors errc::wrong_type for a name that Dagster does not know, and for a value that is not of that type */
  [[nodiscard]] static result<metadata_value> of(std::string_view type, json::value raw);
  /// The value of whatever kind a JSON value is: text, int, float, bool, null or json.
  [[nodiscard]] static metadata_value like(json::value const& v);

  [[nodiscard]] std::string const& type() const noexcept { return type_; }
  [[nodiscard]] json::value const& raw() const noexcept { return raw_; }
  /// `{"type":…,"raw_value":…}`
  [[nodiscard]] json::value document() const;

 private:
  metadata_value(std::string_view type, json::value raw) : type_{type}, raw_{std::move(raw)} {}
  metadata_value(std::string_view type, std::string_view raw) : type_{type}, raw_{raw} {}

  std::string type_;
  json::value raw_;
};

/// Values by label, in the order in which they are to be shown.
using metadata = std::vector<std::pair<std::string, metadata_value>>;

}  // namespace dagster_pipes
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/dagster_pipes/metadata.ipp>
#endif

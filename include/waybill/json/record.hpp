#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace json {

/** Reads the members of one record by name and remembers the first thing that was wrong.

    A reader of a format calls `required_…`/`optional_…` for each member and then asks `finish()` once. Every error is
    located by a JSON pointer (RFC 6901) below the pointer the reader was made with. Members nobody asked for are
    ignored: formats stay open for later versions.

    @lifetime refers to the value it reads
*/
class record_reader {
 public:
  /// @param pointer where this record stands in its document; empty for the root
  explicit record_reader(value const& v, std::string pointer = {});

  /// What is missing or of another type is noted, and an empty value is returned. @lifetime references: the value read
  [[nodiscard]] std::string required_string(std::string_view name);
  [[nodiscard]] std::uint64_t required_uint64(std::string_view name);
  [[nodiscard]] bool required_bool(std::string_view name);
  [[nodiscard]] array const& required_array(std::string_view name);
  [[nodiscard]] value const& required_object(std::string_view name);
  /// Absent and null are the same: empty.
  [[nodiscard]] std::optional<std::string> optional_string(std::string_view name);
  [[nodiscard]] std::optional<std::uint64_t> optional_uint64(std::string_view name);
  [[nodiscard]] std::optional<bool> optional_bool(std::string_view name);
  /// Null pointer when absent or null.
  [[nodiscard]] array const* optional_array(std::string_view name);
  [[nodiscard]] value const* optional_object(std::string_view name);
  [[nodiscard]] value const* optional_any(std::string_view name);
  /// Every item a string; empty when absent.
  [[nodiscard]] std::vector<std::string> optional_strings(std::string_view name);

  /// Notes an error of the caller's own at a member, unless one is noted already.
  void fail(errc code, std::string detail, std::string_view name);
  [[nodiscard]] bool ok() const noexcept { return !first_; }
  /// @errors errc::missing_member, wrong_type, size_out_of_range (no whole number below 2^64), or what `fail` was
  ///         given; the first one found, its path a JSON pointer
  [[nodiscard]] result<void> finish() const;
  /// JSON pointer of a member of this record. @format RFC 6901
  [[nodiscard]] std::string pointer_to(std::string_view name) const;

 private:
  value const* member(std::string_view name, bool required);

  object const* members_;
  std::string pointer_;
  std::optional<error> first_;
};

/// A member name as a reference token: `~` → `~0`, `/` → `~1`. @format RFC 6901 section 3
[[nodiscard]] WAYBILL_DECL std::string pointer_token(std::string_view name);

}  // namespace json
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/json/record.ipp>
#endif

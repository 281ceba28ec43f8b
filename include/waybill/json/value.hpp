#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace json {

class value;

/// A number as its source wrote it (`1.10`, `9007199254740993`, `NaN`), never converted on its own.
struct number {
  std::string text;
  friend bool operator==(number const&, number const&) = default;
};

/// UTF-8, plus lone surrogates in their three-byte form (WTF-8), which Python can read and hash but not write.
using string = std::string;
using array = std::vector<value>;
using member = std::pair<string, value>;
/// Members in the order they were written; names are unique (a repeated name keeps its first place and its last value).
using object = std::vector<member>;

/** A JSON document that can be written again exactly as it was meant: order and numbers are kept.

    This is the form for metadata that is hashed or re-written; a document for our own use can as well be read with
    Boost.JSON.
*/
class value {
 public:
  using storage = std::variant<std::nullptr_t, bool, number, string, array, object>;

  value() noexcept = default;  ///< null
  value(std::nullptr_t) noexcept {}
  value(bool b) noexcept : storage_{b} {}
  value(number n) : storage_{std::move(n)} {}
  value(string s) : storage_{std::move(s)} {}
  value(std::string_view s) : storage_{string{s}} {}
  value(char const* s) : storage_{string{s}} {}
  value(array a) : storage_{std::move(a)} {}
  value(object o) : storage_{std::move(o)} {}
  /// A whole number. (Doubles have `json::from_double` in json/number.hpp.)
  static value integer(std::int64_t i) { return value{number{std::to_string(i)}}; }
  static value integer(std::uint64_t i) { return value{number{std::to_string(i)}}; }

  [[nodiscard]] bool is_null() const noexcept { return std::holds_alternative<std::nullptr_t>(storage_); }
  [[nodiscard]] bool const* as_bool() const noexcept { return std::get_if<bool>(&storage_); }
  [[nodiscard]] number const* as_number() const noexcept { return std::get_if<number>(&storage_); }
  [[nodiscard]] string const* as_string() const noexcept { return std::get_if<string>(&storage_); }
  [[nodiscard]] array const* as_array() const noexcept { return std::get_if<array>(&storage_); }
  [[nodiscard]] object const* as_object() const noexcept { return std::get_if<object>(&storage_); }
  [[nodiscard]] array* as_array() noexcept { return std::get_if<array>(&storage_); }
  [[nodiscard]] object* as_object() noexcept { return std::get_if<object>(&storage_); }
  [[nodiscard]] storage const& variant() const noexcept { return storage_; }

  /// The member of that name, or null when this is no object or has none. @lifetime refers to this value
  [[nodiscard]] value const* find(std::string_view name) const noexcept;
  [[nodiscard]] value* find(std::string_view name) noexcept;

  friend bool operator==(value const&, value const&) = default;

 private:
  storage storage_{nullptr};
};

/// Sets a member: in its place when the name is there, else at the end.
WAYBILL_DECL void set_member(object& o, std::string_view name, value v);

}  // namespace json
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/json/value.ipp>
#endif

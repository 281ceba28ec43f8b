#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace json {

/** A double as Python's `repr` prints it: shortest digits that read back to the same value; `NaN`, `Infinity`.
    @format CPython 3.11 `float.__repr__`; vectors `tests/vectors/quilt/float_repr.json`
*/
[[nodiscard]] WAYBILL_DECL std::string python_repr(double d);

/** Appends a number's source text as Python would print it after reading it.

    With `.`, `e` or `E` it is a double and is printed by `python_repr`; else an integer of any size, printed as it is
    (`-0` → `0`). @pre `text` is a JSON number, `NaN`, `Infinity` or `-Infinity`
*/
WAYBILL_DECL void append_python_number(std::string& out, std::string_view text);

/// False for `NaN` and infinities, also for texts that overflow to them (`1e400`).
[[nodiscard]] WAYBILL_DECL bool is_finite_number(std::string_view text) noexcept;

/// A number as `python_repr` writes it; NaN and infinities included.
[[nodiscard]] WAYBILL_DECL value from_double(double d);

/// The integer a text says exactly, without fraction or exponent; empty when it does not fit.
[[nodiscard]] WAYBILL_DECL std::optional<std::int64_t> to_int64(std::string_view text) noexcept;
[[nodiscard]] WAYBILL_DECL std::optional<std::uint64_t> to_uint64(std::string_view text) noexcept;
/// The nearest double. @pre `text` is a JSON number
[[nodiscard]] WAYBILL_DECL double to_double(std::string_view text) noexcept;

}  // namespace json
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/json/number.ipp>
#endif

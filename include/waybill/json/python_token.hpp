#pragma once

#include <waybill/config.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace json {

/// A token that Python's json accepts and RFC 8259 does not.
struct python_token {
  std::size_t position = 0;  ///< of its first byte in the text
  std::size_t size = 0;      ///< bytes of source text
  char32_t surrogate = 0;    ///< a lone `\uD800`…`\uDFFF` escape inside a string; 0 for `NaN`, `Infinity`, `-Infinity`
};

/** Finds the tokens of Python's JSON dialect, from the front to the back of one text.

    It tells strings from the rest and looks for nothing else: what it finds before the first syntax error of the text
    is right, what it finds behind one has no meaning; behind a malformed `\u` escape it finds nothing. `NaN` and
    infinities count only where a value may begin.
    @complexity O(text) for all calls together
    @lifetime   refers to the text
    @format     CPython 3.11 `json.decoder` (`NaN`, `Infinity`, `-Infinity`; `py_scanstring` joins an escaped high
                surrogate with an escaped low one behind it and keeps any other)
*/
class python_token_scanner {
 public:
  explicit python_token_scanner(std::string_view text) noexcept : text_{text} {}

  /// The next token, or empty at the end.
  [[nodiscard]] std::optional<python_token> next() noexcept;

 private:
  std::optional<python_token> next_in_string() noexcept;

  std::string_view text_;
  std::size_t at_ = 0;
  bool in_string_ = false;
  bool value_may_begin_ = true;
};

}  // namespace json
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/json/python_token.ipp>
#endif

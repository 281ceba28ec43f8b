#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

/// The two APIs that go by the name of Clowder; no route is the same.
enum class api_version : std::uint8_t {
  v1 = 1,  ///< Clowder 1.x: `/api/…`
  v2 = 2   ///< Clowder 2.x: `/api/v2/…`
};

/** Would the platform keep a file of this path under this path? Directories become folders, the last part a file name.

    File names travel in a header line of a form, where no control character can stand, and what the platforms undo of
    it is not all that can be written: version 1 keeps of `a\b` only `b`; version 2 does so with `\\host\b` and `C:\b`,
    and cannot read a name that ends in a backslash. Version 1 cuts blanks off the ends of folder names.
    @errors errc::malformed_key, which says what would be lost, and what to do
    @format measured on clowder 1.23.0 and clowder2 2.0.0-beta.4 */
[[nodiscard]] WAYBILL_DECL result<void> check_path(api_version api, std::string_view path);

/** A name as it stands between the quotes of `filename="…"`: `"` and `\` behind a backslash, all else as it is.
    @pre check_path
    @format RFC 2183 section 2; `%22`, as browsers write it, is undone by neither platform */
[[nodiscard]] WAYBILL_DECL std::string quoted_name(std::string_view name);

/// The regular expression that only this text matches. @format Java's, as version 1 compares titles
[[nodiscard]] WAYBILL_DECL std::string literal_pattern(std::string_view text);

/// True for an id of either platform: 24 hexadecimal digits.
[[nodiscard]] WAYBILL_DECL bool is_id(std::string_view text) noexcept;

/// True for a name whose download version 2 can answer by itself: it puts it into a field, which holds Latin-1 only.
[[nodiscard]] WAYBILL_DECL bool is_latin(std::string_view utf8) noexcept;

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/clowder/names.ipp>
#endif

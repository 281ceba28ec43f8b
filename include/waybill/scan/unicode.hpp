#pragma once

#include <waybill/config.hpp>

#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/// True for what Python's `\w` matches: letters, digits and other numerics of any script, and `_`.
/// @format Unicode general categories L* and N*
[[nodiscard]] WAYBILL_DECL bool is_word_character(char32_t c) noexcept;

/** The form in which names are equal on a file system that folds case and normalisation: NFD, case-folded, NFD.
    @param name UTF-8; bytes that are not stay as they are
    @format Unicode 15 section 3.13, canonical caseless matching (D145) */
[[nodiscard]] WAYBILL_DECL std::string caseless_form(std::string_view name);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/unicode.ipp>
#endif

#pragma once

#include <waybill/config.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// Matches a whole key against a glob, segment-wise.
///
/// `*` and `?` stay inside a segment, `**` crosses `/` (`a/**` matches everything below `a`, `**` as a whole segment
/// may match none), `[a-z]` and `[!a-z]` are sets, `{a,b}` are alternatives, `\` takes the next character literally.
/// A pattern without `/` is matched against the last segment; one that ends in `/` matches everything below that
/// directory; a leading `/` only says that the pattern starts at the root (`/*.csv`: names at the top). `?` and sets
/// take a whole UTF-8 character. What is not closed, and braces nested beyond 32, are plain characters.
///
/// @complexity O(pattern × (pattern + key)) at worst, no recursion without bound
[[nodiscard]] WAYBILL_DECL bool glob_match(std::string_view pattern, std::string_view key);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/core/glob.ipp>
#endif

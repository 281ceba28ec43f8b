#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>
#include <waybill/manifest/manifest.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** The shape an implementation needs its data to have; read from JSON (`docs/contract.md`).

    Nothing is downloaded to check it: keys, counts, sizes and metadata of a manifest decide.
*/
struct contract {
  /// Keys that must exist: at least `min_count` (default 1), at most `max_count`, each and together within sizes in
  /// bytes.
  struct required_files {
    std::string glob;
    std::uint64_t min_count = 1;
    std::optional<std::uint64_t> max_count;
    std::optional<std::uint64_t> min_size, max_size;              ///< of each file
    std::optional<std::uint64_t> min_total_size, max_total_size;  ///< of all together
  };
  /// `images/{id}.jpg` needs `labels/{id}.txt`: names in braces stand for equal text without `/` on both sides.
  struct pair {
    std::string each;
    std::string needs;
  };
  /// JSON Schema (draft 7) for the user metadata of entries that match.
  struct entry_schema {
    std::string glob;
    json::value schema;
  };

  std::vector<required_files> required;
  std::vector<std::string> forbidden;
  std::vector<pair> pairs;
  std::vector<entry_schema> entry_metadata;
  std::optional<json::value> package_metadata;  ///< JSON Schema (draft 7)
};

/// One way in which a manifest breaks a contract.
struct breach {
  std::string rule;                ///< JSON pointer of the rule in the contract, `/required/0`
  std::optional<std::string> key;  ///< the entry concerned, where there is one
  std::string detail;              ///< a sentence for people
};

/** Reads a contract.
    @errors errc::malformed_json, too_deep, too_large, duplicate_member; wrong_type, missing_member, size_out_of_range;
            usage for an unknown rule, a glob or pattern without sense, or a schema that is none; path is a JSON
            pointer, or line and column of what is no JSON
    @format docs/contract.md */
[[nodiscard]] WAYBILL_DECL result<contract> parse_contract(std::string_view json_text);

/// Every breach, in the order of the contract's rules and then in walk order; none means the data fits.
/// @errors errc::too_large for a pair of patterns that needs too many attempts (see name_pattern::match); usage for a
///         rule that `parse_contract` would refuse
/// @complexity O(rules × entries)
[[nodiscard]] WAYBILL_DECL result<std::vector<breach>> check_contract(contract const& c, manifest const& m);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/algebra/contract.ipp>
#endif

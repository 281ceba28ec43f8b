#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/history/state.hpp>
#include <waybill/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/// Why an action cannot be done.
struct conflict {
  errc reason = errc::missing;  ///< errc::exists, missing, changed, meta_changed, rolled_back or unknown_action
  std::string at;               ///< the key, `key#field` for a metadata field, or the kind nobody knows

  friend bool operator==(conflict const&, conflict const&) = default;
};

/// What an action that could be done did.
enum class effect : std::uint8_t {
  applied,   ///< it changed the state
  satisfied  ///< its result was there already, and nothing changed
};

/// What became of an action.
struct outcome {
  effect did = effect::applied;
  std::optional<conflict> failed{};  ///< set: it could not be done, and nothing changed

  friend bool operator==(outcome const&, outcome const&) = default;
};

/** Does an action to a state, if its precondition holds; asks first whether its result is there already.

    | kind | params | conflict |
    |---|---|---|
    | File.add | key, new {content, meta?} | exists |
    | File.replace | key, old {content}, new {content}; metadata stays | missing, changed |
    | File.remove | key, old {content, meta?} | changed, meta_changed (at the key) |
    | File.move | key, to, old {content}; metadata travels | missing, changed, exists (at `to`) |
    | Meta.set | key?, name, old?, new | missing (the file), meta_changed |
    | Meta.unset | key?, name, old | missing (the file), meta_changed |
    | Package.apply | changes [{key, params}]: of the kinds above, one after the other, all or nothing | of a part |
    | Dataset.edit | anything; always done, changes no file | – |

    `meta` is a manifest entry's `meta` object. A name that is a file and a directory at once cannot be:
    errc::exists, at what stands in the way.
    @errors missing_member, wrong_type, malformed_key and those of read_content for params that are none; the path is a
            JSON pointer into them, and nothing is changed
    @format docs/history.md#actions */
[[nodiscard]] WAYBILL_DECL result<outcome> play(state& on, std::string_view kind, json::value const& params);

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/play.ipp>
#endif

#pragma once

#include <waybill/history/refusal.hpp>

#include <string>

namespace waybill::inline WAYBILL_ABI {
namespace history {
namespace detail {

inline std::string advice(errc reason) {
  switch (reason) {
    case errc::exists: return "something stands there already; replace it, remove it first, or choose another key";
    case errc::missing: return "there is nothing of that name to change";
    case errc::changed: return "its content is another than this action expects; look at it, then do the action anew";
    case errc::meta_changed:
      return "its metadata is other than this action expects; look at it, then do the action anew";
    case errc::rolled_back: return "what this action needs was thrown away by a revert; merge that by its hash as well";
    default:
      return "the catalogue has no such action; it has File.add, File.replace, File.remove, File.move, Meta.set, "
             "Meta.unset, Package.apply of these, and Dataset.edit";
  }
}

}  // namespace detail

WAYBILL_DECL error refusal(conflict const& why) { return make_error(why.reason, detail::advice(why.reason), why.at); }

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

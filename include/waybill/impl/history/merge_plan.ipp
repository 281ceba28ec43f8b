#pragma once

#include <waybill/history/merge_plan.hpp>

#include <waybill/core/utf8.hpp>

namespace waybill::inline WAYBILL_ABI {
namespace history {
namespace detail {

inline error bad_filter(std::string why) {
  return make_error(errc::bad_filter, std::move(why) + "; a filter has lists of texts, `hash` and `key`", "filter");
}

}  // namespace detail

WAYBILL_DECL bool merge_filter::matches(action const& a) const {
  return (!hashes || hashes->contains(a.hash)) && (!kinds || kinds->contains(a.kind));
}

WAYBILL_DECL result<merge_filter> merge_filter::read(json::value const& v) {
  if (v.as_object() == nullptr) return detail::bad_filter("this is no object");
  merge_filter out;
  for (auto const& [name, list] : *v.as_object()) {
    if (name != "hash" && name != "key") return detail::bad_filter("`" + printable(name) + "` is not known");
    if (list.as_array() == nullptr) return detail::bad_filter("`" + name + "` is no list");
    std::unordered_set<std::string> texts;
    for (auto const& text : *list.as_array()) {
      if (text.as_string() == nullptr) return detail::bad_filter("`" + name + "` holds something else");
      texts.insert(*text.as_string());
    }
    (name == "hash" ? out.hashes : out.kinds) = std::move(texts);
  }
  return out;
}

WAYBILL_DECL std::vector<merge_class> classify(timeline const& target, timeline const& source,
                                               std::optional<merge_filter> const& filter) {
  auto const effective = target.hashes();
  std::unordered_set<std::string> retracted;
  for (auto const& r : target.retracted) retracted.insert(r.what->hash);
  auto const class_of = [&](action const& a) {
    if (effective.contains(a.hash)) return merge_class::common;
    if (is_local(a.kind)) return merge_class::local;
    bool const matches = filter && filter->matches(a);
    bool const named = matches && filter->hashes.has_value();
    bool const not_its_own = a.origin == target.id || source.inherited.contains(a.hash);
    if (retracted.contains(a.hash) && not_its_own && !named) return merge_class::retracted;
    if (filter) return matches ? merge_class::selected : merge_class::skipped;
    return target.remembered.contains(a.hash) ? merge_class::remembered : merge_class::selected;
  };
  std::vector<merge_class> out;
  out.reserve(source.effective.size());
  for (auto const& a : source.effective) out.push_back(class_of(*a.what));
  return out;
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

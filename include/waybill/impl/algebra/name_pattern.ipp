#pragma once

#include <waybill/algebra/name_pattern.hpp>

#include <waybill/core/ascii.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail::patterns {

inline constexpr std::size_t max_attempts = 1'000'000;

inline bool is_name(std::string_view text) noexcept {
  return !text.empty() && !is_ascii_digit(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_ascii_alphanumeric(c) || c == '_'; });
}

}  // namespace detail::patterns

/// One key on its way through a pattern.
struct name_pattern::attempt {
  std::string_view key;
  values texts;
  std::size_t steps = 0;
};

WAYBILL_DECL result<name_pattern> name_pattern::parse(std::string_view text) {
  auto const refuse = [text](std::string_view why) {
    return make_error(errc::usage, "the pattern " + std::string{text} + ' ' + std::string{why});
  };
  if (text.empty()) return make_error(errc::usage, "a pattern is empty; write a key with names in braces");
  if (text.find_first_of("*?") != text.npos)
    return refuse("holds * or ?, which do not work here; write a name in braces instead");
  name_pattern out;
  std::vector<std::string> order;  // the names as they come
  auto rest = text;
  while (!rest.empty()) {
    auto const brace = std::min(rest.find_first_of("{}"), rest.size());
    std::string literal{rest.substr(0, brace)};
    rest.remove_prefix(brace);
    if (rest.empty()) {
      out.tail_ = std::move(literal);
      break;
    }
    auto const close = rest.find('}');
    if (rest.front() == '}' || close == rest.npos) return refuse("has a brace without its partner");
    auto const name = rest.substr(1, close - 1);
    if (!detail::patterns::is_name(name))
      return refuse("has braces around something that is no name; a name is made of letters, digits and _");
    if (literal.empty() && !order.empty())
      return refuse("has two names side by side, so that nobody can say where the first one ends");
    order.emplace_back(name);
    out.gaps_.push_back({std::move(literal), 0});
    rest.remove_prefix(close + 1);
  }
  out.names_ = order;
  std::ranges::sort(out.names_);
  auto const repeated = std::ranges::unique(out.names_);
  out.repeats_ = !repeated.empty();
  out.names_.erase(repeated.begin(), repeated.end());
  for (std::size_t i = 0; i < order.size(); ++i)
    out.gaps_[i].name = static_cast<std::size_t>(std::ranges::lower_bound(out.names_, order[i]) - out.names_.begin());
  return out;
}

/** Matches everything from gap `part` on at byte `at`.

    When no name stands twice and the text in front of the next gap fits somewhere, later places for it can only do
    worse: a gap that starts later reaches no end that it could not reach from there. So the first place decides
    (`not_at_all`), and the search does not go back.
*/
WAYBILL_DECL name_pattern::outcome name_pattern::match_from(attempt& state, std::size_t part, std::size_t at) const {
  if (++state.steps > detail::patterns::max_attempts) return outcome::not_at_all;
  auto const rest = state.key.substr(at);
  if (part == gaps_.size()) return rest == tail_ ? outcome::matched : outcome::not_here;
  auto const& [before, name] = gaps_[part];
  if (!rest.starts_with(before)) return outcome::not_here;
  at += before.size();
  auto& text = state.texts[name];
  if (!text.empty()) {
    if (!state.key.substr(at).starts_with(text)) return outcome::not_here;
    return match_from(state, part + 1, at + text.size());
  }
  for (auto end = at + 1; end <= state.key.size() && state.key[end - 1] != '/'; ++end) {
    text = state.key.substr(at, end - at);
    auto const found = match_from(state, part + 1, end);
    if (found == outcome::matched || (found == outcome::not_at_all && !repeats_)) return found;
  }
  text = {};
  return outcome::not_at_all;
}

WAYBILL_DECL result<std::optional<name_pattern::values>> name_pattern::match(std::string_view key) const {
  attempt state{key, values(names_.size()), 0};
  auto const found = match_from(state, 0, 0);
  if (found == outcome::matched) return std::optional<values>{std::move(state.texts)};
  if (state.steps > detail::patterns::max_attempts)
    return make_error(errc::too_large,
                      "there are too many ways to read this key; use each name only once in the pattern",
                      std::string{key});
  return std::optional<values>{};
}

WAYBILL_DECL std::string name_pattern::fill(values const& texts) const {
  std::string out;
  for (auto const& [before, name] : gaps_) out.append(before).append(texts[name]);
  return out + tail_;
}

}  // namespace waybill::inline WAYBILL_ABI

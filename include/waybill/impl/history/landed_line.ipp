#pragma once

#include <waybill/history/landed_line.hpp>

#include <waybill/history/log_text.hpp>
#include <waybill/json/record.hpp>
#include <waybill/json/write.hpp>

#include <charconv>
#include <memory>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace history {
namespace detail {

inline constexpr std::string_view applied_word = "applied";
inline constexpr std::string_view satisfied_word = "satisfied";

/// Takes `"text"` without escapes, and the comma or bracket behind it.
inline bool take_plain(std::string_view& rest, std::string_view& text, char end) {
  if (rest.empty() || rest.front() != '"') return false;
  auto const close = rest.find('"', 1);
  if (close == std::string_view::npos || close + 1 >= rest.size() || rest[close + 1] != end) return false;
  text = rest.substr(1, close - 1);
  rest.remove_prefix(close + 2);
  return text.find('\\') == std::string_view::npos;
}

inline bool take_number(std::string_view& rest, std::uint64_t& n) {
  auto const [end, wrong] = std::from_chars(rest.data(), rest.data() + rest.size(), n);
  if (wrong != std::errc{} || end == rest.data() + rest.size() || *end != ',') return false;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
  return true;
}

inline std::optional<landed> landed_of(action a, std::string_view did, std::string_view user, std::string_view when) {
  if (did != applied_word && did != satisfied_word) return std::nullopt;
  return landed{std::make_shared<action const>(std::move(a)), did == applied_word ? effect::applied : effect::satisfied,
                std::string{user}, std::string{when}};
}

inline std::optional<landed> scan_landed_line(std::string_view rest) {
  if (!rest.starts_with('[')) return std::nullopt;
  rest.remove_prefix(1);
  std::string_view kind, hash, origin, did, user, when;
  std::uint64_t seq = 0;
  bool const fits = take_plain(rest, kind, ',') && take_plain(rest, hash, ',') && take_plain(rest, origin, ',') &&
                    take_number(rest, seq) && take_plain(rest, did, ',') && take_plain(rest, user, ',') &&
                    take_plain(rest, when, ']') && rest.empty();
  if (!fits) return std::nullopt;
  return landed_of({std::string{kind}, {}, std::string{origin}, seq, std::string{hash}}, did, user, when);
}

}  // namespace detail

WAYBILL_DECL void append_landed_line(std::string& out, landed const& a, bool with_params) {
  auto const text = [&out](std::string_view value, char end) {
    json::append_canonical_string(out, value);
    out.push_back(end);
  };
  out.push_back('[');
  text(a.what->kind, ',');
  text(a.what->hash, ',');
  text(a.what->origin, ',');
  out.append(std::to_string(a.what->seq)).push_back(',');
  text(a.did == effect::applied ? detail::applied_word : detail::satisfied_word, ',');
  text(a.user, ',');
  std::string more;
  if (with_params && !a.what->params.is_null()) detail::append_line(more, a.what->params);
  if (more.size() > kept_params) more.clear();
  if (auto const covers = covered_by(*a.what); more.empty() && !covers.empty())
    detail::append_line(more, json::array(covers.begin(), covers.end()));
  text(a.datetime, more.empty() ? ']' : ',');
  if (!more.empty()) out.append(more).push_back(']');
  out.push_back('\n');
}

WAYBILL_DECL std::optional<landed> read_landed_line(std::string_view line) {
  if (auto plain = detail::scan_landed_line(line)) return plain;
  auto const v = detail::parse_line(line);
  auto const* const items = v ? v->as_array() : nullptr;
  if (items == nullptr || items->size() < 7 || items->size() > 8) return std::nullopt;
  auto const text = [&](std::size_t i) { return (*items)[i].as_string(); };
  auto const* const seq = (*items)[3].as_number();
  for (auto const i : {0, 1, 2, 4, 5, 6})
    if (text(static_cast<std::size_t>(i)) == nullptr) return std::nullopt;
  std::uint64_t n = 0;
  auto const number = seq == nullptr ? std::string{"?,"} : seq->text + ",";
  if (std::string_view rest{number}; !detail::take_number(rest, n) || !rest.empty()) return std::nullopt;
  json::value params;
  if (items->size() == 8) {
    auto const& more = (*items)[7];
    if (more.as_object() != nullptr) params = more;
    else if (more.as_array() != nullptr) params = json::object{{"covers", more}};
    else return std::nullopt;
  }
  return detail::landed_of({*text(0), std::move(params), *text(2), n, *text(1)}, *text(4), *text(5), *text(6));
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

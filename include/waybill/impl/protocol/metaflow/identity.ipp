#pragma once

#include <waybill/protocol/metaflow/identity.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/json/number.hpp>
#include <waybill/json/parse.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace metaflow {
namespace detail {

inline bool is_given(std::optional<std::string> const& text) noexcept { return text && !text->empty(); }

inline std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out(1);
  for (char const c : text)
    if (c == '/') out.emplace_back();
    else out.back() += c;
  return out;
}

inline error not_read(std::string const& text, std::string const& wanted, char const* where) {
  return make_error(errc::usage, "'" + printable(text) + "' is not " + wanted, where);
}

inline result<std::uint64_t> read_attempt(std::string const& text) {
  bool const digits = text.find_first_not_of("0123456789") == std::string::npos;
  auto const number = digits ? json::to_uint64(text) : std::nullopt;
  if (!number) return not_read(text, "the number of an attempt; the first one is 0", attempt_variable);
  return *number;
}

inline result<std::vector<std::uint64_t>> read_index(std::string const& text) {
  auto const document = json::parse(text, {.max_depth = 2, .max_bytes = std::size_t{1} << 16});
  auto const* items = document ? document->as_array() : nullptr;
  std::vector<std::uint64_t> out;
  for (auto const& item : items != nullptr ? *items : json::array{}) {
    auto const* n = item.as_number();
    auto const i = n != nullptr ? json::to_uint64(n->text) : std::nullopt;
    if (!i) items = nullptr;
    if (items == nullptr) break;
    out.push_back(*i);
  }
  if (items == nullptr) return not_read(text, "a JSON array of whole numbers, like [2] or []", index_variable);
  return out;
}

inline error in_variable(error e, char const* name) {
  e.path = name;
  return e;
}

}  // namespace detail

WAYBILL_DECL identity_texts or_environment(identity_texts given,
                                           std::function<std::optional<std::string>(char const*)> const& variable) {
  if (detail::is_given(given.pathspec)) return given;
  given.pathspec = variable(pathspec_variable);
  if (!detail::is_given(given.attempt)) given.attempt = variable(attempt_variable);
  if (!detail::is_given(given.origin_run)) given.origin_run = variable(origin_variable);
  if (!detail::is_given(given.index)) given.index = variable(index_variable);
  return given;
}

WAYBILL_DECL result<identity> read_identity(identity_texts const& texts) {
  if (!detail::is_given(texts.pathspec))
    return make_error(errc::usage,
                      "it is not known which task this is; run inside a Metaflow step with the waybill decorator, or "
                      "give --run FLOW/RUN/STEP/TASK and --attempt N",
                      pathspec_variable);
  auto const parts = detail::split(*texts.pathspec);
  if (parts.size() != 4) return detail::not_read(*texts.pathspec, "FLOW/RUN/STEP/TASK", pathspec_variable);
  identity out{{parts[0], parts[1], parts[2], parts[3], 0}};
  if (detail::is_given(texts.attempt)) {
    auto const number = detail::read_attempt(*texts.attempt);
    if (!number) return number.error();
    out.attempt.number = *number;
  }
  if (detail::is_given(texts.index)) {
    auto index = detail::read_index(*texts.index);
    if (!index) return index.error();
    out.index = std::move(*index);
  }
  if (auto const r = lineage::check_record(record_for(out, lineage::record_kind::begin, {})); !r)
    return detail::in_variable(r.error(), pathspec_variable);
  if (detail::is_given(texts.origin_run)) out.origin_run = texts.origin_run;
  if (auto const r = lineage::check_record(record_for(out, lineage::record_kind::begin, {})); !r)
    return detail::in_variable(r.error(), origin_variable);
  return out;
}

WAYBILL_DECL lineage::run_record record_for(identity const& who, lineage::record_kind kind, timestamp now) {
  lineage::run_record r;
  r.kind = kind;
  r.attempt = who.attempt;
  r.index = who.index;
  r.origin_run = who.origin_run;
  r.time = now;
  return r;
}

WAYBILL_DECL result<lineage::run_name> parse_run(std::string_view text) {
  auto const parts = detail::split(text);
  if (parts.size() == 2 && !parts[0].empty() && !parts[1].empty()) return lineage::run_name{parts[0], parts[1]};
  return make_error(errc::usage, "a run is named FLOW/RUN, like TrainFlow/17", std::string{text});
}

}  // namespace metaflow
}  // namespace waybill::inline WAYBILL_ABI

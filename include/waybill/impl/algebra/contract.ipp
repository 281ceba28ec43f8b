#pragma once

#include <waybill/algebra/contract.hpp>
#include <waybill/algebra/json_schema.hpp>
#include <waybill/algebra/name_pattern.hpp>
#include <waybill/core/glob.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail::contracts {

using names = std::initializer_list<std::string_view>;

/// Notes the first member nobody knows: a misspelt rule would otherwise be a rule that everything keeps.
inline void refuse_unknown(json::value const& v, json::record_reader& reader, names known) {
  auto const* members = v.as_object();
  if (members == nullptr) return;
  for (auto const& [name, item] : *members) {
    if (std::ranges::find(known, std::string_view{name}) != known.end()) continue;
    std::string list;
    for (auto const k : known) list.append(list.empty() ? "" : ", ").append(k);
    return reader.fail(errc::usage, "there is no member \"" + name + "\" here; known are " + list, name);
  }
}

/// What keeps a glob from meaning anything, or null.
inline char const* glob_problem(std::string_view glob) noexcept {
  if (glob.empty()) return "a glob is empty";
  int braces = 0;
  for (std::size_t i = 0; i < glob.size(); ++i) {
    if (glob[i] == '\\') {
      if (++i == glob.size()) return "a glob ends in a lone backslash";
    } else if (glob[i] == '[') {
      // a set may start with ! and then hold a ] of its own
      i += i + 1 < glob.size() && glob[i + 1] == '!' ? 2 : 1;
      for (++i; i < glob.size() && glob[i] != ']'; ++i)
        if (glob[i] == '\\') ++i;
      if (i >= glob.size()) return "a glob opens [ and never closes it";
    } else if (glob[i] == '{') {
      ++braces;
    } else if (glob[i] == '}' && --braces < 0) {
      return "a glob closes } and never opened it";
    }
  }
  return braces == 0 ? nullptr : "a glob opens { and never closes it";
}

inline void check_glob(json::record_reader& reader, std::string_view member, std::string_view glob) {
  if (auto const* problem = glob_problem(glob)) reader.fail(errc::usage, problem, member);
}

inline result<contract::required_files> parse_required(json::value const& v, std::string const& pointer) {
  contract::required_files out;
  if (auto const* glob = v.as_string()) {
    if (auto const* problem = glob_problem(*glob)) return make_error(errc::usage, problem, pointer);
    out.glob = *glob;
    return out;
  }
  json::record_reader reader{v, pointer};
  refuse_unknown(v, reader,
                 {"glob", "min_count", "max_count", "min_size", "max_size", "min_total_size", "max_total_size"});
  out.glob = reader.required_string("glob");
  check_glob(reader, "glob", out.glob);
  out.min_count = reader.optional_uint64("min_count").value_or(1);
  out.max_count = reader.optional_uint64("max_count");
  out.min_size = reader.optional_uint64("min_size");
  out.max_size = reader.optional_uint64("max_size");
  out.min_total_size = reader.optional_uint64("min_total_size");
  out.max_total_size = reader.optional_uint64("max_total_size");
  auto const check_range = [&reader](auto const& low, auto const& high, std::string_view name) {
    if (high && low > *high) reader.fail(errc::usage, "is below its minimum, so nothing could keep this rule", name);
  };
  check_range(out.min_count, out.max_count, "max_count");
  check_range(out.min_size.value_or(0), out.max_size, "max_size");
  check_range(out.min_total_size.value_or(0), out.max_total_size, "max_total_size");
  if (auto const end = reader.finish(); !end) return end.error();
  return out;
}

inline result<std::string> parse_forbidden(json::value const& v, std::string const& pointer) {
  auto const* glob = v.as_string();
  if (glob == nullptr) return make_error(errc::wrong_type, "must be a string, a glob", pointer);
  if (auto const* problem = glob_problem(*glob)) return make_error(errc::usage, problem, pointer);
  return *glob;
}

inline result<contract::pair> parse_pair(json::value const& v, std::string const& pointer) {
  json::record_reader reader{v, pointer};
  refuse_unknown(v, reader, {"each", "needs"});
  contract::pair out{reader.required_string("each"), reader.required_string("needs")};
  if (auto const end = reader.finish(); !end) return end.error();
  auto const each = name_pattern::parse(out.each);
  if (!each) return make_error(errc::usage, each.error().detail, pointer + "/each");
  auto const needs = name_pattern::parse(out.needs);
  if (!needs) return make_error(errc::usage, needs.error().detail, pointer + "/needs");
  if (each->names() != needs->names())
    return make_error(errc::usage, "\"each\" and \"needs\" must use the same names in braces", pointer);
  return out;
}

inline result<contract::entry_schema> parse_entry_schema(json::value const& v, std::string const& pointer) {
  json::record_reader reader{v, pointer};
  refuse_unknown(v, reader, {"glob", "schema"});
  contract::entry_schema out{reader.required_string("glob"), nullptr};
  check_glob(reader, "glob", out.glob);
  auto const* schema = reader.optional_any("schema");
  if (schema == nullptr) reader.fail(errc::missing_member, "a required member is missing", "schema");
  if (auto const end = reader.finish(); !end) return end.error();
  if (auto const compiled = json_schema::compile(*schema, pointer + "/schema"); !compiled) return compiled.error();
  out.schema = *schema;
  return out;
}

/// Reads the items of an optional list into `out`.
template <class T, class Parse>
result<void> parse_list(json::record_reader& reader, std::string_view name, Parse parse, std::vector<T>& out) {
  auto const* items = reader.optional_array(name);
  for (std::size_t i = 0; items != nullptr && i < items->size(); ++i) {
    auto item = parse((*items)[i], reader.pointer_to(name) + '/' + std::to_string(i));
    if (!item) return item.error();
    out.push_back(std::move(*item));
  }
  return reader.finish();
}

/// The user's metadata, or null where none was set (`null` is none).
inline json::value const* present(json::value const* meta) noexcept {
  return meta == nullptr || meta->is_null() ? nullptr : meta;
}

inline std::string count_of(std::uint64_t n) { return std::to_string(n) + (n == 1 ? " file" : " files"); }
inline std::string bytes_of(std::uint64_t n) { return std::to_string(n) + (n == 1 ? " byte" : " bytes"); }

inline void check_required(contract::required_files const& rule, manifest const& m, std::string const& pointer,
                           std::vector<breach>& out) {
  std::uint64_t count = 0;
  std::uint64_t total = 0;  // cannot overflow: a manifest's sizes sum up to 63 bits at most
  std::vector<breach> of_files;
  for (auto const& e : m.entries()) {
    if (!glob_match(rule.glob, e.key)) continue;
    auto const size = e.size.value_or(0);
    ++count;
    total += size;
    if (rule.min_size && size < *rule.min_size)
      of_files.push_back(
          {pointer, e.key.str(), bytes_of(size) + ", but at least " + bytes_of(*rule.min_size) + " are required"});
    if (rule.max_size && size > *rule.max_size)
      of_files.push_back(
          {pointer, e.key.str(), bytes_of(size) + ", but at most " + bytes_of(*rule.max_size) + " are allowed"});
  }
  auto const of_all = [&](std::string text) {
    out.push_back({pointer, std::nullopt, rule.glob + ": " + std::move(text)});
  };
  if (count < rule.min_count)
    of_all(count_of(count) + ", but at least " + std::to_string(rule.min_count) + " required");
  if (rule.max_count && count > *rule.max_count)
    of_all(count_of(count) + ", but at most " + std::to_string(*rule.max_count) + " allowed");
  if (rule.min_total_size && total < *rule.min_total_size)
    of_all(bytes_of(total) + " together, but at least " + bytes_of(*rule.min_total_size) + " are required");
  if (rule.max_total_size && total > *rule.max_total_size)
    of_all(bytes_of(total) + " together, but at most " + bytes_of(*rule.max_total_size) + " are allowed");
  std::ranges::move(of_files, std::back_inserter(out));
}

inline void check_forbidden(std::string const& glob, manifest const& m, std::string const& pointer,
                            std::vector<breach>& out) {
  for (auto const& e : m.entries())
    if (glob_match(glob, e.key)) out.push_back({pointer, e.key.str(), "is forbidden by " + glob});
}

inline result<void> check_pair(contract::pair const& rule, manifest const& m, std::string const& pointer,
                               std::vector<breach>& out) {
  auto const each = name_pattern::parse(rule.each);
  auto const needs = name_pattern::parse(rule.needs);
  if (!each) return each.error();
  if (!needs) return needs.error();
  if (each->names() != needs->names())
    return make_error(errc::usage, "\"each\" and \"needs\" must use the same names in braces", pointer);
  for (auto const& e : m.entries()) {
    auto const names_of = each->match(e.key);
    if (!names_of) return names_of.error();
    if (!*names_of) continue;
    auto const partner = needs->fill(**names_of);
    if (m.find(partner) == nullptr) out.push_back({pointer, e.key.str(), "needs " + partner + ", which is missing"});
  }
  return {};
}

/// One breach for one document, however much is wrong with it.
inline void check_document(json_schema const& schema, json::value const* meta, std::string const& pointer,
                           std::optional<std::string> key, std::vector<breach>& out) {
  if (meta == nullptr) {
    auto const* who = key ? "has no user metadata, but a schema asks for it"
                          : "the package has no metadata, but a schema asks for it";
    return out.push_back({pointer, std::move(key), who});
  }
  std::string text;
  for (auto const& violation : schema.violations(*meta)) text.append(text.empty() ? "" : "; ").append(violation);
  if (!text.empty()) out.push_back({pointer, std::move(key), "metadata does not fit: " + text});
}

inline result<void> check_entry_schema(contract::entry_schema const& rule, manifest const& m,
                                       std::string const& pointer, std::vector<breach>& out) {
  auto const schema = json_schema::compile(rule.schema, pointer + "/schema");
  if (!schema) return schema.error();
  for (auto const& e : m.entries())
    if (glob_match(rule.glob, e.key)) check_document(*schema, present(user_meta(e)), pointer, e.key.str(), out);
  return {};
}

}  // namespace detail::contracts

WAYBILL_DECL result<contract> parse_contract(std::string_view json_text) {
  namespace impl = detail::contracts;
  auto const document = json::parse(json_text, {.refuse_duplicates = true});
  if (!document) return document.error();
  json::record_reader reader{*document};
  impl::refuse_unknown(*document, reader, {"required", "forbidden", "pairs", "entry_metadata", "package_metadata"});
  if (auto const ok = reader.finish(); !ok) return ok.error();
  contract out;
  if (auto const r = impl::parse_list(reader, "required", impl::parse_required, out.required); !r) return r.error();
  if (auto const r = impl::parse_list(reader, "forbidden", impl::parse_forbidden, out.forbidden); !r) return r.error();
  if (auto const r = impl::parse_list(reader, "pairs", impl::parse_pair, out.pairs); !r) return r.error();
  if (auto const r = impl::parse_list(reader, "entry_metadata", impl::parse_entry_schema, out.entry_metadata); !r)
    return r.error();
  if (auto const* schema = reader.optional_any("package_metadata")) {
    if (auto const compiled = json_schema::compile(*schema, "/package_metadata"); !compiled) return compiled.error();
    out.package_metadata = *schema;
  }
  return out;
}

WAYBILL_DECL result<std::vector<breach>> check_contract(contract const& c, manifest const& m) {
  namespace impl = detail::contracts;
  std::vector<breach> out;
  auto const at = [](std::string_view list, std::size_t i) {
    return '/' + std::string{list} + '/' + std::to_string(i);
  };
  for (std::size_t i = 0; i < c.required.size(); ++i) impl::check_required(c.required[i], m, at("required", i), out);
  for (std::size_t i = 0; i < c.forbidden.size(); ++i)
    impl::check_forbidden(c.forbidden[i], m, at("forbidden", i), out);
  for (std::size_t i = 0; i < c.pairs.size(); ++i)
    if (auto const r = impl::check_pair(c.pairs[i], m, at("pairs", i), out); !r) return r.error();
  for (std::size_t i = 0; i < c.entry_metadata.size(); ++i)
    if (auto const r = impl::check_entry_schema(c.entry_metadata[i], m, at("entry_metadata", i), out); !r)
      return r.error();
  if (c.package_metadata) {
    auto const schema = json_schema::compile(*c.package_metadata, "/package_metadata");
    if (!schema) return schema.error();
    impl::check_document(*schema, impl::present(m.header().user_meta()), "/package_metadata", std::nullopt, out);
  }
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI

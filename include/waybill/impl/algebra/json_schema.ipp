#pragma once

#include <waybill/algebra/json_schema.hpp>

#include <waybill/algebra/schema_document.hpp>
#include <waybill/json/number.hpp>
#include <waybill/json/record.hpp>

// valijson aborts on a bad schema unless it is told to throw, and includes these inside its own namespace.
#include <exception>
#include <stdexcept>
#ifndef VALIJSON_USE_EXCEPTIONS
#define VALIJSON_USE_EXCEPTIONS 1
#endif
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <algorithm>
#include <map>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail::schemas {

/** Turns a schema into the form valijson reads, checks what valijson takes without a look, and works around its limits:
    a `format` looks at texts only, `multipleOf` compares doubles (its integers cut off fractions and divide by zero),
    and `id`, which means nothing in draft 7, does not move references. */
class schema_converter {
 public:
  explicit schema_converter(std::string const& origin) : origin_{origin} {}

  boost::json::value convert(json::value const& v) {
    auto out = schema(v, "", 0);
    if (!error_) check_references();
    return out;
  }
  [[nodiscard]] std::optional<error> const& failure() const noexcept { return error_; }
  [[nodiscard]] bool has_patterns() const noexcept { return has_patterns_; }

 private:
  void fail(std::string const& pointer, std::string detail) {
    if (!error_) error_ = make_error(errc::usage, std::move(detail), origin_ + pointer);
  }
  static boost::json::value plain(json::value const& v) { return convert_document(v, false).value; }

  boost::json::value schema(json::value const& v, std::string const& pointer, int level) {
    if (level > max_levels) fail(pointer, "a schema is nested at most 64 levels");
    if (error_) return nullptr;
    edges_.try_emplace(pointer);
    if (auto const* b = v.as_bool()) return *b;
    auto const* members = v.as_object();
    if (members == nullptr) {
      fail(pointer, "a schema is an object, true or false");
      return nullptr;
    }
    boost::json::object out;
    for (auto const& [name, item] : *members)
      if (name != "id" && name != "format") out.insert_or_assign(name, keyword(name, item, pointer, level));
    if (auto const* format = v.find("format")) add_format(out, *format, pointer);
    return out;
  }

  boost::json::value keyword(std::string const& name, json::value const& v, std::string const& pointer, int level) {
    auto const at = pointer + '/' + json::pointer_token(name);
    auto const is_any_of = [&name](std::initializer_list<std::string_view> names) {
      return std::ranges::find(names, std::string_view{name}) != names.end();
    };
    if (name == "$ref") return reference(v, pointer, at);
    if (name == "pattern") check_pattern(v.as_string(), at);
    if (name == "multipleOf") return divisor(v, at);
    if (is_any_of({"not", "if", "then", "else"})) return in_place(v, pointer, at, level);
    if (is_any_of({"allOf", "anyOf", "oneOf"})) return list(v, pointer, at, level, true);
    if (is_any_of({"additionalItems", "contains", "additionalProperties", "propertyNames"}))
      return schema(v, at, level + 1);
    if (name == "items") return v.as_array() ? list(v, pointer, at, level, false) : schema(v, at, level + 1);
    if (is_any_of({"properties", "patternProperties", "definitions", "dependencies"}))
      return map(name, v, pointer, at, level);
    return plain(v);
  }

  /// A schema for the very value its parent is for; `edges_` remembers it, because a circle of such never ends.
  boost::json::value in_place(json::value const& v, std::string const& parent, std::string const& at, int level) {
    edges_[parent].push_back(at);
    return schema(v, at, level + 1);
  }

  boost::json::value list(json::value const& v, std::string const& parent, std::string const& at, int level,
                          bool same_value) {
    auto const* items = v.as_array();
    if (items == nullptr || (same_value && items->empty())) {
      fail(at, "must be a list of schemas");
      return nullptr;
    }
    boost::json::array out;
    for (auto const& item : *items) {
      auto const place = at + '/' + std::to_string(out.size());
      out.push_back(same_value ? in_place(item, parent, place, level) : schema(item, place, level + 1));
    }
    return out;
  }

  boost::json::value map(std::string const& keyword, json::value const& v, std::string const& parent,
                         std::string const& at, int level) {
    auto const* members = v.as_object();
    if (members == nullptr) {
      fail(at, "must be an object of schemas");
      return nullptr;
    }
    boost::json::object out;
    for (auto const& [name, item] : *members) {
      auto const place = at + '/' + json::pointer_token(name);
      if (keyword == "patternProperties") check_pattern(&name, place);
      if (keyword == "dependencies")
        out.insert_or_assign(name, item.as_array() ? plain(item) : in_place(item, parent, place, level));
      else out.insert_or_assign(name, schema(item, place, level + 1));
    }
    return out;
  }

  boost::json::value reference(json::value const& v, std::string const& parent, std::string const& at) {
    auto const* target = v.as_string();
    if (target == nullptr || !target->starts_with('#')) {
      fail(at, "a reference names a schema of this document, such as #/definitions/size; nothing is downloaded");
      return nullptr;
    }
    edges_[parent].push_back(target->substr(1));
    references_.emplace_back(at, target->substr(1));
    return boost::json::string{*target};
  }

  boost::json::value divisor(json::value const& v, std::string const& at) {
    auto const* n = v.as_number();
    auto const d = n ? json::to_double(n->text) : 0.0;
    if (!(d > 0.0) || !json::is_finite_number(n->text)) fail(at, "must be a number above 0");
    return d;
  }

  void check_pattern(std::string const* pattern, std::string const& at) {
    has_patterns_ = true;
    if (pattern == nullptr) return fail(at, "a pattern is a text");
    try {
      std::regex{*pattern};
    } catch (std::regex_error const& e) {
      fail(at, std::string{"not a regular expression: "} + e.what());
    }
  }

  void add_format(boost::json::object& out, json::value const& v, std::string const& pointer) {
    auto const* format = v.as_string();
    if (format == nullptr) return fail(pointer + "/format", "a format is a text");
    if (*format != "date" && *format != "time" && *format != "date-time") return;
    has_patterns_ = true;
    auto& all = out["allOf"];
    if (!all.is_array()) all = boost::json::array{};
    all.as_array().push_back({{"if", {{"type", "string"}}}, {"then", {{"format", *format}}}});
  }

  void check_references() {
    for (auto const& [at, target] : references_)
      if (!edges_.contains(target)) fail(at, "there is no schema at #" + target);
    for (auto const& [pointer, targets] : edges_) visit(pointer);
  }

  /// Depth-first search for a circle of schemas that are all for the same value.
  void visit(std::string const& pointer) {
    auto& mark = marks_[pointer];
    if (mark == done || error_) return;
    if (mark == open) return fail(pointer, "a schema that refers back to itself for the same value never ends");
    mark = open;
    for (auto const& target : edges_.at(pointer)) visit(target);
    mark = done;
  }

  enum mark_type { fresh, open, done };
  std::string origin_;
  std::map<std::string, std::vector<std::string>> edges_;
  std::map<std::string, mark_type> marks_;
  std::vector<std::pair<std::string, std::string>> references_;
  std::optional<error> error_;
  bool has_patterns_ = false;
};

/// `<root>`, `[name]`, `[0]` as a JSON pointer.
inline std::string pointer_of(std::vector<std::string> const& context) {
  std::string out;
  for (auto const& step : context)
    if (step.size() >= 2 && step.front() == '[')
      out.append(1, '/').append(json::pointer_token(step.substr(1, step.size() - 2)));
  return out;
}

/// The library reports a failed member again for each object around it; the innermost report says it all.
inline bool is_echo(std::string_view description) noexcept {
  return description.starts_with("Failed to validate against schema associated with property name") ||
         description.starts_with("Failed to validate against additional properties schema") ||
         description.starts_with("Failed to validate item #");
}

inline std::vector<std::string> sentences(valijson::ValidationResults const& results) {
  std::vector<std::string> out;
  for (auto const& e : results) {
    if (is_echo(e.description)) continue;
    auto const pointer = pointer_of(e.context);
    out.push_back((pointer.empty() ? std::string{} : pointer + ": ") + e.description);
  }
  return out;
}

}  // namespace detail::schemas

struct json_schema::compiled {
  valijson::Schema schema;
  valijson::Validator validator;  // keeps the compiled patterns
  bool has_patterns = false;
};

WAYBILL_DECL result<json_schema> json_schema::compile(json::value const& schema, std::string const& pointer) {
  detail::schemas::schema_converter converter{pointer};
  auto const document = converter.convert(schema);
  if (converter.failure()) return *converter.failure();
  try {
    auto out = std::make_shared<compiled>();
    out->has_patterns = converter.has_patterns();
    valijson::SchemaParser parser{valijson::SchemaParser::kDraft7};
    parser.populateSchema(valijson::adapters::BoostJsonAdapter{document}, out->schema);
    return json_schema{std::move(out)};
  } catch (std::bad_alloc const&) {
    throw;
  } catch (std::exception const& e) {
    return make_error(errc::usage, std::string{"not a JSON Schema (draft 7): "} + e.what(), pointer);
  }
}

WAYBILL_DECL std::vector<std::string> json_schema::violations(json::value const& document) const {
  auto form = detail::schemas::convert_document(document, compiled_->has_patterns);
  if (!form.problems.empty()) return std::move(form.problems);
  try {
    valijson::ValidationResults results;
    if (compiled_->validator.validate(compiled_->schema, valijson::adapters::BoostJsonAdapter{form.value}, &results))
      return {};
    auto out = detail::schemas::sentences(results);
    if (out.empty()) out.emplace_back("does not fit its schema");
    return out;
  } catch (std::bad_alloc const&) {
    throw;
  } catch (std::exception const& e) {
    return {std::string{"cannot be checked: "} + e.what()};
  }
}

}  // namespace waybill::inline WAYBILL_ABI

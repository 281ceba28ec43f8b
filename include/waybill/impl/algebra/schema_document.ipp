#pragma once

#include <waybill/algebra/schema_document.hpp>

#include <waybill/json/number.hpp>
#include <waybill/json/record.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI::detail::schemas {

/// libstdc++'s regular expressions take up to 4 KiB of stack for every byte they look at (under AddressSanitizer).
inline constexpr std::size_t max_matched_text = 1024;

inline boost::json::value convert_number(std::string_view text) {
  if (auto const whole = json::to_int64(text)) return *whole;
  auto const d = json::to_double(text);
  // draft 7: a number without fraction is an integer, however it is written
  if (d == std::floor(d) && std::abs(d) < 9.0e18) return static_cast<std::int64_t>(d);
  return d;
}

class document_converter {
 public:
  explicit document_converter(bool limit_texts) noexcept : limit_texts_{limit_texts} {}

  boost::json::value convert(json::value const& v, int level = 0) {
    if (level > max_levels) return refuse("nested more than 64 levels");
    if (auto const* b = v.as_bool()) return *b;
    if (auto const* n = v.as_number()) {
      if (!json::is_finite_number(n->text)) return refuse(n->text + " is no JSON number");
      return convert_number(n->text);
    }
    if (auto const* s = v.as_string()) return text(*s);
    if (auto const* a = v.as_array()) {
      boost::json::array out;
      out.reserve(a->size());
      for (auto const& item : *a) out.push_back(below(std::to_string(out.size()), item, level));
      return out;
    }
    boost::json::object out;
    if (auto const* o = v.as_object()) {
      for (auto const& [name, item] : *o) out.insert_or_assign(text(name).as_string(), below(name, item, level));
      return out;
    }
    return nullptr;
  }

  [[nodiscard]] std::vector<std::string> take_problems() noexcept { return std::move(problems_); }

 private:
  boost::json::value below(std::string_view name, json::value const& v, int level) {
    auto const length = pointer_.size();
    pointer_.append(1, '/').append(json::pointer_token(name));
    auto out = convert(v, level + 1);
    pointer_.resize(length);
    return out;
  }
  boost::json::value text(std::string const& s) {
    if (limit_texts_ && s.size() > max_matched_text)
      refuse("a text of " + std::to_string(s.size()) +
             " bytes is too long for a schema with patterns or formats; 1024 is the most");
    return boost::json::string{s};
  }
  boost::json::value refuse(std::string why) {
    problems_.push_back((pointer_.empty() ? std::string{} : pointer_ + ": ") + std::move(why));
    return nullptr;
  }

  bool limit_texts_;
  std::string pointer_;
  std::vector<std::string> problems_;
};

WAYBILL_DECL document_form convert_document(json::value const& document, bool limit_texts) {
  document_converter converter{limit_texts};
  document_form out{converter.convert(document), {}};
  out.problems = converter.take_problems();
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI::detail::schemas

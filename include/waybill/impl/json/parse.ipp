#pragma once

#include <waybill/json/parse.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/json/python_token.hpp>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace json {
namespace detail {

/// Receives the parser's events and builds the document.
class document_builder {
 public:
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;

  using error_code = boost::system::error_code;
  using view = boost::json::string_view;

  explicit document_builder(bool refuse_duplicates) noexcept : refuse_duplicates_{refuse_duplicates} {}

  value take() noexcept { return std::move(root_); }
  /// The member name that was refused as a duplicate.
  [[nodiscard]] string const& refused_name() const noexcept { return part_; }
  /// Adds bytes to the string the parser stands in.
  void append_to_string(char32_t surrogate) { append_utf8(part_, surrogate); }
  /// Makes the next null a number of this text.
  void next_null_is(std::string_view text) { number_instead_.assign(text); }

  bool on_document_begin(error_code&) noexcept { return true; }
  bool on_document_end(error_code&) noexcept { return true; }
  bool on_object_begin(error_code&) { return open(true); }
  bool on_array_begin(error_code&) { return open(false); }
  bool on_object_end(std::size_t, error_code&) {
    value v{std::move(open_.back().members)};
    open_.pop_back();
    return add(std::move(v));
  }
  bool on_array_end(std::size_t, error_code&) {
    value v{std::move(open_.back().items)};
    open_.pop_back();
    return add(std::move(v));
  }
  bool on_key_part(view s, std::size_t, error_code&) { return append(s); }
  bool on_key(view s, std::size_t, error_code& ec);
  bool on_string_part(view s, std::size_t, error_code&) { return append(s); }
  bool on_string(view s, std::size_t, error_code&) { return add(value{take_part(s)}); }
  bool on_number_part(view s, error_code&) { return append(s); }
  bool on_int64(std::int64_t, view s, error_code&) { return add(value{number{take_part(s)}}); }
  bool on_uint64(std::uint64_t, view s, error_code&) { return add(value{number{take_part(s)}}); }
  bool on_double(double, view s, error_code&) { return add(value{number{take_part(s)}}); }
  bool on_bool(bool b, error_code&) { return add(value{b}); }
  bool on_null(error_code&) {
    if (number_instead_.empty()) return add(value{});
    return add(value{number{std::exchange(number_instead_, {})}});
  }
  bool on_comment_part(view, error_code&) noexcept { return true; }
  bool on_comment(view, error_code&) noexcept { return true; }

 private:
  /// Names by position; ordered, because a hash table could be made slow by names chosen for it.
  using name_index = std::map<string, std::size_t, std::less<>>;
  static constexpr std::size_t scan_limit = 16;
  static constexpr std::size_t nowhere = SIZE_MAX;

  struct container {
    bool is_object = false;
    object members;
    array items;
    string name;                  ///< of the member whose value comes next
    std::size_t place = nowhere;  ///< of an earlier member of that name
    std::unique_ptr<name_index> index;
  };

  bool open(bool is_object) {
    open_.emplace_back().is_object = is_object;
    return true;
  }
  bool append(view s) {
    part_.append(s.data(), s.size());
    return true;
  }
  string take_part(view last) {
    if (part_.empty()) return {last.data(), last.size()};
    part_.append(last.data(), last.size());
    return std::exchange(part_, {});
  }
  bool add(value v);
  static std::size_t find_member(container& in);

  value root_;
  std::vector<container> open_;
  string part_;  ///< of a string or number that came in pieces
  string number_instead_;
  bool refuse_duplicates_;
};

inline bool document_builder::on_key(view s, std::size_t, error_code& ec) {
  auto& in = open_.back();
  in.name = take_part(s);
  in.place = find_member(in);
  if (in.place == nowhere || !refuse_duplicates_) return true;
  part_ = in.name;
  ec = errc::duplicate_member;
  return false;
}

inline bool document_builder::add(value v) {
  if (open_.empty()) {
    root_ = std::move(v);
    return true;
  }
  auto& in = open_.back();
  if (!in.is_object) {
    in.items.push_back(std::move(v));
  } else if (in.place != nowhere) {
    in.members[in.place].second = std::move(v);
  } else {
    if (in.index) in.index->emplace(in.name, in.members.size());
    in.members.emplace_back(std::move(in.name), std::move(v));
  }
  return true;
}

inline std::size_t document_builder::find_member(container& in) {
  if (in.members.size() <= scan_limit) {
    for (std::size_t i = 0; i < in.members.size(); ++i)
      if (in.members[i].first == in.name) return i;
    return nowhere;
  }
  if (!in.index) {
    in.index = std::make_unique<name_index>();
    for (std::size_t i = 0; i < in.members.size(); ++i) in.index->emplace(in.members[i].first, i);
  }
  auto const found = in.index->find(in.name);
  return found == in.index->end() ? nowhere : found->second;
}

/// Boost's parser over one text that may be fed in pieces.
class text_parser {
 public:
  text_parser(std::string_view text, parse_options const& options)
      : text_{text}, parser_{boost_options(options), options.refuse_duplicates} {}

  /// The document, without Python's extensions.
  result<value> parse() {
    strict_ = true;
    if (!feed(text_, 0, false)) return failure();
    return parser_.handler().take();
  }

  /// The document, with the tokens the parser does not know kept from it.
  result<value> parse_around(python_token first, python_token_scanner rest);

 private:
  static boost::json::parse_options boost_options(parse_options const& options) noexcept {
    boost::json::parse_options out;
    out.max_depth = options.max_depth;
    return out;
  }

  bool feed(std::string_view piece, std::size_t position, bool more) {
    auto const used = parser_.write_some(more, piece.data(), piece.size(), code_);
    failed_at_ = position + used;
    return !code_ && used == piece.size();
  }
  error failure() const;

  std::string_view text_;
  boost::json::basic_parser<document_builder> parser_;
  boost::system::error_code code_;
  std::size_t failed_at_ = 0;
  bool strict_ = false;
};

inline result<value> text_parser::parse_around(python_token first, python_token_scanner rest) {
  std::size_t at = 0;
  for (std::optional<python_token> token = first; token; token = rest.next()) {
    if (!feed(text_.substr(at, token->position - at), at, true)) return failure();
    at = token->position + token->size;
    if (token->surrogate != 0) {
      parser_.handler().append_to_string(token->surrogate);
      continue;
    }
    // A null stands where the number stands: unlike a digit it cannot grow together with its neighbours.
    parser_.handler().next_null_is(text_.substr(token->position, token->size));
    if (!feed("null", token->position, true)) {
      failed_at_ = token->position;
      return failure();
    }
  }
  if (!feed(text_.substr(at), at, false)) return failure();
  return parser_.handler().take();
}

inline std::string location(std::string_view text, std::size_t position) {
  auto const before = text.substr(0, position);
  auto const line = std::count(before.begin(), before.end(), '\n') + 1;
  auto const column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

/// What stands at a position where something else was needed.
inline std::string unexpected(std::string_view text, std::size_t position) {
  if (text.find_first_not_of(" \t\n\r") == std::string_view::npos) return "the text is empty";
  if (position >= text.size()) return "the text ends before the document does";
  auto const rest = text.substr(position);
  if (rest.starts_with("\xEF\xBB\xBF")) return "a byte order mark stands in the text; remove it";
  auto const next = decode_utf8(rest);
  if (next.size == 0) return "the text is not UTF-8 here";
  if (static_cast<unsigned char>(rest[0]) < 0x20) return "a control character stands here; write it as an escape";
  return "'" + printable(rest.substr(0, next.size)) + "' cannot stand here";
}

/// What a strict reader has against a token of Python's that it met at a position; empty when it met none.
inline std::string python_only(std::string_view text, std::size_t position) {
  constexpr std::size_t pair = 12;  // the parser may read on to the end of a second escape before it objects
  python_token_scanner scanner{text};
  while (auto const token = scanner.next()) {
    if (token->position > position) break;
    if (token->surrogate != 0 && position <= token->position + pair)
      return "a \\u escape is one half of a surrogate pair without the other";
    if (token->surrogate == 0 && position < token->position + token->size)
      return std::string{text.substr(token->position, token->size)} + " is no JSON number; write null or a string";
  }
  return {};
}

inline error text_parser::failure() const {
  auto const at = std::min(failed_at_, text_.size());
  auto const where = location(text_, at);
  using boost::json::error;
  if (code_ == error::too_deep)
    return make_error(errc::too_deep, "arrays and objects are nested deeper than the reader allows", where);
  if (code_ == errc::duplicate_member)
    return make_error(errc::duplicate_member,
                      "the member \"" + printable(parser_.handler().refused_name()) + "\" stands twice; keep one",
                      where);
  std::string detail;
  if (auto found = strict_ ? python_only(text_, at) : std::string{}; !found.empty()) detail = std::move(found);
  else if (code_ == error::expected_hex_digit) detail = "four hexadecimal digits must follow \\u";
  else if (code_ == error::exponent_overflow) detail = "the number's exponent is out of range";
  else if (code_ == error::incomplete) detail = unexpected(text_, text_.size());
  else detail = code_ ? unexpected(text_, at) : "the document ends before the text does: " + unexpected(text_, at);
  return make_error(errc::malformed_json, std::move(detail), where);
}

}  // namespace detail

WAYBILL_DECL result<value> parse(std::string_view text, parse_options const& options) {
  if (text.size() > options.max_bytes)
    return make_error(errc::too_large, "a JSON text of " + std::to_string(text.size()) + " bytes; the reader allows " +
                                           std::to_string(options.max_bytes));
  auto strict = detail::text_parser{text, options}.parse();
  if (strict || !options.python_extensions || strict.error().code != errc::malformed_json) return strict;

  python_token_scanner scanner{text};
  auto const first = scanner.next();
  if (!first) return strict;
  // The parser would join the halves of a character that an escape stands between.
  if (auto const bad = find_invalid_utf8(text); bad != std::string_view::npos)
    return make_error(errc::malformed_json, "the text is not UTF-8 here", detail::location(text, bad));
  return detail::text_parser{text, options}.parse_around(*first, scanner);
}

}  // namespace json
}  // namespace waybill::inline WAYBILL_ABI

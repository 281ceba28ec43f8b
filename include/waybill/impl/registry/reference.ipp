#pragma once

#include <waybill/registry/reference.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/logical_key.hpp>
#include <waybill/core/physical_key.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/scan/unicode.hpp>

#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::size_t shortest_hash = 6;
inline constexpr std::size_t full_hash = 64;

inline std::string quoted(std::string_view text) { return "`" + printable(text) + "`"; }

inline error reference_error(std::string_view text, std::string detail) {
  return make_error(errc::malformed_reference, std::move(detail), printable(text));
}

inline bool is_name_part(std::string_view part) noexcept {
  if (part.empty()) return false;
  while (!part.empty()) {
    auto const c = decode_utf8(part);
    if (c.size == 0 || !(is_word_character(c.value) || c.value == U'-')) return false;
    part.remove_prefix(c.size);
  }
  return true;
}

inline result<void> check_hash_prefix(std::string_view hash) {
  for (char const c : hash)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
      return make_error(errc::malformed_reference, quoted(hash) + " is no hash: write lower-case hex digits");
  if (hash.size() < shortest_hash || hash.size() > full_hash)
    return make_error(errc::malformed_reference, quoted(hash) + " is no hash: write 6 to 64 hex digits");
  return {};
}

/// `ns/name`, `ns/name:tag` or `ns/name@hash`; `whole` is the text the user wrote, for messages.
inline result<package_ref> parse_package_spec(std::string_view spec, std::string_view whole) {
  auto const mark = spec.find_first_of(":@");
  auto name = package_name::parse(spec.substr(0, mark));
  if (!name) return name.error();
  package_ref ref{std::move(*name), {}, {}, {}, {}};
  if (mark == std::string_view::npos) return ref;
  auto const rest = spec.substr(mark + 1);
  if (rest.find_first_of(":@") != std::string_view::npos)
    return reference_error(whole, "more than one `:` or `@`; give a tag or a hash, not both");
  if (spec[mark] == '@') {
    if (auto const ok = check_hash_prefix(rest); !ok) return reference_error(whole, ok.error().detail);
    ref.hash = std::string{rest};
  } else if (rest != "latest") {
    if (auto const ok = check_tag(rest); !ok) return reference_error(whole, ok.error().detail);
    ref.tag = std::string{rest};
  }
  return ref;
}

/// A value of a URI's fragment, decoded as the Quilt catalog does: `+` is a space, a `%` without two digits stays.
inline std::string decode_fragment_value(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool const escape =
        text[i] == '%' && i + 2 < text.size() && ascii_hex_value(text[i + 1]) >= 0 && ascii_hex_value(text[i + 2]) >= 0;
    if (escape) {
      out += static_cast<char>(
          static_cast<unsigned char>(ascii_hex_value(text[i + 1]) * 16 + ascii_hex_value(text[i + 2])));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

/// The registry in front of the `#`: `s3://bucket` or `file:///dir`, in the kit's form.
inline result<std::string> parse_uri_registry(std::string_view url, std::string_view whole) {
  if (url.starts_with("s3://")) {
    auto bucket = url.substr(5);
    if (bucket.ends_with('/')) bucket.remove_suffix(1);
    bool good = !bucket.empty();
    for (char const c : bucket) good = good && (is_ascii_alphanumeric(c) || c == '.' || c == '-' || c == '_');
    if (!good) return reference_error(whole, "expected a bucket and nothing else: quilt+s3://bucket#package=ns/name");
    return "s3://" + std::string{bucket};
  }
  if (!url.starts_with("file:///"))
    return reference_error(whole, "expected quilt+s3://bucket#package=ns/name or quilt+file:///dir#package=ns/name");
  auto const place = physical_key::parse(url);
  if (!place) return reference_error(whole, place.error().detail);
  return place->url();
}

inline result<package_ref> parse_quilt_uri(std::string_view text) {
  auto const hash = text.find('#');
  auto registry = parse_uri_registry(text.substr(6, hash == std::string_view::npos ? hash : hash - 6), text);
  if (!registry) return registry.error();
  std::optional<std::string> spec, path;
  auto fields = hash == std::string_view::npos ? std::string_view{} : text.substr(hash + 1);
  while (!fields.empty()) {
    auto const field = fields.substr(0, fields.find('&'));
    fields.remove_prefix(field.size() < fields.size() ? field.size() + 1 : fields.size());
    auto const name = field.substr(0, field.find('='));
    if (name != "package" && name != "path") continue;  // `catalog=` and what later versions add
    auto& target = name == "package" ? spec : path;
    if (target) return reference_error(text, "`" + std::string{name} + "=` stands twice");
    target = decode_fragment_value(name.size() < field.size() ? field.substr(name.size() + 1) : std::string_view{});
    if (find_invalid_utf8(*target) != std::string_view::npos)
      return reference_error(text, "the value of `" + std::string{name} + "=` is not UTF-8");
  }
  if (!spec)
    return reference_error(text, "no `package=`; write " + printable(text.substr(0, hash)) + "#package=ns/name");
  auto ref = parse_package_spec(*spec, text);
  if (!ref) return ref;
  ref->registry = std::move(*registry);
  if (path && !path->empty()) {
    auto const key =
        path->ends_with('/') ? std::string_view{*path}.substr(0, path->size() - 1) : std::string_view{*path};
    if (auto const ok = logical_key::parse(key); !ok) return reference_error(text, "`path=`: " + ok.error().detail);
    ref->path = std::move(*path);
  }
  return ref;
}

}  // namespace detail

WAYBILL_DECL result<package_name> package_name::parse(std::string_view text) {
  auto const slash = text.find('/');
  if (slash != std::string_view::npos && detail::is_name_part(text.substr(0, slash)) &&
      detail::is_name_part(text.substr(slash + 1)))
    return package_name{std::string{text}};
  auto const shown = detail::quoted(text);
  if (slash == std::string_view::npos && detail::is_name_part(text))
    return make_error(errc::malformed_name, shown + " has no namespace; write `ns/" + std::string{text} + "`");
  return make_error(errc::malformed_name,
                    shown + " is no package name; write `ns/name`, each of letters, digits, `_` and `-`");
}

WAYBILL_DECL result<reference> parse_reference(std::string_view text) {
  if (text.empty()) return detail::reference_error(text, "an empty reference; write ns/name[:tag|@hash] or a path");
  if (text == "-" || text.front() == '.' || text.front() == '/') {
    if (text.find('\0') != std::string_view::npos) return detail::reference_error(text, "a path with a NUL byte");
    return reference{path_ref{std::string{text}}};
  }
  if (!text.starts_with("quilt+") && text.find("://") != std::string_view::npos)
    return detail::reference_error(text, "a URL alone names no package; write quilt+s3://bucket#package=ns/name");
  auto ref = text.starts_with("quilt+") ? detail::parse_quilt_uri(text) : detail::parse_package_spec(text, text);
  if (!ref) return ref.error();
  return reference{std::move(*ref)};
}

WAYBILL_DECL result<package_ref> parse_package_ref(std::string_view text) {
  auto ref = parse_reference(text);
  if (!ref) return ref.error();
  if (auto* p = std::get_if<package_ref>(&*ref)) return std::move(*p);
  return detail::reference_error(text, "a path where a package is needed; write ns/name[:tag|@hash]");
}

WAYBILL_DECL std::string to_string(package_ref const& ref) {
  if (ref.hash) return ref.name.str() + "@" + *ref.hash;
  if (ref.tag) return ref.name.str() + ":" + *ref.tag;
  return ref.name.str();
}

WAYBILL_DECL result<void> check_tag(std::string_view tag) {
  bool good = !tag.empty() && tag.size() <= 128 && tag.front() != '.' && tag.front() != '-';
  for (char const c : tag) good = good && (detail::is_ascii_alphanumeric(c) || c == '.' || c == '_' || c == '-');
  if (!good)
    return make_error(
        errc::usage, detail::quoted(tag) + " is no tag; write 1 to 128 of A-Z a-z 0-9 . _ -, not starting with . or -");
  if (tag == "latest")
    return make_error(errc::usage, "`latest` always names the newest version; choose another tag, or roll back");
  return {};
}

}  // namespace waybill::inline WAYBILL_ABI

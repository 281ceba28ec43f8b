#pragma once

#include <waybill/scan/placement.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/logical_key.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/scan/unicode.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Calls `f(segment, index)` between separators until it answers; that answer, or an empty text.
template <class F>
std::string_view first_answer(std::string_view key, std::string_view separators, F&& f) {
  for (std::size_t index = 0;; ++index) {
    auto const end = key.find_first_of(separators);
    if (auto const answer = f(key.substr(0, end), index); !answer.empty()) return answer;
    if (end == std::string_view::npos) return {};
    key.remove_prefix(end + 1);
  }
}

inline std::string_view trimmed(std::string_view segment, std::string_view of) noexcept {
  return segment.substr(0, segment.find_last_not_of(of) + 1);
}

/// `%HomeDrive%` and the like as the first part of a path, which Windows' shells and batch files expand.
inline bool starts_with_variable(std::string_view key) noexcept {
  auto const first = key.substr(0, key.find_first_of("/\\"));
  if (first.size() < 3 || first.front() != '%' || first.back() != '%') return false;
  return std::ranges::all_of(first.substr(1, first.size() - 2),
                             [](char c) { return is_ascii_alphanumeric(c) || c == '_' || c == '(' || c == ')'; });
}

/// The rule a key breaks that could lead out of a directory on some system, or an empty text.
inline std::string_view broken_safety_rule(std::string_view key) noexcept {
  if (key.empty()) return "is empty";
  if (key.find('\0') != std::string_view::npos) return "holds a NUL byte";
  if (key.size() > 4095) return "is longer than any path may be (4095 bytes)";
  if (key.front() == '/') return "is absolute";
  if (key.front() == '\\') return "starts with '\\': absolute, or a network share, on Windows";
  if (key.size() > 1 && key[1] == ':' && is_ascii_letter(key[0])) return "starts with a drive letter";
  // A name such as `~draft.txt` is a plain file; only what lies below `~` or `~user` would lead elsewhere.
  if (key == "~" || (key.front() == '~' && key.find_first_of("/\\") != std::string_view::npos))
    return "starts with '~': a home directory to shells and libraries";
  if (starts_with_variable(key)) return "starts with an environment variable of Windows";
  // Windows drops blanks at the end of a name.
  auto const rule = first_answer(key, "/\\", [](std::string_view segment, std::size_t) -> std::string_view {
    return segment == ".." || trimmed(segment, " ") == ".." ? "has a '..' segment" : "";
  });
  if (!rule.empty()) return rule;
  return first_answer(key, "/", [](std::string_view segment, std::size_t) -> std::string_view {
    if (segment.empty()) return "has an empty segment ('//')";
    if (segment == ".") return "has a segment '.'";
    return segment.size() > 255 ? "has a segment of more than 255 bytes" : "";
  });
}

/// Code points that HFS+ ignores in names, so that `.g<U+200C>it` is `.git` to it (the class of CVE-2014-9390).
inline bool is_ignored_by_hfs(char32_t c) noexcept {
  return (c >= 0x200c && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x206a && c <= 0x206f) || c == 0xfeff;
}

/// The name some file system takes a segment for: without stream suffix, trailing dots and blanks, ignored characters,
/// case.
inline std::string effective_name(std::string_view segment) {
  std::string seen;
  while (!segment.empty()) {
    auto const point = decode_utf8(segment);
    auto const size = point.size == 0 ? 1 : point.size;
    if (point.size == 0 || !is_ignored_by_hfs(point.value)) seen.append(segment.substr(0, size));
    segment.remove_prefix(size);
  }
  seen.erase(std::min(seen.find(':'), seen.size()));
  return caseless_form(trimmed(seen, ". "));
}

/// The protected name a key writes into, or an empty text.
inline std::string_view protected_part(std::string_view key) {
  // Segments that can be none of them are the rule; they are left alone quickly.
  constexpr std::array<std::string_view, 4> at_top{".hg", ".svn", ".dvc", ".waybill"};
  return first_answer(key, "/\\", [&](std::string_view segment, std::size_t index) -> std::string_view {
    bool const candidate = segment.starts_with('.') || segment.starts_with('\xe2') || segment.starts_with('\xef') ||
                           segment.starts_with('g') || segment.starts_with('G');
    if (!candidate) return {};
    auto const name = effective_name(segment);
    if (name == ".git" || name == "git~1") return ".git";
    auto const found = index == 0 ? std::ranges::find(at_top, name) : at_top.end();
    return found == at_top.end() ? std::string_view{} : *found;
  });
}

/// UTF-16 code units of a text, or nothing when it is not UTF-8.
inline std::optional<std::size_t> utf16_length(std::string_view text) noexcept {
  std::size_t units = 0;
  while (!text.empty()) {
    auto const point = decode_utf8(text);
    if (point.size == 0) return std::nullopt;
    units += point.value >= 0x10000 ? 2 : 1;
    text.remove_prefix(point.size);
  }
  return units;
}

inline bool is_device_name(std::string_view segment) {
  auto stem = trimmed(segment.substr(0, segment.find('.')), " ");
  if (stem.size() < 3 || stem.size() > 7) return false;
  std::string name;
  for (char const c : stem) name += c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  constexpr std::array<std::string_view, 6> whole{"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"};
  if (std::ranges::find(whole, name) != whole.end()) return true;
  if (!name.starts_with("COM") && !name.starts_with("LPT")) return false;
  auto const port = std::string_view{name}.substr(3);
  constexpr std::array<std::string_view, 3> superscripts{"\xc2\xb9", "\xc2\xb2", "\xc2\xb3"};
  return (port.size() == 1 && port[0] >= '0' && port[0] <= '9') ||
         std::ranges::find(superscripts, port) != superscripts.end();
}

inline std::string_view segment_problem(std::string_view segment) {
  for (char const c : segment) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "holds a control character";
    if (std::string_view{"<>:\"|?*\\"}.find(c) != std::string_view::npos) return "holds one of < > : \" | ? * \\";
  }
  if (segment.ends_with('.')) return "ends with a dot";
  if (segment.ends_with(' ')) return "ends with a space";
  if (is_device_name(segment)) return "is the name of a device on Windows";
  auto const length = utf16_length(segment);
  if (!length) return "is not UTF-8";
  return *length > 255 ? "is longer than 255 UTF-16 units" : "";
}

/// A file, or a directory that stands above files; what find_collisions compares.
struct tree_name {
  std::string_view path;
  bool directory;
};

/// Calls `f` for every key and for each directory above keys, once, in walk order.
template <class F>
void for_each_tree_name(std::vector<std::string_view> const& keys, F&& f) {
  std::string_view previous;
  for (auto const key : keys) {
    std::size_t const common = static_cast<std::size_t>(std::ranges::mismatch(key, previous).in1 - key.begin());
    for (auto slash = key.find('/', common); slash != std::string_view::npos; slash = key.find('/', slash + 1))
      f(tree_name{key.substr(0, slash), true});
    f(tree_name{key, false});
    previous = key;
  }
}

using folded_name = std::pair<std::string, tree_name>;

inline void append_collision(std::vector<name_collision>& out, std::span<folded_name const> same) {
  name_collision found;
  for (auto const& [form, name] : same) {
    std::string text{name.path};
    if (name.directory) text += '/';
    if (std::ranges::find(found.keys, text) == found.keys.end()) found.keys.push_back(std::move(text));
  }
  bool const differ =
      std::ranges::any_of(same, [&](auto const& n) { return n.second.path != same.front().second.path; });
  if (!differ) return;  // one spelling: a duplicate, or a file that is a directory, which others report
  std::ranges::sort(found.keys, walk_less{});
  out.push_back(std::move(found));
}

}  // namespace detail

WAYBILL_DECL result<void> check_placeable(std::string_view key) {
  if (auto const rule = detail::broken_safety_rule(key); !rule.empty())
    return make_error(errc::unsafe_key,
                      "this key " + std::string{rule} + "; it is not placed on any system. Rename it in the package",
                      std::string{key});
  if (auto const name = detail::protected_part(key); !name.empty())
    return make_error(errc::protected_name,
                      "this key writes into " + std::string{name} +
                          ", where tools keep what they run or trust. Rename it in the package",
                      std::string{key});
  return {};
}

WAYBILL_DECL std::optional<std::string> portability_problem(std::string_view key) {
  std::string_view named;
  auto const problem = detail::first_answer(key, "/", [&](std::string_view segment, std::size_t) {
    named = segment;
    return detail::segment_problem(segment);
  });
  if (problem.empty()) return std::nullopt;
  return "'" + printable(named) + "' " + std::string{problem};
}

WAYBILL_DECL std::vector<name_collision> find_collisions(std::vector<std::string_view> const& keys) {
  // Eight bytes a name for the common case of no collision at all; the names themselves only where hashes agree.
  std::vector<std::size_t> hashes;
  hashes.reserve(keys.size());
  auto const hash_of = [](std::string const& form) { return std::hash<std::string>{}(form); };
  detail::for_each_tree_name(keys, [&](detail::tree_name n) { hashes.push_back(hash_of(caseless_form(n.path))); });
  std::ranges::sort(hashes);
  std::vector<std::size_t> repeated;
  for (std::size_t i = 1; i < hashes.size(); ++i)
    if (hashes[i] == hashes[i - 1] && (repeated.empty() || repeated.back() != hashes[i])) repeated.push_back(hashes[i]);
  if (repeated.empty()) return {};

  std::vector<detail::folded_name> names;
  detail::for_each_tree_name(keys, [&](detail::tree_name n) {
    auto form = caseless_form(n.path);
    if (std::ranges::binary_search(repeated, hash_of(form))) names.emplace_back(std::move(form), n);
  });
  std::ranges::stable_sort(names, {}, &detail::folded_name::first);
  std::vector<name_collision> out;
  for (auto begin = names.begin(); begin != names.end();) {
    auto const end = std::find_if(begin, names.end(), [&](auto const& n) { return n.first != begin->first; });
    if (end - begin > 1) detail::append_collision(out, {begin, end});
    begin = end;
  }
  std::ranges::sort(out, walk_less{}, [](name_collision const& c) -> std::string_view { return c.keys.front(); });
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI

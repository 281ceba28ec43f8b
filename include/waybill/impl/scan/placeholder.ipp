#pragma once

#include <waybill/scan/placeholder.hpp>

#include <waybill/core/logical_key.hpp>
#include <waybill/hash/chunked.hpp>
#include <waybill/json/write.hpp>

#include <algorithm>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// The words that fetch one key, as a POSIX shell reads them; those that fetch everything where the key would not stay
/// on one line.
inline std::string fetch_command(std::string_view key) {
  std::string const all = "waybill fetch";
  bool const one_line =
      std::ranges::none_of(key, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; });
  if (!one_line) return all;
  std::string quoted = "'";
  for (char const c : key) quoted += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return all + " -- " + quoted + "'";
}

inline digest placeholder_digest(std::string_view text) {
  return hash_bytes(as_bytes(text), sha2_256_chunked_hasher{text.size()});
}

}  // namespace detail

WAYBILL_DECL std::string placeholder_text(entry const& e, std::string_view version) {
  auto const& d = *e.digests.strongest();
  std::string out{placeholder_mark};
  out.append("key: ");
  json::append_manifest_string(out, e.key);
  out.append("\nsize: ").append(std::to_string(e.size.value_or(0)));
  out.append("\ndigest: ").append(d.kind().name()).append(" ").append(d.text());
  out.append("\npackage: ").append(version);
  out.append("\nfetch: ").append(detail::fetch_command(e.key)).append("\n");
  return out;
}

WAYBILL_DECL entry const* placeholder_set::find(std::string_view key) const {
  auto const at = std::ranges::lower_bound(entries_, key, walk_less{}, key_of);
  if (at == entries_.end() || at->key.str() != key || !at->size || at->digests.empty()) return nullptr;
  return &*at;
}

WAYBILL_DECL bool placeholder_set::has_size(std::string_view key, std::uint64_t bytes) const {
  auto const* e = bytes >= placeholder_mark.size() && bytes <= largest_placeholder ? find(key) : nullptr;
  return e != nullptr && placeholder_text(*e, version_).size() == bytes;
}

WAYBILL_DECL entry const* placeholder_set::standing_for(std::string_view key, byte_view content) const {
  if (!looks_like_placeholder(content)) return nullptr;
  auto const* e = find(key);
  return e != nullptr && placeholder_text(*e, version_) == as_text(content) ? e : nullptr;
}

WAYBILL_DECL entry const* placeholder_set::standing_for(scanned_file const& file) const {
  if (!file.looks_like_placeholder) return nullptr;
  auto const* found = file.digests.find(algorithms::sha2_256_chunked);
  auto const* e = found != nullptr ? find(file.key) : nullptr;
  if (e == nullptr) return nullptr;
  auto const text = placeholder_text(*e, version_);
  return text.size() == file.state.size && detail::placeholder_digest(text) == *found ? e : nullptr;
}

WAYBILL_DECL void settle_placeholder(tree_entries& into, entry& e, scanned_file const& file,
                                     placeholder_set const& known) {
  if (!file.looks_like_placeholder) return;
  if (auto const* stands_for = known.standing_for(file)) {
    e = *stands_for;
    e.meta = json::object{};
    ++into.placeholders;
  } else {
    into.strange.emplace_back(file.key);
  }
}

WAYBILL_DECL tree_entries entries_of(scanned_tree const& tree, placeholder_set const& known) {
  tree_entries out;
  out.entries.reserve(static_cast<std::size_t>(tree.file_count()));
  (void)tree.for_each([&](scanned_file const& file) -> result<void> {
    out.entries.push_back(make_entry(file));
    settle_placeholder(out, out.entries.back(), file, known);
    return {};
  });
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI

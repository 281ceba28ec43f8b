#pragma once

#include <waybill/core/digest.hpp>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Order inside a digest_set: strongest first, names decide ties.
inline bool stronger(algorithm a, algorithm b) noexcept {
  return a.info().strength != b.info().strength ? a.info().strength > b.info().strength : a.name() < b.name();
}

inline error malformed_digest_error(algorithm a, std::string_view what, std::size_t length) {
  bool const hex = a.info().text == digest_text::hex;
  auto const size = a.info().size;
  std::string detail{a.name()};
  detail.append(" digest: ").append(what).append("; expected ");
  detail.append(std::to_string(hex ? size * 2 : (size + 2) / 3 * 4)).append(hex ? " hex digits" : " base64 characters");
  return make_error(errc::malformed_digest, detail.append(", got ").append(std::to_string(length)));
}

}  // namespace detail

WAYBILL_DECL result<algorithm> find_algorithm(std::string_view name) {
  for (auto const a : algorithms::all)
    if (a.name() == name) return a;
  std::string detail = "no digest algorithm '";
  detail.append(name).append("'; known are");
  for (auto const a : algorithms::all) detail.append(" ").append(a.name());
  return make_error(errc::unknown_algorithm, std::move(detail));
}

WAYBILL_DECL digest::digest(algorithm a, byte_view bytes) noexcept : algorithm_{a} {
  assert(bytes.size() == a.info().size && bytes.size() <= max_size);
  std::memcpy(bytes_.data(), bytes.data(), std::min(bytes.size(), max_size));
}

WAYBILL_DECL result<digest> digest::parse(algorithm a, std::string_view text) {
  auto const size = a.info().size;
  std::array<std::byte, max_size> bytes;
  bool const hex = a.info().text == digest_text::hex;
  bool const fits =
      hex ? text.size() == size * 2 : text.size() == (size + 2) / 3 * 4 && detail::base64_decoded_size(text) == size;
  if (!fits) return detail::malformed_digest_error(a, "wrong length", text.size());
  bool const decoded = hex ? detail::decode_hex(text, bytes.data()) : detail::decode_base64(text, bytes.data());
  if (!decoded) return detail::malformed_digest_error(a, hex ? "not hex" : "not strict base64", text.size());
  return digest{a, byte_view{bytes.data(), size}};
}

WAYBILL_DECL std::string digest::text() const {
  return algorithm_.info().text == digest_text::hex ? to_hex(bytes()) : to_base64(bytes());
}

WAYBILL_DECL bool operator==(digest const& a, digest const& b) noexcept {
  return a.algorithm_ == b.algorithm_ && std::ranges::equal(a.bytes(), b.bytes());
}

WAYBILL_DECL std::strong_ordering operator<=>(digest const& a, digest const& b) noexcept {
  if (auto const names = a.algorithm_.name() <=> b.algorithm_.name(); names != 0) return names;
  return as_text(a.bytes()) <=> as_text(b.bytes());
}

WAYBILL_DECL digest_set::digest_set(std::initializer_list<digest> digests) {
  items_.reserve(digests.size());
  for (auto const& d : digests) insert(d);
}

WAYBILL_DECL void digest_set::insert(digest const& d) {
  auto const at = std::ranges::lower_bound(items_, d.kind(), detail::stronger, &digest::kind);
  if (at != items_.end() && at->kind() == d.kind()) *at = d;
  else items_.insert(at, d);
}

WAYBILL_DECL digest const* digest_set::find(algorithm a) const noexcept {
  for (auto const& d : items_)
    if (d.kind() == a) return &d;
  return nullptr;
}

WAYBILL_DECL agreement compare(digest_set const& a, digest_set const& b) noexcept {
  auto left = a.begin();
  auto right = b.begin();
  while (left != a.end() && right != b.end()) {
    if (left->kind() == right->kind()) return *left == *right ? agreement::same : agreement::different;
    if (detail::stronger(left->kind(), right->kind())) ++left;
    else ++right;
  }
  return agreement::unknown;
}

}  // namespace waybill::inline WAYBILL_ABI

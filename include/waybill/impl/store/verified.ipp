#pragma once

#include <waybill/store/verified.hpp>

#include <waybill/store/transfer.hpp>

#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::string_view object_prefix = ".waybill/objects/";

WAYBILL_DECL result<void> expect_key_digest(std::string_view key, put_options& options) {
  auto const said = digest_of_object_key(key);
  if (!said) return {};
  if (auto const* asked = options.expected.find(said->kind()); asked != nullptr && *asked != *said)
    return make_error(errc::digest_mismatch,
                      "the key names bytes with " + std::string{said->kind().name()} + " " + said->text() +
                          ", but the caller expects " + asked->text() + "; store them under their own key",
                      std::string{key});
  options.expected.insert(*said);
  return {};
}

}  // namespace detail

WAYBILL_DECL verifying_source::verifying_source(std::unique_ptr<byte_source> source, std::optional<multi_hasher> hasher,
                                                std::optional<std::uint64_t> size, digest_set expected,
                                                std::string name)
    : source_{std::move(source)},
      hasher_{std::move(hasher)},
      size_{size},
      expected_{std::move(expected)},
      name_{std::move(name)} {}

WAYBILL_DECL result<std::unique_ptr<byte_source>> verifying_source::wrap(std::unique_ptr<byte_source> source,
                                                                         std::optional<std::uint64_t> size,
                                                                         digest_set const& expected,
                                                                         std::string name_for_errors) {
  std::optional<multi_hasher> hasher;
  if (!expected.empty()) {
    std::vector<algorithm> kinds;
    for (auto const& d : expected) kinds.push_back(d.kind());
    auto made = multi_hasher::create(kinds, size.value_or(0));
    if (!made) return made.error();
    hasher.emplace(std::move(*made));
  }
  return std::unique_ptr<byte_source>{
      new verifying_source{std::move(source), std::move(hasher), size, expected, std::move(name_for_errors)}};
}

WAYBILL_DECL result<std::size_t> verifying_source::read(std::span<std::byte> buffer) {
  if (failure_) return *failure_;
  if (buffer.empty()) return std::size_t{0};
  auto n = read_checked(buffer);
  if (!n) failure_ = n.error();
  return n;
}

WAYBILL_DECL result<std::size_t> verifying_source::read_checked(std::span<std::byte> buffer) {
  auto const n = source_->read(buffer);
  if (!n) return n.error();
  seen_ += *n;
  if (size_ && seen_ > *size_)
    return make_error(errc::size_mismatch, "expected " + std::to_string(*size_) + " bytes, found more", name_);
  if (hasher_ && *n != 0) hasher_->update(buffer.first(*n));
  if ((*n == 0 || seen_ == size_) && !checked_)
    if (auto const right = check_end(); !right) return right.error();
  return *n;
}

WAYBILL_DECL result<void> verifying_source::check_end() {
  if (size_ && seen_ != *size_)
    return make_error(errc::size_mismatch,
                      "expected " + std::to_string(*size_) + " bytes, found " + std::to_string(seen_), name_);
  checked_ = true;
  return hasher_ ? check_digests(expected_, hasher_->finish(), name_) : result<void>{};
}

WAYBILL_DECL std::string object_key(digest const& d) {
  auto const hex = d.hex();
  std::string key{detail::object_prefix};
  key.append(d.kind().name()).append("/").append(hex, 0, 2).append("/").append(hex, 2);
  return key;
}

WAYBILL_DECL std::optional<digest> digest_of_object_key(std::string_view key) {
  if (!key.starts_with(detail::object_prefix)) return std::nullopt;
  auto const rest = key.substr(detail::object_prefix.size());
  auto const slash = rest.find('/');
  if (slash == std::string_view::npos || rest.size() < slash + 4 || rest[slash + 3] != '/') return std::nullopt;
  auto const kind = find_algorithm(rest.substr(0, slash));
  if (!kind) return std::nullopt;
  auto const bytes = from_hex(std::string{rest.substr(slash + 1, 2)}.append(rest.substr(slash + 4)));
  if (!bytes || bytes->size() != kind->info().size) return std::nullopt;
  digest const d{*kind, *bytes};
  // One object, one key: upper-case digits name nothing.
  return object_key(d) == key ? std::optional{d} : std::nullopt;
}

}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/hash/multi.hpp>
#include <waybill/store/concepts.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/** Passes bytes on and checks them on the way: the read that reaches the end fails if size or a digest is wrong.

    Every digest of the set must match, not only the strongest: a set with one right and one wrong digest is wrong.
    @errors (of read) errc::size_mismatch, digest_mismatch, what the wrapped source says
*/
class verifying_source final : public byte_source {
 public:
  /// @errors errc::unknown_algorithm for a digest the kit cannot compute
  [[nodiscard]] static result<std::unique_ptr<byte_source>> wrap(std::unique_ptr<byte_source> source,
                                                                 std::optional<std::uint64_t> size,
                                                                 digest_set const& expected, std::string name_for_errors);
  [[nodiscard]] result<std::size_t> read(std::span<std::byte> buffer) override;

 private:
  verifying_source(std::unique_ptr<byte_source> source, std::optional<multi_hasher> hasher,
                   std::optional<std::uint64_t> size, digest_set expected, std::string name);
  std::unique_ptr<byte_source> source_;
  std::optional<multi_hasher> hasher_;
  std::optional<std::uint64_t> size_;
  digest_set expected_;
  std::string name_;
  std::uint64_t seen_ = 0;
  bool finished_ = false;
};

/** Content-addressed objects: their key says what their bytes must be.

    `objects/sha2-256-chunked/ab/cdef…` below `.waybill/`: algorithm, two hex digits, the rest.
    @format DESIGN section 3, "Immutable means immutable"; docs/formats.md#objects
*/
[[nodiscard]] WAYBILL_DECL std::string object_key(digest const& d);
/// The digest an object key stands for; empty for any other key.
[[nodiscard]] WAYBILL_DECL std::optional<digest> digest_of_object_key(std::string_view key);

/// A store whose content-addressed objects are checked whenever they are read whole or written.
template <object_source S>
class verified {
 public:
  explicit verified(S inner) : inner_{std::move(inner)} {}

  [[nodiscard]] result<object_info> head(std::string_view key) const { return inner_.head(key); }
  [[nodiscard]] result<void> list(std::string_view prefix, object_visitor const& v) const { return inner_.list(prefix, v); }
  [[nodiscard]] physical_key url(std::string_view key) const { return inner_.url(key); }
  [[nodiscard]] std::optional<std::string> local_file(std::string_view key) const { return inner_.local_file(key); }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(std::string_view key, byte_range range = {}) const {
    auto source = inner_.open(key, range);
    auto const expected = digest_of_object_key(key);
    if (!source || !expected || range.offset != 0 || range.length) return source;
    auto const info = inner_.head(key);
    if (!info) return info.error();
    return verifying_source::wrap(std::move(*source), info->size, digest_set{*expected}, std::string{key});
  }

  [[nodiscard]] result<object_info> put(std::string_view key, object_content const& content, put_options options = {})
    requires object_store<S>
  {
    if (auto const expected = digest_of_object_key(key)) options.expected.insert(*expected);
    return inner_.put(key, content, options);
  }
  [[nodiscard]] result<void> remove(std::string_view key)
    requires object_store<S>
  {
    return inner_.remove(key);
  }
  [[nodiscard]] result<void> flush()
    requires object_store<S>
  {
    return inner_.flush();
  }
  [[nodiscard]] result<std::optional<ref_value>> read_ref(std::string_view key)
    requires ref_store<S>
  {
    return inner_.read_ref(key);
  }
  [[nodiscard]] result<ref_value> swap_ref(std::string_view key, std::optional<std::string> const& expected,
                                           std::string_view text)
    requires ref_store<S>
  {
    return inner_.swap_ref(key, expected, text);
  }
  [[nodiscard]] result<void> remove_ref(std::string_view key, std::optional<std::string> const& expected)
    requires ref_store<S>
  {
    return inner_.remove_ref(key, expected);
  }

 private:
  S inner_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/verified.ipp>
#endif

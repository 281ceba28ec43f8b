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
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/** Passes bytes on and checks them on the way: the read that reaches the end fails if size or a digest is wrong.

    With a known size the read that would deliver the last byte fails already, so that a reader who stops there is not
    deceived. A source that failed keeps failing. Every digest of the set must match, not only the strongest: a set with
    one right and one wrong digest is wrong.
    @errors (of read) errc::size_mismatch, digest_mismatch, what the wrapped source says
*/
class verifying_source final : public byte_source {
 public:
  /** @param size  bytes that must come; a chunked digest of 80 GB and more can be checked only if it is known
      @errors errc::unknown_algorithm for a digest the kit cannot compute */
  [[nodiscard]] static result<std::unique_ptr<byte_source>> wrap(std::unique_ptr<byte_source> source,
                                                                 std::optional<std::uint64_t> size,
                                                                 digest_set const& expected,
                                                                 std::string name_for_errors);
  [[nodiscard]] result<std::size_t> read(std::span<std::byte> buffer) override;

 private:
  verifying_source(std::unique_ptr<byte_source> source, std::optional<multi_hasher> hasher,
                   std::optional<std::uint64_t> size, digest_set expected, std::string name);
  [[nodiscard]] result<std::size_t> read_checked(std::span<std::byte> buffer);
  [[nodiscard]] result<void> check_end();

  std::unique_ptr<byte_source> source_;
  std::optional<multi_hasher> hasher_;
  std::optional<std::uint64_t> size_;
  digest_set expected_;
  std::string name_;
  std::uint64_t seen_ = 0;
  bool checked_ = false;  ///< size and digests were found right
  std::optional<error> failure_;
};

/** Content-addressed objects: their key says what their bytes must be.

    `.waybill/objects/sha2-256-chunked/ab/cdef…`: name of the algorithm, two digits, the rest; hex in lower case.
    @format docs/formats.md#objects
*/
[[nodiscard]] WAYBILL_DECL std::string object_key(digest const& d);
/// The digest an object key stands for; empty for any other key.
[[nodiscard]] WAYBILL_DECL std::optional<digest> digest_of_object_key(std::string_view key);

namespace detail {

/// Adds what the key says of the bytes. @errors errc::digest_mismatch when the caller expects something else
[[nodiscard]] WAYBILL_DECL result<void> expect_key_digest(std::string_view key, put_options& options);

}  // namespace detail

/** A store whose content-addressed objects are checked whenever they are read whole or written.

    Reads of a part and `open_exactly` are passed on unchecked, and `local_file` names bytes nobody has checked yet.
    @errors errc::digest_mismatch, size_mismatch besides what the inner store says
    @threads as the inner store
*/
template <object_source S>
class verified {
 public:
  explicit verified(S inner) : inner_{std::move(inner)} {}

  [[nodiscard]] result<object_info> head(std::string_view key) const { return inner_.head(key); }
  [[nodiscard]] result<void> list(std::string_view prefix, object_visitor const& v) const {
    return inner_.list(prefix, v);
  }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_exactly(object_info const& info,
                                                                  byte_range range = {}) const {
    return waybill::open_exactly(inner_, info, range);
  }
  [[nodiscard]] result<void> list_exactly(std::string_view prefix, object_visitor const& v) const {
    return waybill::list_exactly(inner_, prefix, v);
  }
  [[nodiscard]] physical_key url(std::string_view key) const { return inner_.url(key); }
  [[nodiscard]] physical_key url_of(object_info const& info) const { return waybill::url_of(inner_, info); }
  [[nodiscard]] std::optional<std::string> local_file(std::string_view key) const { return inner_.local_file(key); }
  [[nodiscard]] std::optional<opened_file> open_local(std::string_view key) const {
    return waybill::open_local(inner_, key);
  }
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
    if (auto const consistent = detail::expect_key_digest(key, options); !consistent) return consistent.error();
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
  [[nodiscard]] result<void> append(std::string_view key, std::uint64_t at, std::string_view tail,
                                    std::string_view text)
    requires appendable<S>
  {
    return inner_.append(key, at, tail, text);
  }
  [[nodiscard]] result<std::optional<file_descriptor>> try_hold(hold_kind kind)
    requires holdable<S>
  {
    return inner_.try_hold(kind);
  }

 private:
  S inner_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/verified.ipp>
#endif

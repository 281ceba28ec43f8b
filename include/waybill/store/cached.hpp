#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/store/concepts.hpp>
#include <waybill/store/transfer.hpp>
#include <waybill/store/verified.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Reads a source to its end; its bytes, or none of them where they are more than `keep`.
[[nodiscard]] WAYBILL_DECL result<std::shared_ptr<std::string const>> drain_object(byte_source& source,
                                                                                   std::uint64_t size,
                                                                                   std::uint64_t keep);

/// Reads that many bytes and forgets them; a source that ends before is left at its end.
[[nodiscard]] WAYBILL_DECL result<void> skip_bytes(byte_source& source, std::uint64_t bytes);

/// An object of a store as a content for another one.
template <object_source S>
class stored_content final : public object_content {
 public:
  stored_content(S const& store, object_info const& info) : store_{store}, info_{info} {}
  [[nodiscard]] std::uint64_t size() const override { return info_.size; }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(byte_range range) const override {
    return store_.open(info_.key, range);
  }
  [[nodiscard]] std::optional<std::string> local_file() const override { return store_.local_file(info_.key); }

 private:
  S const& store_;
  object_info const& info_;
};

template <object_store Near, object_source Far>
struct cached_state {
  Near near;
  Far far;
};

/// Reads the near copy, and from the first error on the far one, at the byte that was reached. A whole object is then
/// read again from its first byte, so that what far says is checked too.
template <object_store Near, object_source Far>
class near_first_source final : public byte_source {
 public:
  near_first_source(std::unique_ptr<byte_source> near, std::shared_ptr<cached_state<Near, Far>> stores, std::string key,
                    byte_range range)
      : source_{std::move(near)}, stores_{std::move(stores)}, key_{std::move(key)}, range_{range} {}

  [[nodiscard]] result<std::size_t> read(std::span<std::byte> buffer) override {
    auto n = source_->read(buffer);
    if (!n && !on_far_) {
      if (auto const switched = switch_to_far(); !switched) return switched.error();
      n = source_->read(buffer);
    }
    if (n) delivered_ += *n;
    return n;
  }

 private:
  [[nodiscard]] result<void> switch_to_far() {
    auto const expected = digest_of_object_key(key_);
    bool const whole = expected && range_.offset == 0 && !range_.length;
    auto rest = range_;
    if (!whole) {
      rest.offset += delivered_;
      if (rest.length) *rest.length -= delivered_;
    }
    auto far = stores_->far.open(key_, rest);
    if (!far) return far.error();
    source_ = std::move(*far);
    on_far_ = true;
    if (!whole) return {};
    auto const info = stores_->far.head(key_);
    if (!info) return info.error();
    auto checking = verifying_source::wrap(std::move(source_), info->size, digest_set{*expected}, key_);
    if (!checking) return checking.error();
    source_ = std::move(*checking);
    return skip_bytes(*source_, delivered_);
  }

  std::unique_ptr<byte_source> source_;
  std::shared_ptr<cached_state<Near, Far>> stores_;
  std::string key_;
  byte_range range_;
  std::uint64_t delivered_ = 0;
  bool on_far_ = false;
};

}  // namespace detail

/** A store whose content-addressed objects are kept in a nearer one once they were read.

    - `open` of a whole object serves the near copy after its bytes were checked (a damaged one is removed and fetched
      again); what is not there is fetched from far as a whole, put into near and served from there in the same way. The
      first byte therefore comes when the last one has arrived.
    - `open` of a part that lies inside a near copy reads it there, unchecked; any other part comes from far, alone.
    - Nothing that goes wrong in near fails a read that far can serve. What comes from far instead is checked as well.
    - `head`, `list`, references and all other keys ask far alone: a copy in near does not mean that far has the object.
      `put` writes to far alone, `remove` removes both.
    - `local_file` is near's where it has one. Its bytes are as they are: who finds them wrong calls `open`, which
      replaces them.
    - Copies in near are put with `durable` off: one lost with the power is fetched again.

    Copies share both stores. @threads two readers of an object that is not in near may both fetch it
*/
template <object_store Near, object_source Far>
class cached {
 public:
  cached(Near near, Far far) : self_{std::make_shared<state>(state{std::move(near), std::move(far)})} {}

  [[nodiscard]] result<object_info> head(std::string_view key) const { return self_->far.head(key); }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(std::string_view key, byte_range range = {}) const {
    auto const expected = digest_of_object_key(key);
    if (!expected) return self_->far.open(key, range);
    if (range.offset != 0 || range.length) {
      if (auto part = open_near_part(key, range)) return part;
      return self_->far.open(key, range);
    }
    if (auto copy = open_checked_copy(key, *expected)) return copy;
    auto const info = self_->far.head(key);
    if (!info) return info.error();
    if (self_->near.put(key, detail::stored_content<Far>{self_->far, *info},
                        {.expected = {*expected}, .durable = false}))
      if (auto copy = open_checked_copy(key, *expected)) return copy;
    auto source = self_->far.open(key);
    if (!source) return source;
    return verifying_source::wrap(std::move(*source), info->size, digest_set{*expected}, std::string{key});
  }
  [[nodiscard]] result<void> list(std::string_view prefix, object_visitor const& v) const {
    return self_->far.list(prefix, v);
  }
  /// A content-addressed object has no versions that differ: as `open`. Any other comes from far.
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_exactly(object_info const& info,
                                                                  byte_range range = {}) const {
    return digest_of_object_key(info.key) ? open(info.key, range) : waybill::open_exactly(self_->far, info, range);
  }
  [[nodiscard]] result<void> list_exactly(std::string_view prefix, object_visitor const& v) const {
    return waybill::list_exactly(self_->far, prefix, v);
  }
  [[nodiscard]] physical_key url(std::string_view key) const { return self_->far.url(key); }
  [[nodiscard]] physical_key url_of(object_info const& info) const { return waybill::url_of(self_->far, info); }
  [[nodiscard]] std::optional<std::string> local_file(std::string_view key) const {
    if (digest_of_object_key(key))
      if (auto path = self_->near.local_file(key)) return path;
    return self_->far.local_file(key);
  }
  [[nodiscard]] std::optional<opened_file> open_local(std::string_view key) const {
    if (digest_of_object_key(key))
      if (auto file = waybill::open_local(self_->near, key)) return file;
    return waybill::open_local(self_->far, key);
  }

  [[nodiscard]] result<object_info> put(std::string_view key, object_content const& content,
                                        put_options const& options = {})
    requires object_store<Far>
  {
    return self_->far.put(key, content, options);
  }
  [[nodiscard]] result<void> remove(std::string_view key)
    requires object_store<Far>
  {
    if (digest_of_object_key(key)) static_cast<void>(self_->near.remove(key));
    return self_->far.remove(key);
  }
  [[nodiscard]] result<void> flush()
    requires object_store<Far>
  {
    return self_->far.flush();
  }
  [[nodiscard]] result<std::optional<ref_value>> read_ref(std::string_view key)
    requires ref_store<Far>
  {
    return self_->far.read_ref(key);
  }
  [[nodiscard]] result<ref_value> swap_ref(std::string_view key, std::optional<std::string> const& expected,
                                           std::string_view text)
    requires ref_store<Far>
  {
    return self_->far.swap_ref(key, expected, text);
  }
  [[nodiscard]] result<void> remove_ref(std::string_view key, std::optional<std::string> const& expected)
    requires ref_store<Far>
  {
    return self_->far.remove_ref(key, expected);
  }

 private:
  using state = detail::cached_state<Near, Far>;
  /// Objects up to this size are checked and served from one read.
  static constexpr std::uint64_t keep_in_memory = std::uint64_t{1} << 20;

  [[nodiscard]] std::unique_ptr<byte_source> near_first(std::unique_ptr<byte_source> copy, std::string_view key,
                                                        byte_range range) const {
    return std::make_unique<detail::near_first_source<Near, Far>>(std::move(copy), self_, std::string{key}, range);
  }

  /// A part near has for certain: a copy cut short by a crash must not look like the object's end.
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_near_part(std::string_view key, byte_range range) const {
    auto const info = self_->near.head(key);
    if (!info) return info.error();
    if (!range.length || clipped(range, info->size).length != *range.length)
      return make_error(errc::object_not_found, "the near copy does not hold this part", std::string{key});
    auto part = self_->near.open(key, range);
    if (!part) return part;
    return near_first(std::move(*part), key, range);
  }

  /// The near copy if it is there and right; one that is wrong is removed. Why there is none does not matter.
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_checked_copy(std::string_view key,
                                                                       digest const& expected) const {
    auto const info = self_->near.head(key);
    if (!info) return info.error();
    auto copy = self_->near.open(key);
    if (!copy) return copy;
    auto checking = verifying_source::wrap(std::move(*copy), info->size, digest_set{expected}, std::string{key});
    if (!checking) return checking;
    auto bytes = detail::drain_object(**checking, info->size, keep_in_memory);
    if (!bytes) {
      if (bytes.error().code == condition::integrity) static_cast<void>(self_->near.remove(key));
      return bytes.error();
    }
    if (*bytes) return std::unique_ptr<byte_source>{std::make_unique<shared_source>(std::move(*bytes), byte_range{})};
    auto again = self_->near.open(key);
    if (!again) return again;
    return near_first(std::move(*again), key, {});
  }

  std::shared_ptr<state> self_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/cached.ipp>
#endif

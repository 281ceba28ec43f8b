#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/http/retry.hpp>
#include <waybill/store/concepts.hpp>
#include <waybill/store/verified.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

namespace detail {

template <class S>
inline constexpr bool is_verified = false;
template <class S>
inline constexpr bool is_verified<verified<S>> = true;

template <object_source S>
struct retrying_state {
  S inner;
  retry_policy policy;
};

/// Bytes of one object, opened anew where a read failed; never a mix of two versions of it.
template <object_source S>
class resuming_source final : public byte_source {
 public:
  /// @param exactly  what is opened exactly; else the object of `what.key`
  resuming_source(std::shared_ptr<retrying_state<S>> store, object_info what, bool exactly, byte_range range)
      : store_{std::move(store)},
        what_{std::move(what)},
        range_{range},
        exactly_{exactly},
        immutable_{exactly || digest_of_object_key(what_.key)} {}

  /// Opens the object where reading has got to.
  [[nodiscard]] result<void> open() {
    if (delivered_ == 0 && !immutable_) {
      auto const info = store_->inner.head(what_.key);
      if (!info) return info.error();
      version_ = info->version;
    }
    auto rest = range_;
    rest.offset += delivered_;
    if (rest.length) *rest.length -= delivered_;
    if (exactly_) return open_exactly(rest);
    auto source = store_->inner.open(what_.key, rest);
    if (!source) return source.error();
    if (auto const same = check_version(); !same) return same.error();
    source_ = std::move(*source);
    return {};
  }

  [[nodiscard]] result<std::size_t> read(std::span<std::byte> buffer) override {
    auto n = source_->read(buffer);
    for (unsigned failures = 1; !n; ++failures) {
      if (auto const again = wait_to_repeat(store_->policy, n.error(), failures); !again) return again.error();
      auto const opened = open();
      n = opened ? source_->read(buffer) : result<std::size_t>{opened.error()};
    }
    delivered_ += *n;
    return n;
  }

 private:
  /// Whatever version is there is the first one; the rest must be of the same.
  [[nodiscard]] result<void> open_exactly(byte_range rest) {
    if (delivered_ == 0) what_.version.clear();
    auto opened = waybill::open_known(store_->inner, what_, rest);
    if (!opened) return opened.error();
    source_ = std::move(opened->bytes);
    what_.version = std::move(opened->version);
    return {};
  }
  /// Asked after the object was opened: if the version is still the first one, these are its bytes.
  [[nodiscard]] result<void> check_version() const {
    if (delivered_ == 0 || immutable_) return {};
    auto const info = store_->inner.head(what_.key);
    if (!info) return info.error();
    if (info->version == version_) return {};
    return make_error(errc::source_changed, "the object was replaced while it was read; read it again", what_.key);
  }

  std::shared_ptr<retrying_state<S>> store_;
  object_info what_;
  byte_range range_;
  bool exactly_;
  bool immutable_;  ///< has no versions that could mix, or whoever reads them finds out
  std::string version_;
  std::uint64_t delivered_ = 0;
  std::unique_ptr<byte_source> source_;
};

}  // namespace detail

/** A store that repeats what failed with condition::transient; any other error, conflicts too, is passed on at once.

    - A source from `open` goes on at the byte it had reached; every byte of progress starts the count of attempts anew.
      Objects whose key is not a digest are asked for their version first (one `head`), so that two versions never mix:
      errc::source_changed instead.
    - `open_exactly` asks for no version first: its caller knows the bytes. A resumed read asks for the same version
      id, else for what the first answer said it was where the store tells (`open_known`).
    - `put` opens the content anew. `list` goes on behind the last key visited, with the count of attempts anew; what
      the visitor says is never taken for a failure of the store.
    - `put` with `only_if_absent`, `swap_ref` and `remove_ref` may have happened although their answer was lost. The
      repetition then meets its own doing and reports errc::collision or lost_race: read again before acting on it.

    Put `verified` around it, not inside: a resumed read is a read of a part, which `verified` does not check.
    Copies share the inner store.
    @threads as the inner store
*/
template <object_source S>
class retrying {
  static_assert(!detail::is_verified<S>, "write verified{retrying{store}}: a resumed read inside would go unchecked");

 public:
  explicit retrying(S inner, retry_policy policy = {})
      : self_{std::make_shared<detail::retrying_state<S>>(
            detail::retrying_state<S>{std::move(inner), std::move(policy)})} {}

  [[nodiscard]] result<object_info> head(std::string_view key) const {
    return detail::repeat_transient(self_->policy, [&] { return self_->inner.head(key); });
  }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(std::string_view key, byte_range range = {}) const {
    return resuming({.key = std::string{key}, .version = {}, .digests = {}}, false, range);
  }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_exactly(object_info const& info,
                                                                  byte_range range = {}) const {
    return resuming(info, true, range);
  }
  [[nodiscard]] result<void> list(std::string_view prefix, object_visitor const& visit) const {
    return listing(visit, [&](object_visitor const& v) { return self_->inner.list(prefix, v); });
  }
  [[nodiscard]] result<void> list_exactly(std::string_view prefix, object_visitor const& visit) const {
    return listing(visit, [&](object_visitor const& v) { return waybill::list_exactly(self_->inner, prefix, v); });
  }
  [[nodiscard]] physical_key url(std::string_view key) const { return self_->inner.url(key); }
  [[nodiscard]] physical_key url_of(object_info const& info) const { return waybill::url_of(self_->inner, info); }
  [[nodiscard]] std::optional<std::string> local_file(std::string_view key) const {
    return self_->inner.local_file(key);
  }
  [[nodiscard]] std::optional<opened_file> open_local(std::string_view key) const {
    return waybill::open_local(self_->inner, key);
  }

  [[nodiscard]] result<object_info> put(std::string_view key, object_content const& content,
                                        put_options const& options = {})
    requires object_store<S>
  {
    return detail::repeat_transient(self_->policy, [&] { return self_->inner.put(key, content, options); });
  }
  [[nodiscard]] result<void> remove(std::string_view key)
    requires object_store<S>
  {
    return detail::repeat_transient(self_->policy, [&] { return self_->inner.remove(key); });
  }
  [[nodiscard]] result<void> flush()
    requires object_store<S>
  {
    return detail::repeat_transient(self_->policy, [&] { return self_->inner.flush(); });
  }
  [[nodiscard]] result<std::optional<ref_value>> read_ref(std::string_view key)
    requires ref_store<S>
  {
    return detail::repeat_transient(self_->policy, [&] { return self_->inner.read_ref(key); });
  }
  [[nodiscard]] result<ref_value> swap_ref(std::string_view key, std::optional<std::string> const& expected,
                                           std::string_view text)
    requires ref_store<S>
  {
    return detail::repeat_transient(self_->policy, [&] { return self_->inner.swap_ref(key, expected, text); });
  }
  [[nodiscard]] result<void> remove_ref(std::string_view key, std::optional<std::string> const& expected)
    requires ref_store<S>
  {
    return detail::repeat_transient(self_->policy, [&] { return self_->inner.remove_ref(key, expected); });
  }
  [[nodiscard]] result<void> append(std::string_view key, std::uint64_t at, std::string_view tail,
                                    std::string_view text)
    requires appendable<S>
  {
    return self_->inner.append(key, at, tail, text);
  }
  [[nodiscard]] result<std::optional<file_descriptor>> try_hold(hold_kind kind)
    requires holdable<S>
  {
    return self_->inner.try_hold(kind);
  }

 private:
  [[nodiscard]] result<std::unique_ptr<byte_source>> resuming(object_info what, bool exactly, byte_range range) const {
    auto source = std::make_unique<detail::resuming_source<S>>(self_, std::move(what), exactly, range);
    auto const opened = detail::repeat_transient(self_->policy, [&] { return source->open(); });
    if (!opened) return opened.error();
    return std::unique_ptr<byte_source>{std::move(source)};
  }
  template <class List>
  [[nodiscard]] result<void> listing(object_visitor const& visit, List const& list_with) const {
    std::optional<std::string> last;
    std::optional<error> refused;
    object_visitor const once = [&](object_info const& info) -> result<void> {
      if (last && info.key <= *last) return {};
      last = info.key;
      auto r = visit(info);
      if (!r) refused = r.error();
      return r;
    };
    for (unsigned failures = 1;; ++failures) {
      auto const reached = last;
      auto const listed = list_with(once);
      if (refused) return *refused;
      if (listed) return {};
      if (last != reached) failures = 1;
      if (auto const again = detail::wait_to_repeat(self_->policy, listed.error(), failures); !again)
        return again.error();
    }
  }

  std::shared_ptr<detail::retrying_state<S>> self_;
};

}  // namespace waybill::inline WAYBILL_ABI

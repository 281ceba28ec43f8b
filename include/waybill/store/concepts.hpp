#pragma once

#include <waybill/config.hpp>
#include <waybill/core/physical_key.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/store/object.hpp>

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/** A place objects can be read from. Keys are relative names joined by `/`.

    - `head(key)`: what is known of the object; errc::object_not_found when there is none.
    - `open(key, range)`: its bytes; errc::object_not_found. A source that ends early fails, it never looks complete.
    - `list(prefix, visitor)`: every object whose key starts with `prefix` (bytes, not segments), in byte order of keys.
    - `url(key)`: the physical key a manifest names the object by.
    - `local_file(key)`: a path where the same bytes can be read or linked, for stores on this machine; else empty.

    All members may be called concurrently. One contract suite (tests/unit/store/contract.hpp) is run against every
    store.
*/
template <class S>
concept object_source = requires(S const& s, std::string_view text, byte_range range, object_visitor const& visit) {
  { s.head(text) } -> std::same_as<result<object_info>>;
  { s.open(text, range) } -> std::same_as<result<std::unique_ptr<byte_source>>>;
  { s.list(text, visit) } -> std::same_as<result<void>>;
  { s.url(text) } -> std::same_as<physical_key>;
  { s.local_file(text) } -> std::same_as<std::optional<std::string>>;
};

/// The physical key of exactly these bytes: with their version, where a store keeps versions. @param info  from `head`
/// or `put`
template <object_source S>
[[nodiscard]] physical_key url_of(S const& store, object_info const& info) {
  if constexpr (requires { store.url_of(info); }) return store.url_of(info);
  else return store.url(info.key);
}

/// An object's local file, opened; empty where there is none that can be, for whatever reason: `open` tells it.
template <object_source S>
[[nodiscard]] std::optional<opened_file> open_local(S const& store, std::string_view key) {
  if constexpr (requires { store.open_local(key); }) {
    return store.open_local(key);
  } else {
    auto path = store.local_file(key);
    if (!path) return std::nullopt;
    auto file = open_regular_file(std::move(*path));
    return file ? std::optional{std::move(*file)} : std::nullopt;
  }
}

/** The bytes of exactly the object that `info` names: of its version where it has a version id, else of its key.

    In one request, and unchecked: who knows an object so well has its digests, and finds out what was replaced
    meanwhile. @param info  of it `key` and `version_id` count  @errors as `open` */
template <object_source S>
[[nodiscard]] result<std::unique_ptr<byte_source>> open_exactly(S const& store, object_info const& info,
                                                                byte_range range = {}) {
  if constexpr (requires { store.open_exactly(info, range); }) return store.open_exactly(info, range);
  else return store.open(info.key, range);
}

/// An object's bytes, and which version of it they are (`object_info::version`), where the store says so.
struct opened_object {
  std::unique_ptr<byte_source> bytes;
  std::string version{};
};

/** As open_exactly, and what `info.version` names, unless it is empty, must still be the version of the object; stores
    that do not tell versions here do not look. @errors also errc::source_changed */
template <object_source S>
[[nodiscard]] result<opened_object> open_known(S const& store, object_info const& info, byte_range range = {}) {
  if constexpr (requires { store.open_known(info, range); }) {
    return store.open_known(info, range);
  } else {
    auto source = open_exactly(store, info, range);
    if (!source) return source.error();
    return opened_object{std::move(*source)};
  }
}

/// As `list`, and each object has its `version_id`, where a store keeps versions. @errors as `list`
template <object_source S>
[[nodiscard]] result<void> list_exactly(S const& store, std::string_view prefix, object_visitor const& visit) {
  if constexpr (requires { store.list_exactly(prefix, visit); }) return store.list_exactly(prefix, visit);
  else return store.list(prefix, visit);
}

/** A source that can also be written.

    - `put(key, content, options)`: the object appears complete, durable and under its name at once, or not at all. With
      `options.expected` bytes of another digest are refused (errc::digest_mismatch); with `only_if_absent` exactly one
      of several writers wins, the others get errc::collision.
    - `remove(key)`: gone afterwards; removing what is not there succeeds.
    - `flush()`: everything put with `durable` off so far is on disk for good (one system call for many files).
*/
template <class S>
concept object_store = object_source<S> &&
                       requires(S& s, std::string_view key, object_content const& content, put_options const& options) {
                         { s.put(key, content, options) } -> std::same_as<result<object_info>>;
                         { s.remove(key) } -> std::same_as<result<void>>;
                         { s.flush() } -> std::same_as<result<void>>;
                       };

/** A store with small mutable texts that change only by compare-and-swap.

    - `read_ref(key)`: value and version; empty when it does not exist.
    - `swap_ref(key, expected, text)`: replaces the value if its version is still `expected` (empty: does not exist),
      else errc::lost_race and nothing is changed. @return the new version
    - `remove_ref(key, expected)`: the same for removal.
    A reference is an object as well: other programs read it by its key.
*/
template <class S>
concept ref_store = object_store<S> && requires(S& s, std::string_view key, std::optional<std::string> const& version,
                                                std::string_view text) {
  { s.read_ref(key) } -> std::same_as<result<std::optional<ref_value>>>;
  { s.swap_ref(key, version, text) } -> std::same_as<result<ref_value>>;
  { s.remove_ref(key, version) } -> std::same_as<result<void>>;
};

/** A store that can also grow an object in place, for logs; who cannot keeps one object a piece.

    - `append(key, at, tail, text)`: where what stands behind byte `at` is still `tail`, it becomes `text`, on disk for
      good; else errc::lost_race and nothing is changed. A writer that is killed may leave the beginning of `text`.
      errc::object_not_found when there is no object to grow.
*/
template <class S>
concept appendable = requires(S& s, std::string_view text, std::uint64_t at) {
  { s.append(text, at, text, text) } -> std::same_as<result<void>>;
};

/** A store of which processes can hold the whole, so that one can have it for itself for a while.

    - `try_hold(kind)`: empty where a hold of others is in the way. Closing the descriptor, and the end of the process,
      give it back. Nothing is kept from those who take no hold.
*/
template <class S>
concept holdable = requires(S& s, hold_kind kind) {
  { s.try_hold(kind) } -> std::same_as<result<std::optional<file_descriptor>>>;
};

}  // namespace waybill::inline WAYBILL_ABI

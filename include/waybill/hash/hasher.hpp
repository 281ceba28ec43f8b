#pragma once

#include <waybill/config.hpp>
#include <waybill/core/bytes.hpp>
#include <waybill/core/digest.hpp>

#include <concepts>

namespace waybill::inline WAYBILL_ABI {

/** Something that turns a stream of bytes into a digest.

    `H::kind` names the algorithm; `update` takes the bytes in order, in pieces of any size; `finish` returns the
    digest and leaves the hasher as if new, so that one object serves many files without allocating.

    Any type with these three members works everywhere the kit hashes (`examples/01_your_own_hasher.cpp`).
    @threads one thread at a time per object
*/
template <class H>
concept hasher = std::movable<H> && std::default_initializable<H> && requires(H h, byte_view bytes) {
  { algorithm{H::kind} };
  { h.update(bytes) } -> std::same_as<void>;
  { h.finish() } -> std::same_as<digest>;
};

/// Digest of bytes in memory. @complexity O(bytes)
template <hasher H>
[[nodiscard]] digest hash_bytes(byte_view bytes, H h = {}) {
  h.update(bytes);
  return h.finish();
}

}  // namespace waybill::inline WAYBILL_ABI

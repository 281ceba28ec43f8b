#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/hash/hasher.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// A hasher whose type is forgotten, for algorithms chosen at run time.
class any_hasher {
 public:
  template <hasher H>
  explicit any_hasher(H h) : self_{std::make_unique<model<H>>(std::move(h))} {}

  [[nodiscard]] algorithm kind() const noexcept { return self_->kind(); }
  void update(byte_view bytes) { self_->update(bytes); }
  [[nodiscard]] digest finish() { return self_->finish(); }

 private:
  struct concept_type {
    virtual ~concept_type() = default;
    [[nodiscard]] virtual algorithm kind() const noexcept = 0;
    virtual void update(byte_view bytes) = 0;
    [[nodiscard]] virtual digest finish() = 0;
  };
  template <hasher H>
  struct model final : concept_type {
    explicit model(H h) : hash{std::move(h)} {}
    [[nodiscard]] algorithm kind() const noexcept override { return algorithm{H::kind}; }
    void update(byte_view bytes) override { hash.update(bytes); }
    [[nodiscard]] digest finish() override { return hash.finish(); }
    H hash;
  };
  std::unique_ptr<concept_type> self_;
};

/** The kit's hasher for an algorithm, for a content of that many bytes (the size matters to chunked digests only).
    @errors errc::unknown_algorithm for an algorithm the kit does not implement
*/
[[nodiscard]] WAYBILL_DECL result<any_hasher> make_hasher(algorithm a, std::uint64_t content_size);

/** Several digests of one content in one pass over its bytes.

    Bytes are handed on in pieces that stay in the processor's cache, so that the second algorithm does not read memory
    again. @threads one thread at a time per object
*/
class multi_hasher {
 public:
  /// @param algorithms at least one; duplicates are folded  @errors errc::unknown_algorithm
  [[nodiscard]] static result<multi_hasher> create(std::span<algorithm const> algorithms, std::uint64_t content_size);

  void update(byte_view bytes);
  [[nodiscard]] digest_set finish();

 private:
  std::vector<any_hasher> hashers_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/hash/multi.ipp>
#endif

#pragma once

#include <waybill/scan/check.hpp>

#include <waybill/hash/chunked.hpp>
#include <waybill/scan/file.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace waybill::inline WAYBILL_ABI::detail {

WAYBILL_DECL std::vector<digest const*> deciding_digests(digest_set const& digests,
                                                         std::span<algorithm const> required) {
  std::vector<digest const*> out;
  for (auto const& d : digests) {
    bool const is_required = std::ranges::find(required, d.kind()) != required.end();
    if ((out.empty() || is_required) && std::ranges::find(algorithms::all, d.kind()) != algorithms::all.end())
      out.push_back(&d);
  }
  return out;
}

WAYBILL_DECL result<any_hasher*> entry_checker::hasher_for(algorithm a, std::uint64_t size) {
  // Only chunked digests of huge files depend on the size; their hashers serve one content.
  bool const special = a == algorithms::sha2_256_chunked && plan_chunks(size).chunk_size != plan_chunks(0).chunk_size;
  for (auto const& h : hashers_)
    if (!special && h->kind() == a) return h.get();
  auto made = make_hasher(a, size);
  if (!made) return made.error();
  auto& owner = special ? special_ : hashers_;
  owner.push_back(std::make_unique<any_hasher>(std::move(*made)));
  return owner.back().get();
}

WAYBILL_DECL result<void> entry_checker::start(entry const& e) {
  // A content that was given up half-way left its bytes in the hashers.
  for (auto* const hasher : active_) (void)hasher->finish();
  active_.clear();
  special_.clear();
  received_ = 0;
  entry_ = &e;
  expected_ = deciding_digests(e.digests, required_);
  for (auto const* d : expected_) {
    auto const hasher = hasher_for(d->kind(), *e.size);
    if (!hasher) return hasher.error();
    active_.push_back(*hasher);
  }
  return {};
}

WAYBILL_DECL result<void> entry_checker::update(byte_view bytes) {
  received_ += bytes.size();
  if (received_ > *entry_->size)
    return make_error(errc::size_mismatch, "expected " + std::to_string(*entry_->size) + " bytes, but there are more",
                      entry_->key.str());
  // Pieces that stay in the first-level cache until the last hasher has seen them.
  std::size_t const piece = active_.size() == 1 ? bytes.size() : std::size_t{16} << 10;
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), piece)))
    for (auto* const hasher : active_) hasher->update(bytes.first(std::min(bytes.size(), piece)));
  return {};
}

WAYBILL_DECL result<void> entry_checker::finish() {
  if (received_ != *entry_->size)
    return make_error(
        errc::size_mismatch,
        "expected " + std::to_string(*entry_->size) + " bytes, but there are only " + std::to_string(received_),
        entry_->key.str());
  result<void> outcome;
  for (std::size_t i = 0; i < active_.size(); ++i) {
    auto const found = active_[i]->finish();
    if (outcome && found != *expected_[i])
      outcome = make_error(
          errc::digest_mismatch,
          "expected " + std::string{found.kind().name()} + " " + expected_[i]->text() + ", found " + found.text(),
          entry_->key.str());
  }
  active_.clear();
  return outcome;
}

WAYBILL_DECL result<void> check_open_file(entry_checker& checker, entry const& e, int fd, std::span<std::byte> buffer,
                                          std::stop_token const& stop, progress_counter* progress) {
  if (auto r = checker.start(e); !r) return r;
  file_source source{fd, e.key.str()};
  for (;;) {
    if (stop.stop_requested()) return interrupted_error();
    auto const n = source.read(buffer);
    if (!n) return n.error();
    if (*n == 0) return checker.finish();
    if (auto r = checker.update(byte_view{buffer}.first(*n)); !r) return r;
    if (progress != nullptr) progress->done(0, *n);
  }
}

}  // namespace waybill::inline WAYBILL_ABI::detail

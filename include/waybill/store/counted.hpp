#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/store/concepts.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/// What one operation of a store has done so far.
struct operation_count {
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;  ///< calls that returned an error, "not found" included
  std::uint64_t bytes = 0;     ///< of content that was moved; 0 for operations that move none

  friend bool operator==(operation_count const&, operation_count const&) = default;
};

/// What a store has done so far, by operation.
struct store_counts {
  operation_count head;
  operation_count open;  ///< also open_exactly and open_known; bytes: read from the sources so far
  operation_count list;  ///< also list_exactly
  operation_count put;   ///< bytes: of contents that were stored
  operation_count remove;
  operation_count flush;
  operation_count read_ref;  ///< bytes: of the texts
  operation_count swap_ref;  ///< bytes: of the texts that were stored
  operation_count remove_ref;

  friend bool operator==(store_counts const&, store_counts const&) = default;
};

namespace detail {

/// An operation_count many threads add to.
struct live_count {
  std::atomic<std::uint64_t> calls{0}, failures{0}, bytes{0};

  void add_bytes(std::uint64_t n) noexcept { bytes.fetch_add(n, std::memory_order_relaxed); }
  /// Counts a call by its result and passes that on.
  template <class Result>
  Result note(Result r) {
    calls.fetch_add(1, std::memory_order_relaxed);
    if (!r) failures.fetch_add(1, std::memory_order_relaxed);
    return r;
  }
  [[nodiscard]] operation_count now() const noexcept {
    return {calls.load(std::memory_order_relaxed), failures.load(std::memory_order_relaxed),
            bytes.load(std::memory_order_relaxed)};
  }
};

struct live_counts {
  live_count head, open, list, put, remove, flush, read_ref, swap_ref, remove_ref;
};

/// Counts the bytes that pass. Shares the numbers, so that it may outlive the store.
class counting_source final : public byte_source {
 public:
  counting_source(std::unique_ptr<byte_source> inner, std::shared_ptr<live_counts> counts)
      : inner_{std::move(inner)}, counts_{std::move(counts)} {}
  [[nodiscard]] result<std::size_t> read(std::span<std::byte> buffer) override {
    auto n = inner_->read(buffer);
    if (n) counts_->open.add_bytes(*n);
    return n;
  }

 private:
  std::unique_ptr<byte_source> inner_;
  std::shared_ptr<live_counts> counts_;
};

}  // namespace detail

/** A store that counts what is asked of it: requests and bytes, for reports, cost limits and tests.

    `url` and `local_file` ask no store and are not counted. Copies share the numbers.
    @threads `counts` may be called at any time; numbers of calls under way may be missing
*/
template <object_source S>
class counted {
 public:
  explicit counted(S inner) : inner_{std::move(inner)}, counts_{std::make_shared<detail::live_counts>()} {}

  /// The numbers now.
  [[nodiscard]] store_counts counts() const {
    auto const& c = *counts_;
    return {c.head.now(),  c.open.now(),     c.list.now(),     c.put.now(),       c.remove.now(),
            c.flush.now(), c.read_ref.now(), c.swap_ref.now(), c.remove_ref.now()};
  }

  [[nodiscard]] result<object_info> head(std::string_view key) const { return counts_->head.note(inner_.head(key)); }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(std::string_view key, byte_range range = {}) const {
    return counting(inner_.open(key, range));
  }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_exactly(object_info const& info,
                                                                  byte_range range = {}) const {
    return counting(waybill::open_exactly(inner_, info, range));
  }
  [[nodiscard]] result<void> list(std::string_view prefix, object_visitor const& visit) const {
    return counts_->list.note(inner_.list(prefix, visit));
  }
  [[nodiscard]] result<opened_object> open_known(object_info const& info, byte_range range = {}) const {
    auto opened = waybill::open_known(inner_, info, range);
    auto bytes = counting(opened ? result<std::unique_ptr<byte_source>>{std::move(opened->bytes)} : opened.error());
    if (!bytes) return bytes.error();
    return opened_object{std::move(*bytes), std::move(opened->version)};
  }
  [[nodiscard]] result<void> list_exactly(std::string_view prefix, object_visitor const& visit) const {
    return counts_->list.note(waybill::list_exactly(inner_, prefix, visit));
  }
  [[nodiscard]] physical_key url(std::string_view key) const { return inner_.url(key); }
  [[nodiscard]] physical_key url_of(object_info const& info) const { return waybill::url_of(inner_, info); }
  [[nodiscard]] std::optional<std::string> local_file(std::string_view key) const { return inner_.local_file(key); }
  [[nodiscard]] std::optional<opened_file> open_local(std::string_view key) const {
    return waybill::open_local(inner_, key);
  }

  [[nodiscard]] result<object_info> put(std::string_view key, object_content const& content,
                                        put_options const& options = {})
    requires object_store<S>
  {
    auto info = counts_->put.note(inner_.put(key, content, options));
    if (info) counts_->put.add_bytes(info->size);
    return info;
  }
  [[nodiscard]] result<void> remove(std::string_view key)
    requires object_store<S>
  {
    return counts_->remove.note(inner_.remove(key));
  }
  [[nodiscard]] result<void> flush()
    requires object_store<S>
  {
    return counts_->flush.note(inner_.flush());
  }
  [[nodiscard]] result<std::optional<ref_value>> read_ref(std::string_view key)
    requires ref_store<S>
  {
    auto value = counts_->read_ref.note(inner_.read_ref(key));
    if (value && *value) counts_->read_ref.add_bytes((*value)->text.size());
    return value;
  }
  [[nodiscard]] result<ref_value> swap_ref(std::string_view key, std::optional<std::string> const& expected,
                                           std::string_view text)
    requires ref_store<S>
  {
    auto value = counts_->swap_ref.note(inner_.swap_ref(key, expected, text));
    if (value) counts_->swap_ref.add_bytes(text.size());
    return value;
  }
  [[nodiscard]] result<void> remove_ref(std::string_view key, std::optional<std::string> const& expected)
    requires ref_store<S>
  {
    return counts_->remove_ref.note(inner_.remove_ref(key, expected));
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
  [[nodiscard]] result<std::unique_ptr<byte_source>> counting(result<std::unique_ptr<byte_source>> opened) const {
    auto source = counts_->open.note(std::move(opened));
    if (!source) return source;
    return std::unique_ptr<byte_source>{std::make_unique<detail::counting_source>(std::move(*source), counts_)};
  }

  S inner_;
  std::shared_ptr<detail::live_counts> counts_;
};

}  // namespace waybill::inline WAYBILL_ABI

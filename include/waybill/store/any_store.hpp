#pragma once

#include <waybill/config.hpp>
#include <waybill/store/concepts.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/// A ref_store whose type is forgotten, so that registries are compiled once. Copies share the store, and what it says
/// of errors and threads holds here.
class any_store {
 public:
  template <ref_store S>
    requires(!std::same_as<S, any_store>)
  any_store(S store) : self_{std::make_shared<model<S>>(std::move(store))} {}  // NOLINT: meant to convert

  [[nodiscard]] result<object_info> head(std::string_view key) const { return self_->head(key); }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(std::string_view key, byte_range range = {}) const {
    return self_->open(key, range);
  }
  [[nodiscard]] result<void> list(std::string_view prefix, object_visitor const& v) const {
    return self_->list(prefix, v);
  }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_exactly(object_info const& info,
                                                                  byte_range range = {}) const {
    return self_->open_exactly(info, range);
  }
  [[nodiscard]] result<void> list_exactly(std::string_view prefix, object_visitor const& v) const {
    return self_->list_exactly(prefix, v);
  }
  [[nodiscard]] physical_key url(std::string_view key) const { return self_->url(key); }
  [[nodiscard]] physical_key url_of(object_info const& info) const { return self_->url_of(info); }
  [[nodiscard]] std::optional<std::string> local_file(std::string_view key) const { return self_->local_file(key); }
  [[nodiscard]] std::optional<opened_file> open_local(std::string_view key) const { return self_->open_local(key); }
  [[nodiscard]] result<object_info> put(std::string_view key, object_content const& c, put_options const& o = {}) {
    return self_->put(key, c, o);
  }
  [[nodiscard]] result<void> remove(std::string_view key) { return self_->remove(key); }
  [[nodiscard]] result<void> flush() { return self_->flush(); }
  [[nodiscard]] result<std::optional<ref_value>> read_ref(std::string_view key) { return self_->read_ref(key); }
  [[nodiscard]] result<ref_value> swap_ref(std::string_view key, std::optional<std::string> const& expected,
                                           std::string_view text) {
    return self_->swap_ref(key, expected, text);
  }
  [[nodiscard]] result<void> remove_ref(std::string_view key, std::optional<std::string> const& expected) {
    return self_->remove_ref(key, expected);
  }
  /// Whether objects can be grown in place: `append` is errc::unsupported elsewhere.
  [[nodiscard]] bool can_append() const { return self_->can_append(); }
  [[nodiscard]] result<void> append(std::string_view key, std::uint64_t at, std::string_view tail,
                                    std::string_view text) {
    return self_->append(key, at, tail, text);
  }
  /// Whether the whole store can be held: `try_hold` is errc::unsupported elsewhere.
  [[nodiscard]] bool can_hold() const { return self_->can_hold(); }
  [[nodiscard]] result<std::optional<file_descriptor>> try_hold(hold_kind kind) { return self_->try_hold(kind); }

 private:
  struct concept_type {
    virtual ~concept_type() = default;
    virtual result<object_info> head(std::string_view) const = 0;
    virtual result<std::unique_ptr<byte_source>> open(std::string_view, byte_range) const = 0;
    virtual result<void> list(std::string_view, object_visitor const&) const = 0;
    virtual result<std::unique_ptr<byte_source>> open_exactly(object_info const&, byte_range) const = 0;
    virtual result<void> list_exactly(std::string_view, object_visitor const&) const = 0;
    virtual physical_key url(std::string_view) const = 0;
    virtual physical_key url_of(object_info const&) const = 0;
    virtual std::optional<std::string> local_file(std::string_view) const = 0;
    virtual std::optional<opened_file> open_local(std::string_view) const = 0;
    virtual result<object_info> put(std::string_view, object_content const&, put_options const&) = 0;
    virtual result<void> remove(std::string_view) = 0;
    virtual result<void> flush() = 0;
    virtual result<std::optional<ref_value>> read_ref(std::string_view) = 0;
    virtual result<ref_value> swap_ref(std::string_view, std::optional<std::string> const&, std::string_view) = 0;
    virtual result<void> remove_ref(std::string_view, std::optional<std::string> const&) = 0;
    virtual bool can_hold() const = 0;
    virtual result<std::optional<file_descriptor>> try_hold(hold_kind) = 0;
    virtual bool can_append() const = 0;
    virtual result<void> append(std::string_view, std::uint64_t, std::string_view, std::string_view) = 0;
  };
  template <class S>
  struct model final : concept_type {
    explicit model(S s) : store{std::move(s)} {}
    result<object_info> head(std::string_view k) const override { return store.head(k); }
    result<std::unique_ptr<byte_source>> open(std::string_view k, byte_range r) const override {
      return store.open(k, r);
    }
    result<void> list(std::string_view p, object_visitor const& v) const override { return store.list(p, v); }
    result<std::unique_ptr<byte_source>> open_exactly(object_info const& i, byte_range r) const override {
      return waybill::open_exactly(store, i, r);
    }
    result<void> list_exactly(std::string_view p, object_visitor const& v) const override {
      return waybill::list_exactly(store, p, v);
    }
    physical_key url(std::string_view k) const override { return store.url(k); }
    physical_key url_of(object_info const& i) const override { return waybill::url_of(store, i); }
    std::optional<std::string> local_file(std::string_view k) const override { return store.local_file(k); }
    std::optional<opened_file> open_local(std::string_view k) const override { return waybill::open_local(store, k); }
    result<object_info> put(std::string_view k, object_content const& c, put_options const& o) override {
      return store.put(k, c, o);
    }
    result<void> remove(std::string_view k) override { return store.remove(k); }
    result<void> flush() override { return store.flush(); }
    result<std::optional<ref_value>> read_ref(std::string_view k) override { return store.read_ref(k); }
    result<ref_value> swap_ref(std::string_view k, std::optional<std::string> const& e, std::string_view t) override {
      return store.swap_ref(k, e, t);
    }
    result<void> remove_ref(std::string_view k, std::optional<std::string> const& e) override {
      return store.remove_ref(k, e);
    }
    bool can_hold() const override { return holdable<S>; }
    result<std::optional<file_descriptor>> try_hold(hold_kind kind) override {
      if constexpr (holdable<S>) return store.try_hold(kind);
      else return make_error(errc::unsupported, "this store cannot be held");
    }
    bool can_append() const override { return appendable<S>; }
    result<void> append(std::string_view k, std::uint64_t at, std::string_view tail, std::string_view t) override {
      if constexpr (appendable<S>) return store.append(k, at, tail, t);
      else return make_error(errc::unsupported, "objects of this store cannot be grown in place", std::string{k});
    }
    S store;
  };
  std::shared_ptr<concept_type> self_;
};
static_assert(ref_store<any_store>);

}  // namespace waybill::inline WAYBILL_ABI

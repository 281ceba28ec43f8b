#pragma once

#include <waybill/store/concepts.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace waybill_test {

/// What goes wrong in a store, and what was asked of it.
struct fault_plan {
  using hook = std::function<std::optional<waybill::error>(std::string_view operation, std::string_view key)>;

  hook before{};  ///< an error instead of the operation
  hook after{};   ///< the operation happens, its answer is lost
  /// An error instead of a read at this position of the object.
  std::function<std::optional<waybill::error>(std::string_view key, std::uint64_t position)> read{};
  /// The bytes of a read may be damaged here.
  std::function<void(std::string_view key, std::uint64_t position, std::span<std::byte> bytes)> damage{};
  std::size_t largest_read = SIZE_MAX;

  int count(std::string const& operation) {
    std::scoped_lock const lock{guard};
    return calls[operation];
  }
  template <class Operation>
  auto run(std::string const& operation, std::string_view key, Operation const& act) -> decltype(act()) {
    {
      std::scoped_lock const lock{guard};
      ++calls[operation];
    }
    if (before)
      if (auto e = before(operation, key)) return *e;
    auto r = act();
    if (after)
      if (auto e = after(operation, key)) return *e;
    return r;
  }

  std::mutex guard;
  std::map<std::string, int> calls;
};

inline waybill::error passing_failure(std::string_view what) {
  return waybill::make_error(waybill::errc::temporary, "try again: " + std::string{what});
}

/// A store in which things go wrong by plan. @tparam S a ref_store
template <waybill::ref_store S>
class faulty {
 public:
  explicit faulty(S inner, std::shared_ptr<fault_plan> plan) : inner_{std::move(inner)}, plan_{std::move(plan)} {}

  waybill::result<waybill::object_info> head(std::string_view k) const {
    return plan_->run("head", k, [&] { return inner_.head(k); });
  }
  waybill::result<std::unique_ptr<waybill::byte_source>> open(std::string_view k, waybill::byte_range r = {}) const {
    return plan_->run("open", k, [&]() -> waybill::result<std::unique_ptr<waybill::byte_source>> {
      auto source = inner_.open(k, r);
      if (!source) return source;
      return std::unique_ptr<waybill::byte_source>{
          std::make_unique<faulty_source>(std::move(*source), plan_, std::string{k}, r.offset)};
    });
  }
  /// `before` is also asked before each visit, as operation "visit".
  waybill::result<void> list(std::string_view p, waybill::object_visitor const& v) const {
    return plan_->run("list", p, [&] {
      return inner_.list(p, [&](waybill::object_info const& info) -> waybill::result<void> {
        if (plan_->before)
          if (auto e = plan_->before("visit", info.key)) return *e;
        return v(info);
      });
    });
  }
  waybill::physical_key url(std::string_view k) const { return inner_.url(k); }
  std::optional<std::string> local_file(std::string_view k) const { return inner_.local_file(k); }
  waybill::result<waybill::object_info> put(std::string_view k, waybill::object_content const& c,
                                            waybill::put_options const& o = {}) {
    return plan_->run("put", k, [&] { return inner_.put(k, c, o); });
  }
  waybill::result<void> remove(std::string_view k) {
    return plan_->run("remove", k, [&] { return inner_.remove(k); });
  }
  waybill::result<void> flush() {
    return plan_->run("flush", "", [&] { return inner_.flush(); });
  }
  waybill::result<std::optional<waybill::ref_value>> read_ref(std::string_view k) {
    return plan_->run("read_ref", k, [&] { return inner_.read_ref(k); });
  }
  waybill::result<waybill::ref_value> swap_ref(std::string_view k, std::optional<std::string> const& e,
                                               std::string_view t) {
    return plan_->run("swap_ref", k, [&] { return inner_.swap_ref(k, e, t); });
  }
  waybill::result<void> remove_ref(std::string_view k, std::optional<std::string> const& e) {
    return plan_->run("remove_ref", k, [&] { return inner_.remove_ref(k, e); });
  }

 private:
  class faulty_source final : public waybill::byte_source {
   public:
    faulty_source(std::unique_ptr<waybill::byte_source> inner, std::shared_ptr<fault_plan> plan, std::string key,
                  std::uint64_t position)
        : inner_{std::move(inner)}, plan_{std::move(plan)}, key_{std::move(key)}, position_{position} {}
    waybill::result<std::size_t> read(std::span<std::byte> buffer) override {
      if (plan_->read)
        if (auto e = plan_->read(key_, position_)) return *e;
      buffer = buffer.first(std::min(buffer.size(), plan_->largest_read));
      auto n = inner_->read(buffer);
      if (n && plan_->damage) plan_->damage(key_, position_, buffer.first(*n));
      if (n) position_ += *n;
      return n;
    }

   private:
    std::unique_ptr<waybill::byte_source> inner_;
    std::shared_ptr<fault_plan> plan_;
    std::string key_;
    std::uint64_t position_;
  };

  S inner_;
  std::shared_ptr<fault_plan> plan_;
};

/// Every operation on every key, and every position of every object, fails once for a moment.
inline std::shared_ptr<fault_plan> everything_fails_once() {
  struct memory {
    std::mutex guard;
    std::set<std::string> seen;
    bool first(std::string what) {
      std::scoped_lock const lock{guard};
      return seen.insert(std::move(what)).second;
    }
  };
  auto const seen = std::make_shared<memory>();
  auto plan = std::make_shared<fault_plan>();
  plan->before = [seen](std::string_view operation, std::string_view key) -> std::optional<waybill::error> {
    auto const what = std::string{operation} + " " + std::string{key};
    return seen->first(what) ? std::optional{passing_failure(what)} : std::nullopt;
  };
  plan->read = [seen](std::string_view key, std::uint64_t position) -> std::optional<waybill::error> {
    auto const what = "read " + std::string{key} + " at " + std::to_string(position);
    return seen->first(what) ? std::optional{passing_failure(what)} : std::nullopt;
  };
  plan->largest_read = 50'000;
  return plan;
}

}  // namespace waybill_test

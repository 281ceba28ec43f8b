#pragma once

#include <waybill/store/memory.hpp>

#include <waybill/store/transfer.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

struct memory_store::shared {
  struct object {
    std::shared_ptr<std::string const> bytes;
    std::uint64_t version = 0;
  };

  std::mutex guard;
  std::map<std::string, object, std::less<>> objects;
  std::uint64_t last_version = 0;

  /// @pre the guard is held
  [[nodiscard]] object const* find(std::string_view key) const {
    auto const at = objects.find(key);
    return at == objects.end() ? nullptr : &at->second;
  }
  [[nodiscard]] std::optional<object> get(std::string_view key) {
    std::scoped_lock const lock{guard};
    auto const* found = find(key);
    return found ? std::optional{*found} : std::nullopt;
  }
  /// @pre the guard is held
  object const& set(std::string_view key, std::shared_ptr<std::string const> bytes) {
    return objects.insert_or_assign(std::string{key}, object{std::move(bytes), ++last_version}).first->second;
  }
  [[nodiscard]] static object_info info(std::string_view key, object const& o) {
    return {std::string{key}, o.bytes->size(), std::to_string(o.version), {}};
  }
};

namespace detail {

inline error no_memory_object(std::string_view key) {
  return make_error(errc::object_not_found, "the memory store has no object of that key", std::string{key});
}

inline error memory_race(std::string_view key) {
  return make_error(errc::lost_race,
                    "the reference in the memory store was changed by somebody else; read it again, then repeat",
                    std::string{key});
}

}  // namespace detail

WAYBILL_DECL memory_store::memory_store() : shared_{std::make_shared<shared>()} {}

WAYBILL_DECL result<object_info> memory_store::head(std::string_view key) const {
  if (auto const safe = check_store_key(key); !safe) return safe.error();
  auto const found = shared_->get(key);
  if (!found) return detail::no_memory_object(key);
  return shared::info(key, *found);
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> memory_store::open(std::string_view key, byte_range range) const {
  if (auto const safe = check_store_key(key); !safe) return safe.error();
  auto found = shared_->get(key);
  if (!found) return detail::no_memory_object(key);
  return std::unique_ptr<byte_source>{std::make_unique<shared_source>(std::move(found->bytes), range)};
}

WAYBILL_DECL result<void> memory_store::list(std::string_view prefix, object_visitor const& visit) const {
  std::vector<object_info> found;
  {
    std::scoped_lock const lock{shared_->guard};
    auto const& objects = shared_->objects;
    for (auto at = objects.lower_bound(prefix); at != objects.end() && at->first.starts_with(prefix); ++at)
      found.push_back(shared::info(at->first, at->second));
  }
  for (auto const& info : found)
    if (auto const r = visit(info); !r) return r.error();
  return {};
}

WAYBILL_DECL physical_key memory_store::url(std::string_view key) const {
  // The path is that of a file URL, so that any key can be written and read back.
  auto const path = physical_key::file("/" + std::string{key}).url().substr(std::string_view{"file://"}.size());
  return physical_key::parse("memory://" + path).value();
}

WAYBILL_DECL std::optional<std::string> memory_store::local_file(std::string_view) const { return std::nullopt; }

WAYBILL_DECL result<object_info> memory_store::put(std::string_view key, object_content const& content,
                                                   put_options const& options) {
  if (auto const safe = check_store_key(key); !safe) return safe.error();
  string_sink sink;
  auto digests = transfer(content, options.expected, sink, key);
  if (!digests) return digests.error();
  auto bytes = std::make_shared<std::string const>(std::move(sink).str());
  std::scoped_lock const lock{shared_->guard};
  if (options.only_if_absent && shared_->find(key) != nullptr)
    return make_error(errc::collision, "the memory store has an object of that key already", std::string{key});
  auto info = shared::info(key, shared_->set(key, std::move(bytes)));
  info.digests = std::move(*digests);
  return info;
}

WAYBILL_DECL result<void> memory_store::remove(std::string_view key) {
  if (auto const safe = check_store_key(key); !safe) return safe.error();
  std::scoped_lock const lock{shared_->guard};
  if (auto const at = shared_->objects.find(key); at != shared_->objects.end()) shared_->objects.erase(at);
  return {};
}

WAYBILL_DECL result<std::optional<ref_value>> memory_store::read_ref(std::string_view key) {
  if (auto const safe = check_store_key(key); !safe) return safe.error();
  auto const found = shared_->get(key);
  if (!found) return std::optional<ref_value>{};
  return std::optional{ref_value{*found->bytes, std::to_string(found->version)}};
}

WAYBILL_DECL result<ref_value> memory_store::swap_ref(std::string_view key, std::optional<std::string> const& expected,
                                                      std::string_view text) {
  if (auto const safe = check_store_key(key); !safe) return safe.error();
  std::scoped_lock const lock{shared_->guard};
  auto const* found = shared_->find(key);
  if (expected != (found ? std::optional{std::to_string(found->version)} : std::nullopt))
    return detail::memory_race(key);
  auto const& now = shared_->set(key, std::make_shared<std::string const>(text));
  return ref_value{std::string{text}, std::to_string(now.version)};
}

WAYBILL_DECL result<void> memory_store::remove_ref(std::string_view key, std::optional<std::string> const& expected) {
  if (auto const safe = check_store_key(key); !safe) return safe.error();
  std::scoped_lock const lock{shared_->guard};
  auto const* found = shared_->find(key);
  if (expected != (found ? std::optional{std::to_string(found->version)} : std::nullopt))
    return detail::memory_race(key);
  if (found != nullptr) shared_->objects.erase(shared_->objects.find(key));
  return {};
}

}  // namespace waybill::inline WAYBILL_ABI

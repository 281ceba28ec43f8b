#pragma once

#include <waybill/config.hpp>
#include <waybill/store/concepts.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/** Objects in memory: the reference implementation of the store concepts, and a store for tests. Copies share contents.
    @threads all members may be called concurrently */
class memory_store {
 public:
  memory_store();

  [[nodiscard]] result<object_info> head(std::string_view key) const;
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(std::string_view key, byte_range range = {}) const;
  [[nodiscard]] result<void> list(std::string_view prefix, object_visitor const& visit) const;
  [[nodiscard]] physical_key url(std::string_view key) const;
  [[nodiscard]] std::optional<std::string> local_file(std::string_view key) const;
  [[nodiscard]] result<object_info> put(std::string_view key, object_content const& content,
                                        put_options const& options = {});
  [[nodiscard]] result<void> remove(std::string_view key);
  [[nodiscard]] result<void> flush() { return {}; }
  [[nodiscard]] result<std::optional<ref_value>> read_ref(std::string_view key);
  [[nodiscard]] result<ref_value> swap_ref(std::string_view key, std::optional<std::string> const& expected,
                                           std::string_view text);
  [[nodiscard]] result<void> remove_ref(std::string_view key, std::optional<std::string> const& expected);

 private:
  struct shared;
  std::shared_ptr<shared> shared_;
};
static_assert(ref_store<memory_store>);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/memory.ipp>
#endif

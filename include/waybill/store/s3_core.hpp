#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/store/object.hpp>
#include <waybill/store/s3_answer.hpp>
#include <waybill/store/s3_session.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/// Called for each version of a listing; an error ends it.
using s3_version_visitor = std::function<result<void>(s3_version const&)>;

namespace detail {

/// What s3_store does, whatever its client is; compiled once. Its members are described there.
class s3_core {
 public:
  using version = std::optional<std::string>;

  /// @errors as s3_store::create
  [[nodiscard]] static result<std::shared_ptr<s3_core>> create(std::shared_ptr<any_http_client> client,
                                                               s3_options options);
  s3_core(std::shared_ptr<any_http_client> client, s3_options options)
      : session_{std::move(client), std::move(options)} {}

  [[nodiscard]] result<object_info> head(std::string_view key) const;
  [[nodiscard]] result<object_info> head_version(std::string_view key, version const& v) const;
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(std::string_view key, byte_range range) const;
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_version(std::string_view key, version const& v,
                                                                  byte_range range) const;
  [[nodiscard]] result<void> list(std::string_view prefix, object_visitor const& visit) const;
  [[nodiscard]] result<void> list_versions(std::string_view prefix, s3_version_visitor const& visit) const;
  [[nodiscard]] result<object_info> put(std::string_view key, object_content const& content,
                                        put_options const& options);
  [[nodiscard]] result<void> remove(std::string_view key, version const& v);
  [[nodiscard]] result<object_info> copy(s3_copy_source from, std::string_view key);
  [[nodiscard]] result<s3_attributes> attributes(std::string_view key, version const& v) const;
  [[nodiscard]] result<bool> keeps_versions() const;
  [[nodiscard]] result<std::optional<ref_value>> read_ref(std::string_view key) const;
  [[nodiscard]] result<ref_value> swap_ref(std::string_view key, version const& expected, std::string_view text);
  [[nodiscard]] result<void> remove_ref(std::string_view key, version const& expected);

  [[nodiscard]] s3_options const& options() const noexcept { return session_.options(); }

 private:
  enum class conditions : std::uint8_t { unknown, kept, ignored };

  /// In one request, or in parts.
  [[nodiscard]] result<object_info> send(std::string_view key, object_content const& content,
                                         put_options const& options);
  /// As send, but looks first where that may save sending much.
  [[nodiscard]] result<object_info> put_large(std::string_view key, object_content const& content,
                                              put_options const& options);
  [[nodiscard]] result<s3_stored> copy_at_once(s3_copy_source const& from, std::string_view key) const;
  /// Whether writes can be made conditional; asked of the service once. @errors errc::unsupported where they cannot
  [[nodiscard]] result<bool> conditional_writes();
  [[nodiscard]] result<conditions> try_conditional_write() const;
  [[nodiscard]] result<void> check_unchanged(std::string_view key, version const& expected) const;

  s3_session session_;
  std::atomic<conditions> conditions_{conditions::unknown};
};

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/s3_core.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/store/object.hpp>
#include <waybill/store/s3_answer.hpp>
#include <waybill/store/s3_read.hpp>
#include <waybill/store/s3_references.hpp>
#include <waybill/store/s3_session.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
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
  [[nodiscard]] result<object_info> head_version(std::string_view key, version const& v) const {
    return head_object(session_, key, v);
  }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(std::string_view key, byte_range range) const;
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_version(std::string_view key, version const& v,
                                                                  byte_range range) const {
    return open_object(session_, key, v, range);
  }
  [[nodiscard]] result<opened_object> open_known(object_info const& info, byte_range range) const {
    return open_known_object(session_, info, range);
  }
  [[nodiscard]] result<void> list(std::string_view prefix, object_visitor const& visit) const {
    return list_objects(session_, prefix, visit);
  }
  [[nodiscard]] result<void> list_versions(std::string_view prefix, s3_version_visitor const& visit) const {
    return list_object_versions(session_, prefix, visit);
  }
  [[nodiscard]] result<object_info> put(std::string_view key, object_content const& content,
                                        put_options const& options);
  [[nodiscard]] result<void> remove(std::string_view key, version const& v);
  [[nodiscard]] result<object_info> copy(s3_copy_source from, std::string_view key);
  [[nodiscard]] result<s3_attributes> attributes(std::string_view key, version const& v) const {
    return object_attributes(session_, key, v);
  }
  [[nodiscard]] result<bool> keeps_versions() const { return detail::keeps_versions(session_); }
  [[nodiscard]] result<std::optional<ref_value>> read_ref(std::string_view key) const { return references_.read(key); }
  [[nodiscard]] result<ref_value> swap_ref(std::string_view key, version const& expected, std::string_view text) {
    return references_.swap(key, expected, text);
  }
  [[nodiscard]] result<void> remove_ref(std::string_view key, version const& expected) {
    return references_.remove(key, expected);
  }

  [[nodiscard]] s3_options const& options() const noexcept { return session_.options(); }

 private:
  /// In one request, or in parts.
  [[nodiscard]] result<object_info> send(std::string_view key, object_content const& content,
                                         put_options const& options);
  /// As send, but looks first where that may save sending much.
  [[nodiscard]] result<object_info> put_large(std::string_view key, object_content const& content,
                                              put_options const& options);
  [[nodiscard]] result<s3_stored> copy_at_once(s3_copy_source const& from, std::string_view key) const;

  s3_session session_;
  s3_references references_{session_};
};

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/s3_core.ipp>
#endif

#pragma once

#include <waybill/store/s3_key.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/store/transfer.hpp>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

WAYBILL_DECL result<void> check_s3_key(s3_session const& session, std::string_view key) {
  auto const place = [&] { return session.subject("", key).place(); };
  if (key.empty()) return make_error(errc::unsafe_key, "the empty key", place());
  if (key.find('\0') != std::string_view::npos) return make_error(errc::unsafe_key, "a key with a NUL byte", place());
  if (find_invalid_utf8(key) != std::string_view::npos)
    return make_error(errc::malformed_key, "S3 can hold no key that is not UTF-8; rename the file", place());
  return {};
}

WAYBILL_DECL result<void> check_own_key(s3_session const& session, std::string_view key) {
  if (auto const safe = check_store_key(key); !safe) return safe;
  if (key == s3_probe_key)
    return make_error(errc::unsafe_key, "this name is the store's own; choose another key",
                      session.subject("", key).place());
  return check_s3_key(session, key);
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

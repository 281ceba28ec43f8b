#pragma once

#include <waybill/scan/directory_cursor.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI::detail {

WAYBILL_DECL void directory_cursor::forget() noexcept {
  known_ = false;
  directory_.reset();
}

WAYBILL_DECL result<std::optional<int>> directory_cursor::parent(std::string_view key, bool create, bool sync) {
  if (auto const plain = check_plain_key(key); !plain) return plain.error();
  auto const name = split(key).parent;
  if (!known_ || name != at_ || (create && !directory_)) {
    forget();
    auto found = resolver_->directory(name, create, sync);
    bool const absent = !found && !create && found.error().code == errc::file_not_found;
    if (!found && !absent) return found.error();
    if (found) directory_.emplace(std::move(*found));
    at_ = name;
    known_ = true;
  }
  return directory_ ? std::optional{directory_->get()} : std::nullopt;
}

}  // namespace waybill::inline WAYBILL_ABI::detail

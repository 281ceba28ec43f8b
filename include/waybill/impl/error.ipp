#pragma once

#include <waybill/error.hpp>

#include <boost/system/system_category.hpp>
#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

struct errc_row {
  errc code;
  std::string_view name;
  condition means;
  std::string_view text;
};

inline constexpr std::array errc_table{
    errc_row{errc::usage, "usage", condition::usage, "usage"},
    errc_row{errc::malformed_reference, "malformed_reference", condition::usage, "not a reference"},
    errc_row{errc::malformed_name, "malformed_name", condition::usage, "not a package name"},
    errc_row{errc::ambiguous_hash, "ambiguous_hash", condition::usage, "ambiguous hash prefix"},
    errc_row{errc::malformed_json, "malformed_json", condition::unsafe_input, "malformed JSON"},
    errc_row{errc::malformed_manifest, "malformed_manifest", condition::unsafe_input, "malformed manifest"},
    errc_row{errc::malformed_digest, "malformed_digest", condition::unsafe_input, "malformed digest"},
    errc_row{errc::malformed_key, "malformed_key", condition::unsafe_input, "malformed logical key"},
    errc_row{errc::malformed_url, "malformed_url", condition::unsafe_input, "malformed physical key"},
    errc_row{errc::malformed_table, "malformed_table", condition::unsafe_input, "malformed table"},
    errc_row{errc::missing_member, "missing_member", condition::unsafe_input, "missing member"},
    errc_row{errc::wrong_type, "wrong_type", condition::unsafe_input, "wrong type"},
    errc_row{errc::duplicate_member, "duplicate_member", condition::unsafe_input, "duplicate member"},
    errc_row{errc::duplicate_key, "duplicate_key", condition::unsafe_input, "duplicate logical key"},
    errc_row{errc::key_conflict, "key_conflict", condition::unsafe_input, "file and directory at once"},
    errc_row{errc::size_out_of_range, "size_out_of_range", condition::unsafe_input, "size out of range"},
    errc_row{errc::too_deep, "too_deep", condition::unsafe_input, "nested too deeply"},
    errc_row{errc::too_large, "too_large", condition::unsafe_input, "too large"},
    errc_row{errc::unknown_algorithm, "unknown_algorithm", condition::unsafe_input, "digest of unknown kind"},
    errc_row{errc::not_representable, "not_representable", condition::unsafe_input, "cannot be written as JSON"},
    errc_row{errc::unsafe_key, "unsafe_key", condition::unsafe_input, "unsafe logical key"},
    errc_row{errc::unsafe_path, "unsafe_path", condition::unsafe_input, "unsafe path"},
    errc_row{errc::not_portable, "not_portable", condition::unsafe_input, "name is not portable"},
    errc_row{errc::unsorted, "unsorted", condition::unsafe_input, "entries are not in walk order"},
    errc_row{errc::digest_required, "digest_required", condition::unsafe_input, "required digest is missing"},
    errc_row{errc::package_not_found, "package_not_found", condition::not_found, "package not found"},
    errc_row{errc::version_not_found, "version_not_found", condition::not_found, "version not found"},
    errc_row{errc::tag_not_found, "tag_not_found", condition::not_found, "tag not found"},
    errc_row{errc::key_not_found, "key_not_found", condition::not_found, "no such entry"},
    errc_row{errc::object_not_found, "object_not_found", condition::not_found, "object not found"},
    errc_row{errc::file_not_found, "file_not_found", condition::not_found, "no such file or directory"},
    errc_row{errc::no_workspace, "no_workspace", condition::not_found, "no workspace here"},
    errc_row{errc::refused, "refused", condition::refused, "refused"},
    errc_row{errc::collision, "collision", condition::refused, "collision"},
    errc_row{errc::local_pointers, "local_pointers", condition::refused, "manifest points to local files"},
    errc_row{errc::nothing_to_build, "nothing_to_build", condition::refused, "nothing to build"},
    errc_row{errc::protected_name, "protected_name", condition::unsafe_input, "protected name"},
    errc_row{errc::foreign_location, "foreign_location", condition::refused, "location refused"},
    errc_row{errc::exists, "exists", condition::refused, "exists already"},
    errc_row{errc::missing, "missing", condition::refused, "missing"},
    errc_row{errc::changed, "changed", condition::refused, "content has changed"},
    errc_row{errc::meta_changed, "meta_changed", condition::refused, "metadata has changed"},
    errc_row{errc::rolled_back, "rolled_back", condition::refused, "was rolled back"},
    errc_row{errc::unknown_action, "unknown_action", condition::refused, "no such action"},
    errc_row{errc::self_merge, "self_merge", condition::refused, "a merge with itself"},
    errc_row{errc::unrelated, "unrelated", condition::refused, "datasets without a common root"},
    errc_row{errc::bad_filter, "bad_filter", condition::refused, "no filter of a merge"},
    errc_row{errc::no_savepoint, "no_savepoint", condition::not_found, "no such savepoint"},
    errc_row{errc::digest_mismatch, "digest_mismatch", condition::integrity, "wrong digest"},
    errc_row{errc::size_mismatch, "size_mismatch", condition::integrity, "wrong size"},
    errc_row{errc::source_changed, "source_changed", condition::integrity, "changed while it was read"},
    errc_row{errc::corrupt_state, "corrupt_state", condition::integrity, "damaged"},
    errc_row{errc::lost_race, "lost_race", condition::conflict, "lost a race"},
    errc_row{errc::temporary, "temporary", condition::transient, "temporary failure"},
    errc_row{errc::interrupted, "interrupted", condition::interrupted, "interrupted"},
    errc_row{errc::permanent, "permanent", condition::permanent, "failed for good"},
    errc_row{errc::denied, "denied", condition::denied, "not authorised"},
    errc_row{errc::unsupported, "unsupported", condition::permanent, "not supported"},
};

inline errc_row const* find_row(int value) noexcept {
  for (auto const& row : errc_table)
    if (static_cast<int>(row.code) == value) return &row;
  return nullptr;
}

inline condition condition_of_errno(int value) noexcept {
  switch (value) {
    case ENOENT:
    case ENOTDIR:
    case ENXIO: return condition::not_found;
    case EACCES:
    case EPERM:
    case EROFS: return condition::denied;
    case ELOOP:
    case EXDEV:
    case ENAMETOOLONG:
    case EISDIR: return condition::unsafe_input;
    case EEXIST:
    case ENOTEMPTY: return condition::refused;
    case EINVAL: return condition::usage;
    // Everything that passes by itself or once somebody has made room.
    case EAGAIN:
    case EINTR:
    case EBUSY:
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ETIMEDOUT:
    case ECONNRESET:
    case ECONNREFUSED:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EPIPE: return condition::transient;
    default: return condition::permanent;
  }
}

class waybill_category_type final : public boost::system::error_category {
 public:
  constexpr waybill_category_type() noexcept : error_category(0x7761'7962'696c'6c01) {}
  char const* name() const noexcept override { return "waybill"; }
  std::string message(int value) const override {
    auto const* row = find_row(value);
    return std::string{row ? row->text : "unknown error"};
  }
};

class condition_category_type final : public boost::system::error_category {
 public:
  constexpr condition_category_type() noexcept : error_category(0x7761'7962'696c'6c02) {}
  char const* name() const noexcept override { return "waybill.condition"; }
  std::string message(int value) const override { return std::string{name_of(static_cast<condition>(value))}; }
  bool equivalent(boost::system::error_code const& code, int value) const noexcept override {
    return code.failed() && condition_of(code) == static_cast<condition>(value);
  }
};

inline constexpr waybill_category_type waybill_category_instance;
inline constexpr condition_category_type condition_category_instance;

}  // namespace detail

WAYBILL_DECL boost::system::error_category const& waybill_category() noexcept {
  return detail::waybill_category_instance;
}

WAYBILL_DECL boost::system::error_category const& condition_category() noexcept {
  return detail::condition_category_instance;
}

WAYBILL_DECL boost::system::error_code make_error_code(errc e) noexcept {
  return {static_cast<int>(e), waybill_category()};
}

WAYBILL_DECL boost::system::error_condition make_error_condition(condition c) noexcept {
  return {static_cast<int>(c), condition_category()};
}

WAYBILL_DECL condition condition_of(boost::system::error_code const& code) noexcept {
  if (code.category() == waybill_category()) {
    auto const* row = detail::find_row(code.value());
    return row ? row->means : condition::permanent;
  }
  if (code.category() == boost::system::system_category() || code.category() == boost::system::generic_category())
    return detail::condition_of_errno(code.value());
  return condition::permanent;
}

WAYBILL_DECL std::string_view name_of(condition c) noexcept {
  switch (c) {
    case condition::usage: return "usage";
    case condition::refused: return "refused";
    case condition::unsafe_input: return "unsafe_input";
    case condition::not_found: return "not_found";
    case condition::permanent: return "permanent";
    case condition::integrity: return "integrity";
    case condition::transient: return "transient";
    case condition::conflict: return "conflict";
    case condition::denied: return "denied";
    case condition::interrupted: return "interrupted";
  }
  return "permanent";
}

WAYBILL_DECL std::string name_of(boost::system::error_code const& code) {
  if (code.category() == waybill_category()) {
    auto const* row = detail::find_row(code.value());
    return std::string{row ? row->name : "unknown"};
  }
#if defined(__GLIBC__)
  if (char const* symbol = ::strerrorname_np(code.value())) return symbol;
#endif
  return std::string{code.category().name()} + ":" + std::to_string(code.value());
}

WAYBILL_DECL std::string error::message() const {
  std::string out;
  if (!path.empty()) out.append(path).append(": ");
  if (!detail.empty()) return out + detail;
  return out + code.message();
}

WAYBILL_DECL error make_error(errc e, std::string detail, std::string path) {
  return {make_error_code(e), std::move(detail), std::move(path)};
}

WAYBILL_DECL error system_error(int errno_value, std::string detail, std::string path) {
  boost::system::error_code const code{errno_value, boost::system::system_category()};
  return {code, detail.empty() ? code.message() : std::move(detail) + ": " + code.message(), std::move(path)};
}

WAYBILL_DECL void throw_exception_from_error(error const& e, boost::source_location const& where) {
  boost::throw_exception(boost::system::system_error(e.code, e.message()), where);
}

}  // namespace waybill::inline WAYBILL_ABI

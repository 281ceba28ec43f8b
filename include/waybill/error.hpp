#pragma once

#include <waybill/config.hpp>

#include <boost/assert/source_location.hpp>
#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/** What went wrong, for logs and for `--json`'s `code`; decisions are made on `condition`.

    Errors of the operating system keep their own codes (`boost::system::system_category`).
*/
enum class errc : int {
  // The caller asked for something that has no meaning.
  usage = 1,            ///< arguments do not fit together; the detail says what does
  malformed_reference,  ///< not `ns/name[:tag|@hash]`, a path or a quilt+ URI
  malformed_name,       ///< a package name that is not `ns/name`
  ambiguous_hash,       ///< a hash prefix names several manifests; give more digits

  // Input from elsewhere that cannot or must not be used.
  malformed_json,      ///< not JSON; path holds line and column
  malformed_manifest,  ///< JSON, but not a manifest; path holds line and JSON pointer
  malformed_digest,    ///< wrong length or alphabet for its algorithm
  malformed_key,       ///< a logical key with an empty, `.` or `..` segment, or not UTF-8
  malformed_url,       ///< a physical key that cannot be parsed
  malformed_table,     ///< not CSV, or rows and columns that do not fit together; path holds line and column
  missing_member,      ///< a required JSON member is absent
  wrong_type,          ///< a JSON member has another type than the format says
  duplicate_member,    ///< a JSON member stands twice in a record of ours
  duplicate_key,       ///< a logical key stands twice in a manifest
  key_conflict,        ///< a name is a file and a directory at once
  size_out_of_range,   ///< negative, fractional or larger than 2^63-1 bytes, alone or summed
  too_deep,            ///< JSON nested beyond the reader's limit
  too_large,           ///< a line or document beyond the reader's limit
  unknown_algorithm,   ///< a digest of a kind the kit cannot compute
  not_representable,   ///< NaN, Infinity or a lone surrogate that would have to be written
  unsafe_key,          ///< a key that could leave the directory it is placed in, on some system
  unsafe_path,         ///< a symbolic link or a file stands where a directory must be
  not_portable,        ///< a name other systems cannot hold, refused under `--portable`
  unsorted,            ///< entries are not in walk order where a stream needs them so
  digest_required,     ///< an entry lacks the digest the caller requires

  // Nothing of that name.
  package_not_found,  ///< the registry has no package of that name
  version_not_found,  ///< no manifest has that hash
  tag_not_found,      ///< the package has no such tag
  key_not_found,      ///< the manifest has no such entry
  object_not_found,   ///< a store has no object of that key or digest
  file_not_found,     ///< a local file or directory is missing
  no_workspace,       ///< no `.waybill/` here; run `waybill init NAME` first

  // Possible, but refused; nothing was changed.
  refused,           ///< a rule of good practice; the detail names the flag that overrides it
  collision,         ///< something else stands at the target; the detail names both
  local_pointers,    ///< a manifest points to local files; push the data first
  nothing_to_build,  ///< a draft without a name or without entries where one is needed
  protected_name,    ///< a key that would write into `.git`, `.waybill` and the like
  foreign_location,  ///< a downloaded manifest points to a local file or a private host

  // History: what keeps an action or a merge from being done; nothing was changed.
  exists,          ///< a file stands where one is to be added or moved to
  missing,         ///< the file or field an action needs is not there
  changed,         ///< a file has another content than the action expects
  meta_changed,    ///< a metadata field has another value than the action expects
  rolled_back,     ///< what the action needs was thrown away by a revert
  unknown_action,  ///< no such action: its kind is not in the catalogue, or no effective action has that hash
  self_merge,      ///< a dataset cannot be merged into itself
  unrelated,       ///< two datasets that do not stem from one
  bad_filter,      ///< a filter of a merge that is none
  no_savepoint,    ///< no such savepoint, or a revert dropped it

  // Bytes and what was said of them disagree.
  digest_mismatch,  ///< content does not have the digest recorded for it
  size_mismatch,    ///< content does not have the size recorded for it
  source_changed,   ///< a file changed while it was read
  corrupt_state,    ///< a file of the kit's own is damaged; the path names it

  // Somebody else was faster, or it may work the next time.
  lost_race,    ///< a compare-and-swap found another value
  temporary,    ///< a store or a remote asks to try again
  interrupted,  ///< the caller asked to stop

  // For good.
  permanent,   ///< a store or a remote refuses for good
  denied,      ///< credentials or permissions do not suffice
  unsupported  ///< the store or file system cannot do what was asked
};

/** The question callers have: what should be done now? Compare any error code with one of these.

    `if (e.code == condition::transient) …`
*/
enum class condition : int {
  usage = 1,     ///< fix the call
  refused,       ///< a rule stands in the way; nothing was changed
  unsafe_input,  ///< the input is bad or unsafe and was not used
  not_found,     ///< what was named does not exist
  permanent,     ///< repeating will not help
  integrity,     ///< bytes do not match their digest or size
  transient,     ///< repeating is safe and may help
  conflict,      ///< somebody changed the same thing; read again, then repeat
  denied,        ///< credentials or permissions do not suffice
  interrupted    ///< stopped on request; can be resumed
};

/// Category of `errc`; compares equal across shared objects (fixed 64-bit id).
WAYBILL_DECL boost::system::error_category const& waybill_category() noexcept;

/// Category of `condition`; decides for our own and for the operating system's codes.
WAYBILL_DECL boost::system::error_category const& condition_category() noexcept;

WAYBILL_DECL boost::system::error_code make_error_code(errc e) noexcept;
WAYBILL_DECL boost::system::error_condition make_error_condition(condition c) noexcept;

/// The one condition a code belongs to; unknown categories are `permanent`.
WAYBILL_DECL condition condition_of(boost::system::error_code const& code) noexcept;

/// Stable snake_case word of a condition (`unsafe_input`).
WAYBILL_DECL std::string_view name_of(condition c) noexcept;

/// Stable word of a code: the enumerator (`digest_mismatch`) or the system's symbol (`ENOSPC`).
WAYBILL_DECL std::string name_of(boost::system::error_code const& code);

/** A code, and what a person needs to act on it.

    `detail` is one sentence or two that name the thing, the cause and what to do next.
    `path` locates it: file path, logical key, URL, or `line N, /json/pointer`; empty when there is no such place.
    Neither ever holds a secret.
*/
struct error {
  boost::system::error_code code;
  std::string detail;
  std::string path;
  std::chrono::milliseconds retry_after{
      0};  ///< how long the remote asked to wait before the next attempt; 0: it did not

  /// The sentence for people: path, code's meaning and detail, without a line break.
  [[nodiscard]] std::string message() const;

  friend bool operator==(error const&, error const&) = default;
};

/// An error of ours with its sentence and place.
WAYBILL_DECL error make_error(errc e, std::string detail, std::string path = {});

/// The error a failed system call left in `errno` (pass it: other calls may change it).
WAYBILL_DECL error system_error(int errno_value, std::string detail, std::string path = {});

/// A value, or an error; always test it (`if (!r) return r.error();`).
template <class T>
using result = boost::system::result<T, error>;

/// Lets `result<T>::value()` throw `boost::system::system_error` with the whole message.
[[noreturn]] WAYBILL_DECL void throw_exception_from_error(error const& e, boost::source_location const& where);

}  // namespace waybill::inline WAYBILL_ABI

namespace boost::system {
template <>
struct is_error_code_enum<waybill::errc> : std::true_type {};
template <>
struct is_error_condition_enum<waybill::condition> : std::true_type {};
}  // namespace boost::system

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/error.ipp>
#endif

#pragma once

#include <waybill/store/directory.hpp>

#include <waybill/core/drain.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/scan/seal.hpp>
#include <waybill/store/directory_tree.hpp>
#include <waybill/store/transfer.hpp>
#include <waybill/store/verified.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// The same file, open for writing: found once, so that nothing put in its way meanwhile counts.
inline result<file_descriptor> reopen_to_write(file_descriptor const& file, std::string_view key) {
  file_descriptor out{::open(("/proc/self/fd/" + std::to_string(file.get())).c_str(), O_RDWR | O_CLOEXEC)};
  if (!out) return system_error(errno, "cannot open the object for writing", std::string{key});
  while (::flock(out.get(), LOCK_EX) != 0)
    if (errno != EINTR) return system_error(errno, "cannot lock the object; its file system may lack flock");
  return out;
}

inline result<std::string> read_behind(int fd, std::uint64_t at, std::uint64_t most) {
  std::string out(static_cast<std::size_t>(most), '\0');
  std::size_t have = 0;
  while (have < out.size()) {
    auto const n = ::pread(fd, out.data() + have, out.size() - have, static_cast<off_t>(at + have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(errno, "cannot read the end of the object");
    if (n == 0) break;
    have += static_cast<std::size_t>(n);
  }
  out.resize(have);
  return out;
}

inline result<void> write_behind(int fd, std::uint64_t at, std::string_view text) {
  while (!text.empty()) {
    auto const n = ::pwrite(fd, text.data(), text.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(errno, "cannot write to the object");
    at += static_cast<std::uint64_t>(n);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fdatasync(fd) != 0) return system_error(errno, "cannot flush the object to disk");
  return {};
}

inline std::string text_version(std::string_view text) { return hash_bytes<sha256_hasher>(as_bytes(text)).hex(); }

}  // namespace detail

WAYBILL_DECL directory_store::directory_store(std::shared_ptr<root_directory const> root,
                                              std::shared_ptr<file_descriptor const> directory, std::string path)
    : root_{std::move(root)}, directory_{std::move(directory)}, path_{std::move(path)} {}

WAYBILL_DECL result<directory_store> directory_store::open_path(std::string const& path, bool create) {
  auto root = root_directory::open(path, create);
  if (!root) return root.error();
  auto real = root->path();
  file_descriptor directory{::open(real.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!directory) return system_error(errno, "cannot open the store's directory", path);
  if (real == "/") real.clear();  // everything below is written behind a '/'
  return directory_store{std::make_shared<root_directory const>(std::move(*root)),
                         std::make_shared<file_descriptor const>(std::move(directory)), std::move(real)};
}

WAYBILL_DECL error directory_store::at_store(std::string_view key, error e) const {
  e.path = printable(key);
  e.detail += " (store " + path_ + ")";
  return e;
}

WAYBILL_DECL result<void> directory_store::check_key(std::string_view key) const {
  if (auto const safe = check_store_key(key); !safe) return at_store(key, safe.error());
  if (detail::is_store_internal(key))
    return at_store(key, make_error(errc::unsafe_key, "this name is the store's own; choose another key"));
  return {};
}

WAYBILL_DECL error directory_store::not_read(std::string_view key, std::optional<error> cause) const {
  auto const missing = [&] {
    return at_store(key, make_error(errc::object_not_found, "there is no object of that key"));
  };
  // What was not there is not found, whatever somebody puts there before we could look again.
  if (!cause || cause->code == errc::file_not_found) return missing();
  auto const found = detail::look_at(directory_->get(), key).what;
  bool const refused =
      found == detail::standing::foreign || found == detail::standing::unknown || found == detail::standing::file;
  return refused ? at_store(key, std::move(*cause)) : missing();
}

WAYBILL_DECL error directory_store::not_placed(std::string_view key, error cause) const {
  auto const found = detail::look_at(directory_->get(), key);
  if (found.what == detail::standing::file_above)
    return at_store(
        key, make_error(errc::key_conflict, "a directory cannot hold this object beside '" + printable(found.where) +
                                                "', which is one itself; remove that or choose another key"));
  if (found.what == detail::standing::directory)
    return at_store(
        key, make_error(errc::key_conflict, "a directory of other objects stands at this key; choose another key"));
  return at_store(key, std::move(cause));
}

WAYBILL_DECL result<object_info> directory_store::head(std::string_view key) const {
  if (auto const usable = check_key(key); !usable) return usable.error();
  auto const state = root_->state(key);
  if (!state) return not_read(key, state.error());
  if (!*state) return not_read(key, std::nullopt);
  return object_info{std::string{key}, (*state)->size, detail::file_version(**state), {}};
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> directory_store::open(std::string_view key, byte_range range) const {
  if (auto const usable = check_key(key); !usable) return usable.error();
  auto file = root_->open_file(key);
  if (!file) return not_read(key, file.error());
  return std::unique_ptr<byte_source>{
      std::make_unique<file_range_source>(std::move(file->fd), file->state.size, range, std::move(file->path))};
}

WAYBILL_DECL result<void> directory_store::list(std::string_view prefix, object_visitor const& visit) const {
  return detail::list_files(directory_->get(), path_, prefix, visit);
}

WAYBILL_DECL physical_key directory_store::url(std::string_view key) const {
  return physical_key::file(path_ + "/" + std::string{key});
}

WAYBILL_DECL std::optional<std::string> directory_store::local_file(std::string_view key) const {
  if (!check_key(key)) return std::nullopt;
  auto const state = root_->state(key);
  if (!state || !*state) return std::nullopt;
  return path_ + "/" + std::string{key};
}

WAYBILL_DECL std::optional<opened_file> directory_store::open_local(std::string_view key) const {
  if (!check_key(key)) return std::nullopt;
  auto file = root_->open_file(key);
  return file ? std::optional{std::move(*file)} : std::nullopt;
}

WAYBILL_DECL result<object_info> directory_store::put(std::string_view key, object_content const& content,
                                                      put_options const& options) {
  if (auto const usable = check_key(key); !usable) return usable.error();
  if (options.only_if_absent)
    if (auto const there = root_->state(key); there && *there)
      return at_store(key, make_error(errc::collision, "there is an object of that key already"));
  // Whoever removes the last object of a directory removes the directory, maybe just before ours got its name there.
  for (int attempt = 1;; ++attempt) {
    bool directory_vanished = false;
    auto stored = put_once(key, content, options, directory_vanished);
    if (!directory_vanished || attempt == 64) return stored;
  }
}

WAYBILL_DECL result<file_state> directory_store::seal_object(int fd, digest const& named, std::string_view key) {
  auto const state = state_of(fd, key);
  if (!state) return state;
  detail::seal(fd, *state, named);
  return state_of(fd, key);
}

WAYBILL_DECL result<void> directory_store::adopt(std::string_view key, file_descriptor file) {
  auto const named = digest_of_object_key(key);
  if (!named) return at_store(key, make_error(errc::unsafe_key, "a file is taken over under the digest of its bytes"));
  if (::fchmod(file.get(), 0444) != 0)
    return at_store(key, system_error(errno, "cannot protect the file", std::string{key}));
  if (auto const sealed = seal_object(file.get(), *named, key); !sealed) return at_store(key, sealed.error());
  auto const placed = root_->adopt(std::move(file)).commit(key, durability::batch);
  return placed || placed.error().code == errc::unsupported ? placed : not_placed(key, placed.error());
}

WAYBILL_DECL result<object_info> directory_store::put_once(std::string_view key, object_content const& content,
                                                           put_options const& options, bool& directory_vanished) const {
  auto pending = root_->create(digest_of_object_key(key) ? 0444 : 0644);
  if (!pending) return at_store(key, pending.error());
  file_sink sink{pending->fd(), path_ + "/" + std::string{key}};
  auto digests = transfer(content, options.expected, sink, key);
  if (!digests) return digests.error().path == key ? at_store(key, digests.error()) : digests.error();
  auto const named = digest_of_object_key(key);
  bool const checked = named && options.expected.find(named->kind()) != nullptr;
  auto state = checked ? seal_object(pending->fd(), *named, key) : state_of(pending->fd(), key);
  if (!state) return at_store(key, state.error());
  auto const when = options.durable ? durability::each : durability::batch;
  auto const placed =
      options.only_if_absent ? std::move(*pending).commit_new(key, when) : std::move(*pending).commit(key, when);
  directory_vanished = !placed && placed.error().code == errc::file_not_found;
  if (!placed) return not_placed(key, placed.error());
  return object_info{std::string{key}, state->size, detail::file_version(*state), std::move(*digests)};
}

WAYBILL_DECL result<void> directory_store::remove(std::string_view key) {
  if (auto const usable = check_key(key); !usable) return usable.error();
  auto const removed = root_->remove_file(key);
  if (removed) return {};
  auto failure = not_read(key, removed.error());
  if (failure.code == errc::object_not_found) return {};
  return failure;
}

WAYBILL_DECL result<void> directory_store::flush() { return root_->sync(); }

WAYBILL_DECL result<std::string> directory_store::read_text(std::string_view key) const {
  auto const source = open(key);
  if (!source) return source.error();
  return waybill::read_text(**source);
}

WAYBILL_DECL result<std::optional<ref_value>> directory_store::current(std::string_view key) const {
  auto text = read_text(key);
  if (!text && text.error().code == errc::object_not_found) return std::optional<ref_value>{};
  if (!text) return text.error();
  auto version = detail::text_version(*text);
  return std::optional{ref_value{std::move(*text), std::move(version)}};
}

WAYBILL_DECL result<std::optional<ref_value>> directory_store::read_ref(std::string_view key) { return current(key); }

WAYBILL_DECL result<file_descriptor> directory_store::lock_for_change(std::string_view key,
                                                                      std::optional<std::string> const& expected) {
  if (auto const usable = check_key(key); !usable) return usable.error();
  if (auto const made = root_->make_directories(detail::store_folder); !made) return at_store(key, made.error());
  auto lock = detail::lock_store(directory_->get(), path_);
  if (!lock) return lock;
  auto const now = current(key);
  if (!now) return now.error();
  if ((*now ? std::optional{(*now)->version} : std::nullopt) == expected) return lock;
  return at_store(
      key, make_error(errc::lost_race, "the reference was changed by somebody else; read it again, then repeat"));
}

WAYBILL_DECL result<ref_value> directory_store::swap_ref(std::string_view key,
                                                         std::optional<std::string> const& expected,
                                                         std::string_view text) {
  auto const lock = lock_for_change(key, expected);
  if (!lock) return lock.error();
  if (auto const stored = put(key, memory_content{text}); !stored) return stored.error();
  return ref_value{std::string{text}, detail::text_version(text)};
}

WAYBILL_DECL result<void> directory_store::remove_ref(std::string_view key,
                                                      std::optional<std::string> const& expected) {
  auto const lock = lock_for_change(key, expected);
  if (!lock) return lock.error();
  return remove(key);
}

WAYBILL_DECL result<std::optional<file_descriptor>> directory_store::try_hold(hold_kind kind) {
  if (auto const made = root_->make_directories(detail::store_folder); !made) return made.error();
  return detail::try_hold_store(directory_->get(), path_, kind);
}

WAYBILL_DECL result<void> directory_store::append(std::string_view key, std::uint64_t at, std::string_view tail,
                                                  std::string_view text) {
  if (auto const usable = check_key(key); !usable) return usable.error();
  auto const found = root_->open_file(key);
  if (!found) return not_read(key, found.error());
  auto const file = detail::reopen_to_write(found->fd, key);
  if (!file) return at_store(key, file.error());
  auto const size = state_of(file->get(), key);
  if (!size) return at_store(key, size.error());
  auto const behind = detail::read_behind(file->get(), at, tail.size() + 1);
  if (!behind) return at_store(key, behind.error());
  if (size->size < at || *behind != tail)
    return at_store(key, make_error(errc::lost_race, "somebody else has written to it; read it again, then repeat"));
  auto const cut = [&] { return ::ftruncate(file->get(), static_cast<off_t>(at)) == 0; };
  if (!tail.empty() && !cut()) return at_store(key, system_error(errno, "cannot cut off what was not finished"));
  auto const written = detail::write_behind(file->get(), at, text);
  if (written) return {};
  (void)cut();  // what is left there is what a killed writer leaves: the next one cuts it off
  return at_store(key, written.error());
}

}  // namespace waybill::inline WAYBILL_ABI

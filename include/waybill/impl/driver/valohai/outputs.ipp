#pragma once

#include <waybill/driver/valohai/outputs.hpp>

#include <waybill/core/bytes.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/seal.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

/// Can files be made there that have no name yet? Naming them later takes /proc.
inline bool has_unnamed_files(std::string const& directory) {
  file_descriptor const probe{::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600)};
  return probe && ::access("/proc/self/fd", X_OK) == 0;
}

inline bool same_file_system(std::string const& a, std::string const& b) {
  struct stat x{}, y{};
  return ::stat(a.c_str(), &x) == 0 && ::stat(b.c_str(), &y) == 0 && x.st_dev == y.st_dev;
}

}  // namespace detail

WAYBILL_DECL result<output_directory> output_directory::open_as(std::string const& path, std::string const& staging,
                                                                bool (*has_unnamed_files)(std::string const&)) {
  auto root = root_directory::open(path, true);
  if (!root) return root.error();
  if (has_unnamed_files(root->path())) return output_directory{std::move(*root), std::nullopt};
  auto const beside = root->path().substr(0, root->path().rfind('/')) + "/.waybill-staging";
  auto other = root_directory::open(staging.empty() ? beside : staging, true);
  if (other && detail::same_file_system(root->path(), other->path()))
    return output_directory{std::move(*root), std::move(*other)};
  if (!other && !staging.empty()) return other.error();
  return make_error(errc::unsupported,
                    "this file system has no unnamed files (O_TMPFILE), and a temporary name in the outputs would be "
                    "uploaded after a crash; name another directory on this file system for unfinished files "
                    "(--staging), it cannot be " +
                        (other ? other->path() : beside),
                    root->path());
}

WAYBILL_DECL result<output_directory> output_directory::open(std::string const& path, std::string const& staging) {
  return open_as(path, staging, detail::has_unnamed_files);
}

WAYBILL_DECL result<root_directory::pending_file> output_directory::create() const {
  return staging_ ? staging_->create() : root_.create();
}

WAYBILL_DECL result<void> output_directory::name(root_directory::pending_file file, std::string_view name,
                                                 digest const* content) const {
  if (content != nullptr) {
    auto const state = state_of(file.fd(), name);
    if (!state) return state.error();
    waybill::detail::seal(file.fd(), *state, *content);
  }
  auto const there = root_.state(name);
  if (!there) return there.error();
  if (*there)
    if (auto const r = root_.remove_file(name); !r) return r;
  if (!staging_) return std::move(file).commit_new(name, durability::batch);
  auto at = root_.start();
  return root_.link_open(file.fd(), name, durability::batch, at);
}

WAYBILL_DECL result<void> output_directory::write(std::string_view name, std::string_view text) const {
  return write(name, [&](byte_sink& out) -> result<std::uint64_t> {
    if (auto const r = out.write(as_bytes(text)); !r) return r.error();
    return std::uint64_t{text.size()};
  });
}

WAYBILL_DECL result<void> output_directory::write(
    std::string_view name, std::function<result<std::uint64_t>(byte_sink&)> const& content) const {
  auto file = create();
  if (!file) return file.error();
  file_sink sink{file->fd(), std::string{name}};
  auto const written = content(sink);
  if (!written) return written.error();
  if (*written == 0) return remove(name);
  if (::fsync(file->fd()) != 0) return system_error(errno, "cannot flush to disk", std::string{name});
  return this->name(std::move(*file), name, nullptr);
}

WAYBILL_DECL result<bool> output_directory::holds(std::string_view name, std::uint64_t size,
                                                  digest const& content) const {
  auto const there = root_.state(name);
  if (!there) return there.error();
  return *there && (*there)->size == size && waybill::detail::is_sealed(**there, content);
}

WAYBILL_DECL result<std::optional<opened_file>> output_directory::open(std::string_view name) const {
  auto file = root_.open_file(name);
  if (!file && file.error().code == errc::file_not_found) return std::optional<opened_file>{};
  if (!file) return file.error();
  return std::optional{std::move(*file)};
}

WAYBILL_DECL result<std::optional<std::string>> output_directory::read(std::string_view name) const {
  auto const file = open(name);
  if (!file) return file.error();
  if (!*file) return std::optional<std::string>{};
  auto text = waybill::detail::read_open_file((*file)->fd.get(), (*file)->path, std::size_t{1} << 30);
  if (!text) return text.error();
  return std::optional{std::move(*text)};
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/driver/snapshots/workplace.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/bytes.hpp>
#include <waybill/core/in_file.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>
#include <waybill/json/write.hpp>

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <filesystem>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

inline constexpr std::string_view tables_file = "tables.json";

}  // namespace detail

WAYBILL_DECL result<root_directory const*> workplace::root(bool create) {
  if (!root_) {
    auto opened = root_directory::open(directory_ + "/.waybill", create);
    if (!opened && opened.error().code == errc::file_not_found && !create)
      return static_cast<root_directory const*>(nullptr);
    if (!opened) return opened.error();
    root_ = std::move(*opened);
  }
  return &*root_;
}

WAYBILL_DECL result<file_descriptor> workplace::lock() {
  auto const there = root(true);
  if (!there) return there.error();
  auto const path = (*there)->path() + "/tables.lock";
  file_descriptor out{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644)};
  if (!out) return system_error(errno, "cannot open", path);
  while (::flock(out.get(), LOCK_EX) != 0)
    if (errno != EINTR) return system_error(errno, "cannot lock; the file system may lack flock", path);
  return out;
}

WAYBILL_DECL result<std::optional<package_name>> workplace::package() {
  auto const there = root(false);
  if (!there) return there.error();
  if (*there == nullptr) return std::optional<package_name>{};
  auto const path = (*there)->path() + "/" + std::string{detail::tables_file};
  auto const text = read_whole(**there, detail::tables_file);
  if (!text) return text.error();
  if (!*text) return std::optional<package_name>{};
  auto const document = json::parse(**text);
  if (!document) return in_file(document.error(), path);
  json::record_reader reader{*document};
  auto const name = reader.required_string("package");
  if (auto const r = reader.finish(); !r) return in_file(r.error(), path);
  auto parsed = package_name::parse(name);
  if (!parsed) return make_error(errc::corrupt_state, "it names no package; remove it to begin a new one", path);
  return std::optional{std::move(*parsed)};
}

WAYBILL_DECL result<package_name> workplace::make_package(std::string_view suffix) {
  auto const known = package();
  if (!known) return known.error();
  if (*known) return **known;
  auto const there = root(true);
  if (!there) return there.error();
  auto name = package_name::parse("tables/" + package_part(directory_) + "-" + std::string{suffix.substr(0, 8)});
  if (!name) return name.error();
  auto const text =
      json::compact(json::object{{"waybill", json::value::integer(std::int64_t{1})}, {"package", name->str()}});
  if (auto const r = write_whole(**there, detail::tables_file, text + "\n"); !r) return r.error();
  return name;
}

WAYBILL_DECL std::string package_part(std::string_view directory) {
  std::error_code failure;
  while (directory.size() > 1 && directory.ends_with('/')) directory.remove_suffix(1);
  auto const full = std::filesystem::weakly_canonical(std::filesystem::path{directory}, failure);
  std::string out;
  for (char const c : full.filename().string()) {
    bool const good = waybill::detail::is_ascii_alphanumeric(c) || c == '_' || c == '-';
    if (out.size() == 40) break;
    out += good ? c : '-';
  }
  return out.find_first_not_of('-') == std::string::npos ? "db" : out;
}

WAYBILL_DECL result<void> write_whole(root_directory const& in, std::string_view key, std::string_view text) {
  auto file = in.create(0644);
  if (!file) return file.error();
  file_sink sink{file->fd(), in.path()};
  if (auto const r = sink.write(as_bytes(text)); !r) return r;
  return std::move(*file).commit(key, durability::each);
}

WAYBILL_DECL result<std::optional<std::string>> read_whole(root_directory const& in, std::string_view key) {
  auto const file = in.open_file(key);
  if (!file && file.error().code == errc::file_not_found) return std::optional<std::string>{};
  if (!file) return file.error();
  auto text = waybill::detail::read_open_file(file->fd.get(), file->path, std::size_t{8} << 20);
  if (!text) return text.error();
  return std::optional{std::move(*text)};
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

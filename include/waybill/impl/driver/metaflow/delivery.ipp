#pragma once

#include <waybill/driver/metaflow/delivery.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace metaflow {

struct file_delivery::place {
  root_directory directory;
  std::string name;
  std::optional<root_directory::pending_file> file{};
  std::optional<file_sink> sink{};
};

WAYBILL_DECL file_delivery::file_delivery(std::unique_ptr<place> to) : to_{std::move(to)} {}
WAYBILL_DECL file_delivery::~file_delivery() = default;
WAYBILL_DECL file_delivery::file_delivery(file_delivery&&) noexcept = default;

WAYBILL_DECL result<file_delivery> file_delivery::start(std::string const& path) {
  auto const slash = path.rfind('/');
  auto name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") return make_error(errc::usage, "this names no file", path);
  auto directory = root_directory::open(slash == std::string::npos ? "." : path.substr(0, slash + 1), true);
  if (!directory) return directory.error();
  auto to = std::make_unique<place>(place{std::move(*directory), std::move(name)});
  // A device, of which `/dev/null` is one, must not be replaced by a file.
  if (auto const there = to->directory.state(to->name); !there) return there.error();
  auto file = to->directory.create();
  if (!file) return file.error();
  to->file.emplace(std::move(*file));
  to->sink.emplace(to->file->fd(), path);
  return file_delivery{std::move(to)};
}

WAYBILL_DECL result<void> file_delivery::write(byte_view bytes) { return to_->sink->write(bytes); }

WAYBILL_DECL result<void> file_delivery::finish() { return std::move(*to_->file).commit(to_->name, durability::each); }

}  // namespace metaflow
}  // namespace waybill::inline WAYBILL_ABI

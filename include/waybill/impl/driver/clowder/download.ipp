#pragma once

#include <waybill/driver/clowder/download.hpp>

#include <waybill/core/logical_key.hpp>
#include <waybill/driver/clowder/dataset.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/http/retry.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/hash_file.hpp>
#include <waybill/scan/placement.hpp>
#include <waybill/scan/pool.hpp>

#include <array>
#include <optional>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

namespace detail {

inline result<void> check_names(dataset_contents const& contents) {
  for (std::size_t i = 0; i < contents.files.size(); ++i) {
    auto const& file = contents.files[i];
    if (auto const key = logical_key::parse(file.path); !key) return key.error();
    if (auto const r = check_placeable(file.path); !r) return r;
    if (i != 0 && contents.files[i - 1].path == file.path)
      return make_error(errc::collision,
                        "the dataset has two files of this path, " + contents.files[i - 1].row.id + " and " +
                            file.row.id + "; remove one of them",
                        file.path);
  }
  return {};
}

struct received {
  root_directory::pending_file file;
  digest sha256;
  std::uint64_t size;
};

/// Streams bytes into a file without a name.
inline result<received> receive(byte_source& source, root_directory const& target, std::string const& path,
                                progress_counter& counter, std::stop_token const& stop) {
  auto file = target.create();
  if (!file) return file.error();
  file_sink sink{file->fd(), path};
  sha256_hasher hasher;
  std::vector<std::byte> buffer(std::size_t{256} << 10);
  for (std::uint64_t size = 0;;) {
    if (stop.stop_requested()) return waybill::detail::interrupted_error();
    auto const n = source.read(buffer);
    if (!n) return n.error();
    if (*n == 0) return received{std::move(*file), hasher.finish(), size};
    auto const bytes = byte_view{buffer}.first(*n);
    hasher.update(bytes);
    if (auto const r = sink.write(bytes); !r) return r.error();
    size += *n;
    counter.done(0, *n);
  }
}

/// Brings one file; bytes that break off, or were damaged on the way, are fetched again.
inline result<void> fetch(api const& platform, stored_file const& file, file_record const* record,
                          root_directory const& target, progress_counter& counter, std::stop_token const& stop) {
  return waybill::detail::repeat_transient(platform.options().retry, [&]() -> result<void> {
    auto const source = platform.open_file(file.row);
    if (!source) return source.error();
    auto got = receive(**source, target, file.path, counter, stop);
    if (!got) return platform.without_key(got.error());
    if (got->size != file.row.size)
      return make_error(errc::size_mismatch,
                        "the platform says it has " + std::to_string(file.row.size) + " bytes, and sends " +
                            std::to_string(got->size),
                        file.path);
    if (record != nullptr && got->sha256 != record->sha256)
      return make_error(errc::digest_mismatch, "the platform sends other bytes than were uploaded", file.path);
    return std::move(got->file).commit(file.path, durability::batch);
  });
}

/// Does the file that stands there hold the recorded bytes?
inline result<bool> is_current(root_directory const& target, stored_file const& file, file_record const* record,
                               job_control const& control) {
  if (record == nullptr) return false;
  auto const open = target.open_file(file.path);
  if (!open) return false;
  if (open->state.size != file.row.size) return false;
  std::array<algorithm, 1> const kinds{algorithms::sha256};
  auto const hashed = hash_open_file(open->fd.get(), open->path, kinds, {.workers = 1, .stop = control.stop});
  if (!hashed) return hashed.error();
  return *hashed->digests.find(algorithms::sha256) == record->sha256;
}

}  // namespace detail

WAYBILL_DECL result<download_report> download_dataset(api const& platform, std::string const& dataset,
                                                      std::string const& directory, bool dry_run,
                                                      job_control const& control) {
  if (auto const there = get_dataset(platform, dataset); !there) return there.error();
  auto const contents = read_contents(platform, dataset);
  if (!contents) return contents.error();
  if (auto const r = detail::check_names(*contents); !r) return r.error();
  auto target = root_directory::open(directory, !dry_run);
  bool const nowhere = !target && dry_run && target.error().code == errc::file_not_found;
  if (!target && !nowhere) return target.error();
  auto const& files = contents->files;
  progress_counter counter{control.on_progress, "download"};
  for (auto const& file : files) counter.expect(1, file.row.size);
  enum class outcome : std::uint8_t { kept, added, replaced };
  std::vector<outcome> outcomes(files.size(), outcome::added);
  auto const worked = parallel_for(files.size(), control, [&](unsigned, std::size_t i) -> result<void> {
    if (nowhere) return {};
    auto const* record = contents->known(files[i].row);
    auto const stands = target->state(files[i].path);
    if (!stands) return stands.error();
    if (*stands) {
      auto const current = detail::is_current(*target, files[i], record, control);
      if (!current) return current.error();
      outcomes[i] = *current ? outcome::kept : outcome::replaced;
    }
    if (outcomes[i] != outcome::kept && !dry_run)
      if (auto const r = detail::fetch(platform, files[i], record, *target, counter, control.stop); !r) return r;
    counter.done(1, outcomes[i] == outcome::kept ? files[i].row.size : 0);
    return {};
  });
  if (!worked) return worked.error();
  if (!dry_run)
    if (auto const r = target->sync(); !r) return r.error();
  counter.flush();
  download_report out;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (outcomes[i] == outcome::kept) {
      ++out.unchanged;
      continue;
    }
    out.bytes += files[i].row.size;
    (outcomes[i] == outcome::added ? out.added : out.replaced).push_back(files[i].path);
    if (contents->known(files[i].row) == nullptr) out.unchecked.push_back(files[i].path);
  }
  return out;
}

WAYBILL_DECL result<std::uint64_t> download_bag(api const& platform, std::string const& dataset,
                                                std::string const& directory, std::string const& name,
                                                job_control const& control) {
  if (auto const there = get_dataset(platform, dataset); !there) return there.error();
  auto const target = root_directory::open(directory, true);
  if (!target) return target.error();
  progress_counter counter{control.on_progress, "download"};
  counter.expect(1, 0);
  auto got = waybill::detail::repeat_transient(platform.options().retry, [&]() -> result<detail::received> {
    auto const source = platform.open_bag(dataset);
    if (!source) return source.error();
    auto one = detail::receive(**source, *target, name, counter, control.stop);
    if (!one) return platform.without_key(one.error());
    return one;
  });
  if (!got) return got.error();
  if (auto const r = std::move(got->file).commit(name, durability::each); !r) return r.error();
  return got->size;
}

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

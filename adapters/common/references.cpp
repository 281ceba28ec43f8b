// What a REF stands for: versions, directories, manifest files, standard input.
#include <waybill/algebra/stream_diff.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/registry/checkout.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/load_manifest.hpp>

#include <unistd.h>

#include <filesystem>

#include "common/context.hpp"

namespace waybill_cli {
using waybill::errc;
using waybill::result;

result<waybill::manifest> context::load_directory(std::string const& path,
                                                  std::optional<waybill::installed_package> const& installed) const {
  auto const cache = load_stat_cache(path, {waybill::algorithms::sha2_256_chunked});
  auto const* base = installed ? &installed->manifest : nullptr;
  auto const placeholders = installed ? installed->known_placeholders() : waybill::placeholder_set{};
  auto const begun = now();
  auto read = waybill::manifest_of_directory(path, base, &cache, control(), placeholders);
  if (!read) return read.error();
  keep_stat_cache(read->tree, begun);
  return std::move(read->manifest);
}

result<waybill::manifest> context::load_path(std::string const& path) const {
  if (path == "-") {
    waybill::file_source input{STDIN_FILENO, "standard input"};
    return waybill::load_manifest(input, control());
  }
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) {
    auto const place = waybill::workspace::at(path);
    if (!place) return place.error();
    auto const installed = place->load_installed();
    if (!installed) return installed.error();
    return load_directory(path, *installed);
  }
  auto const file = waybill::open_for_reading(path);
  if (!file) return file.error();
  waybill::file_source input{file->get(), path};
  auto loaded = waybill::load_manifest(input, control());
  if (!loaded) {
    auto e = loaded.error();
    e.path = e.path.empty() ? path : path + ": " + e.path;
    return e;
  }
  return loaded;
}

result<waybill::manifest> context::load(std::string_view text) const {
  auto const ref = waybill::parse_reference(text);
  if (!ref) return ref.error();
  if (auto const* path = std::get_if<waybill::path_ref>(&*ref)) return load_path(path->path);
  auto const opened = open_package(text);
  if (!opened) return opened.error();
  return opened->manifest();
}

namespace {

/// A file that closes itself with the source.
class owned_file_source final : public waybill::byte_source {
 public:
  owned_file_source(waybill::file_descriptor fd, std::string path)
      : fd_{std::move(fd)}, source_{fd_.get(), std::move(path)} {}
  result<std::size_t> read(std::span<std::byte> buffer) override { return source_.read(buffer); }

 private:
  waybill::file_descriptor fd_;
  waybill::file_source source_;
};

/// Whether a REF, which is well formed, names a directory.
bool is_directory(std::string_view text) {
  auto const ref = waybill::parse_reference(text);
  auto const* path = ref ? std::get_if<waybill::path_ref>(&*ref) : nullptr;
  std::error_code failed;
  return path != nullptr && std::filesystem::is_directory(path->path, failed);
}

/// Diffs two streams. @errors errc::unsorted when one of them has to be sorted first
result<waybill::diff> stream_diff(waybill::byte_source& before, waybill::byte_source& after) {
  auto a = waybill::manifest_reader::open(before);
  if (!a) return a.error();
  auto b = waybill::manifest_reader::open(after);
  if (!b) return b.error();
  waybill::diff out;
  auto const unchanged =
      waybill::diff_streams(*a, *b,
                            {.added = [&](waybill::entry const& e) { out.added.push_back(e); },
                             .removed = [&](waybill::entry const& e) { out.removed.push_back(e); },
                             .modified = [&](waybill::entry const& x, waybill::entry const& y,
                                             waybill::entry_change c) { out.modified.push_back({x, y, c}); }});
  if (!unchanged) return unchanged.error();
  out.unchanged = *unchanged;
  return out;
}

}  // namespace

result<std::unique_ptr<waybill::byte_source>> context::open_stream(std::string_view text) const {
  auto const ref = waybill::parse_reference(text);
  if (!ref) return ref.error();
  if (auto const* named = std::get_if<waybill::package_ref>(&*ref)) {
    auto const from = registry_of(*named);
    if (!from) return from.error();
    auto const hash = from->resolve(*named);
    if (!hash) return hash.error();
    return from->open_manifest(*hash);
  }
  auto const& path = std::get<waybill::path_ref>(*ref).path;
  std::error_code failed;
  if (path == "-" || std::filesystem::is_directory(path, failed)) return std::unique_ptr<waybill::byte_source>{};
  auto file = waybill::open_for_reading(path);
  if (!file) return file.error();
  return std::unique_ptr<waybill::byte_source>{std::make_unique<owned_file_source>(std::move(*file), path)};
}

result<waybill::diff> context::diff(std::string_view before, std::string_view after) const {
  auto const a = open_stream(before);
  if (!a) return a.error();
  auto const b = open_stream(after);
  if (!b) return b.error();
  if (*a && *b) {
    auto streamed = stream_diff(**a, **b);
    // What is unsorted is sorted by loading it; what is broken is loaded again to say which of the two it is.
    if (streamed || streamed.error().code != waybill::condition::unsafe_input) return streamed;
  }
  auto x = load(before);
  if (!x) return x.error();
  auto y = load(after);
  if (!y) return y.error();
  // A directory's files are at hand: what cannot be compared is read again.
  if (is_directory(before)) x = waybill::with_digests_of(*x, *y, control());
  if (!x) return x.error();
  if (is_directory(after)) y = waybill::with_digests_of(*y, *x, control());
  if (!y) return y.error();
  return waybill::make_diff(*x, *y);
}

}  // namespace waybill_cli

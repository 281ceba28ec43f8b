#pragma once

#include <waybill/registry/package.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/drain.hpp>
#include <waybill/core/repeat_damaged.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/registry/checked.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/placement.hpp>
#include <waybill/store/verified.hpp>

#include <array>
#include <filesystem>
#include <span>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// A directory as people write it (`dir`, `dir/`, `.`, nothing) without its trailing `/`; the root is empty.
inline std::string_view directory_key(std::string_view text) noexcept {
  if (text == "." || text == "./") return {};
  while (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

inline error no_such_key(std::string_view key) {
  return make_error(errc::key_not_found, "the package has no entry and no directory of that name", printable(key));
}

WAYBILL_DECL result<materialise_report> materialise_into(std::span<entry const> entries, std::string const& directory,
                                                         content_provider& contents, materialise_options const& options,
                                                         job_control const& control) {
  std::error_code unused;
  if (!std::filesystem::exists(directory, unused)) {  // not even the directory is made for what will be refused
    auto plan = plan_new_directory(entries, options);
    if (!plan || options.dry_run) return plan;
  }
  auto const root = root_directory::open(directory, !options.dry_run);
  if (!root) return root.error();
  return materialise(entries, *root, contents, options, control);
}

}  // namespace detail

WAYBILL_DECL result<std::vector<listing_row>> list_level(manifest const& m, std::string_view directory) {
  auto const dir = detail::directory_key(directory);
  auto const entries = m.below(dir);
  if (entries.empty() && !dir.empty()) {
    if (m.find(dir) != nullptr)
      return make_error(errc::key_not_found, "a file, not a directory; `cat` shows it", printable(dir));
    return detail::no_such_key(directory);
  }
  auto const skip = dir.empty() ? 0 : dir.size() + 1;
  std::vector<listing_row> rows;
  for (auto const& e : entries) {
    auto const key = std::string_view{e.key};
    auto const slash = key.find('/', skip);
    bool const below = slash != std::string_view::npos;
    auto const name = below ? key.substr(0, slash + 1) : key;
    auto const size = e.size.value_or(0);
    // Walk order keeps a directory's entries together.
    if (below && !rows.empty() && rows.back().key == name) {
      rows.back().size += size;
      ++rows.back().entries;
    } else {
      rows.push_back({std::string{name}, below, size, 1});
    }
  }
  return rows;
}

WAYBILL_DECL result<package> package::open(registry const& from, package_ref const& ref) {
  auto const hash = from.resolve(ref);
  if (!hash) return hash.error();
  auto loaded = from.load(*hash);
  if (!loaded) return loaded.error();
  return package{from, ref.name, std::move(*loaded)};
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> package::open_entry(std::string_view key) const {
  auto const* e = manifest_.find(key);
  if (e == nullptr) return detail::no_such_key(key);
  if (e->digests.empty())
    return make_error(errc::unknown_algorithm,
                      "its only hash is of a kind the kit cannot compute, so it cannot be checked", printable(key));
  auto source = registry_contents{registry_, default_policy(registry_)}.open(*e);
  if (!source) return source;
  return verifying_source::wrap(std::move(*source), e->size, e->digests, e->key.str());
}

WAYBILL_DECL result<std::string> package::read(std::string_view key, std::uint64_t max_bytes) const {
  auto const* e = manifest_.find(key);
  if (e == nullptr) return detail::no_such_key(key);
  auto const size = e->size.value_or(0);
  if (size > max_bytes)
    return make_error(errc::too_large,
                      "has " + std::to_string(size) + " bytes, the limit is " + std::to_string(max_bytes) +
                          "; read it as a stream or install it",
                      printable(key));
  return repeat_damaged(registry_.attempts(), [&]() -> result<std::string> {
    auto const source = open_entry(key);
    if (!source) return source.error();
    // The read that meets the end also checks size and digests, so nothing unchecked is returned.
    return read_text(**source);
  });
}

WAYBILL_DECL result<json::value> package::metadata(std::string_view key) const {
  if (key.empty() || key == ".") {
    auto const* meta = manifest_.header().user_meta();
    return meta ? *meta : json::value{};
  }
  if (auto const* e = manifest_.find(key)) {
    auto const* meta = user_meta(*e);
    return meta ? *meta : json::value{};
  }
  auto const dir = detail::directory_key(key);
  if (auto const* meta = manifest_.directory(dir)) return *meta;
  if (dir.empty() || manifest_.below(dir).empty()) return detail::no_such_key(key);
  return json::value{};
}

WAYBILL_DECL result<std::string> package::readme() const {
  static constexpr std::array<std::string_view, 4> names{"readme.md", "readme", "readme.txt", "readme.rst"};
  entry const* best = nullptr;
  std::size_t rank = names.size();
  for (auto const& e : manifest_.entries()) {
    if (e.key.str().find('/') != std::string::npos || e.key.str().size() > 10) continue;
    auto const name = detail::ascii_lower_text(e.key);
    for (std::size_t i = 0; i < rank; ++i)
      if (name == names[i]) {
        best = &e;
        rank = i;
        break;
      }
  }
  if (best == nullptr)
    return make_error(errc::key_not_found, "package " + name_.str() + " has no README; add one named README.md",
                      "README.md");
  return read(best->key);
}

WAYBILL_DECL result<materialise_report> package::install(std::string const& directory,
                                                         materialise_options const& options,
                                                         job_control const& control) const {
  registry_contents contents{registry_, default_policy(registry_)};
  return detail::materialise_into(manifest_.entries(), directory, contents, options, control);
}

WAYBILL_DECL result<std::vector<tree_difference>> package::verify(std::string const& directory,
                                                                  job_control const& control) const {
  return verify_directory(directory, manifest_, {}, control);
}

}  // namespace waybill::inline WAYBILL_ABI

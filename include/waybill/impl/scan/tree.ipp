#pragma once

#include <waybill/scan/tree.hpp>

#include <waybill/manifest/top_hash.hpp>
#include <waybill/scan/content.hpp>
#include <waybill/scan/listing.hpp>
#include <waybill/scan/reading.hpp>

#include <string>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

struct scanned_tree::contents : detail::tree_content {};

namespace detail {

/// Walks a tree's files in walk order; key and path grow and shrink with the depth.
class tree_walker {
 public:
  using sink = std::function<result<void>(scanned_file const&)>;

  tree_walker(tree_content const& tree, sink const& f) : tree_{tree}, f_{f}, path_{tree.listing.path_of("")} {
    if (path_.back() != '/') path_.push_back('/');
    root_size_ = path_.size();
  }

  [[nodiscard]] result<void> run() {
    // A stack of our own: a tree may be deeper than a thread's.
    levels_.push_back({&tree_.listing.directories.front(), 0, root_size_});
    while (!levels_.empty()) {
      auto& level = levels_.back();
      path_.resize(level.path_size);
      if (level.next == level.directory->children.size()) {
        levels_.pop_back();
        continue;
      }
      auto const& child = level.directory->children[level.next++];
      path_.append(level.directory->name_of(child));
      if (child.kind == child_kind::directory) {
        path_.push_back('/');
        levels_.push_back({&tree_.listing.directories[child.index], 0, path_.size()});
      } else if (auto r = visit(level.directory->first_file + child.index, child.kind); !r) {
        return r;
      }
    }
    return {};
  }

 private:
  struct level_type {
    listed_directory const* directory;
    std::size_t next;
    std::size_t path_size;
  };

  [[nodiscard]] result<void> visit(std::uint64_t number, child_kind kind) {
    auto const fate = tree_.fates[number];
    if (fate == file_fate::left_out) return {};
    file_.key = std::string_view{path_}.substr(root_size_);
    file_.path = kind == child_kind::link ? std::string_view{tree_.targets.at(number)} : std::string_view{path_};
    file_.state = tree_.states[number];
    file_.from_cache = fate == file_fate::from_cache;
    file_.looks_like_placeholder = fate == file_fate::placeholder;
    auto const size = tree_.digest_size();
    unpack_digests(tree_.algorithms, byte_view{tree_.digests}.subspan(number * size, size), file_.digests);
    return f_(file_);
  }

  tree_content const& tree_;
  sink const& f_;
  std::string path_;
  std::size_t root_size_ = 0;
  std::vector<level_type> levels_;
  scanned_file file_;  ///< used again for each file, so that its digests need no new memory
};

}  // namespace detail

WAYBILL_DECL std::string const& scanned_tree::root() const noexcept { return data_->listing.root; }
WAYBILL_DECL std::uint64_t scanned_tree::file_count() const noexcept { return data_->file_count; }
WAYBILL_DECL std::uint64_t scanned_tree::total_size() const noexcept { return data_->total_size; }
WAYBILL_DECL std::uint64_t scanned_tree::files_read() const noexcept { return data_->files_read; }
WAYBILL_DECL std::uint64_t scanned_tree::bytes_read() const noexcept { return data_->bytes_read; }
WAYBILL_DECL std::span<algorithm const> scanned_tree::algorithms() const noexcept { return data_->algorithms; }

WAYBILL_DECL result<void> scanned_tree::for_each(std::function<result<void>(scanned_file const&)> const& f) const {
  return detail::tree_walker{*data_, f}.run();
}

WAYBILL_DECL std::vector<entry> scanned_tree::entries() const {
  std::vector<entry> out;
  out.reserve(static_cast<std::size_t>(file_count()));
  (void)for_each([&](scanned_file const& file) -> result<void> {
    out.push_back(make_entry(file));
    return {};
  });
  return out;
}

WAYBILL_DECL result<scanned_tree> scan_tree(std::string const& root, scan_options const& options,
                                            job_control const& control) {
  detail::listing_options const what{options.skip_top_level, options.symlinks == symlink_policy::skip};
  auto listing = detail::list_tree(root, what, control);
  if (!listing) return listing.error();
  auto data = std::make_shared<scanned_tree::contents>();
  data->listing = std::move(*listing);
  if (!options.stat_only) data->algorithms = detail::ordered_algorithms(options.algorithms);
  if (!options.stat_only && data->algorithms.empty())
    return make_error(errc::usage, "no digest algorithm given; name at least one, or scan without content");
  detail::reading_options const how{options.cache, options.symlinks == symlink_policy::inside_only};
  if (auto r = detail::read_files(*data, how, control); !r) return r.error();
  data->listing.root_fd.reset();
  return scanned_tree{std::move(data)};
}

WAYBILL_DECL entry make_entry(scanned_file const& file) {
  return {.key = logical_key::trusted(std::string{file.key}),
          .size = file.state.size,
          .digests = file.digests,
          .places = {physical_key::file(file.path)}};
}

WAYBILL_DECL result<digest> top_hash_of(scanned_tree const& tree, manifest_header const& header) {
  top_hasher hash{header};
  entry e{.key = logical_key::trusted({}), .size = 0, .digests = {}, .places = {}};  // places are not hashed
  auto const added = tree.for_each([&](scanned_file const& file) {
    e.key = logical_key::trusted(std::string{file.key});
    e.size = file.state.size;
    e.digests = file.digests;
    return hash.add(e);
  });
  if (!added) return added.error();
  return hash.finish();
}

WAYBILL_DECL result<void> save_stat_cache(scanned_tree const& tree, std::string const& file, std::int64_t now_ns) {
  if (tree.algorithms().empty())
    return make_error(errc::usage, "a scan without content has no digests to keep; scan with digests first", file);
  stat_cache_writer writer{tree.root(), tree.algorithms()};
  auto const added = tree.for_each([&](scanned_file const& f) -> result<void> {
    if (!f.looks_like_placeholder) writer.add(f.key, f.state, f.digests);
    return {};
  });
  return added ? std::move(writer).save(file, now_ns) : added;
}

}  // namespace waybill::inline WAYBILL_ABI

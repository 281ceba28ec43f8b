#pragma once

#include <waybill/scan/tree.hpp>

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

  explicit tree_walker(tree_content const& tree) : tree_{&tree} {
    at_.path = tree.listing.path_of("");
    if (at_.path.back() != '/') at_.path.push_back('/');
    root_size_ = at_.path.size();
    // A stack of our own: a tree may be deeper than a thread's.
    at_.levels.push_back({0, 0, root_size_});
  }
  tree_walker(tree_content const& tree, tree_position from) : tree_walker{tree} { at_ = std::move(from); }

  /// Visits the next files, at most `limit`. @return how many there were
  [[nodiscard]] result<std::size_t> run(std::size_t limit, sink const& f) {
    std::size_t count = 0;
    while (count < limit && !at_.levels.empty()) {
      auto& level = at_.levels.back();
      auto const& directory = tree_->listing.directories[level.directory];
      at_.path.resize(level.path_size);
      if (level.next == directory.children.size()) {
        at_.levels.pop_back();
        continue;
      }
      auto const& child = directory.children[level.next++];
      at_.path.append(directory.name_of(child));
      if (child.kind == child_kind::directory) {
        at_.path.push_back('/');
        at_.levels.push_back({child.index, 0, at_.path.size()});
        continue;
      }
      auto const number = directory.first_file + child.index;
      if (tree_->fates[number] == file_fate::left_out) continue;
      ++count;
      if (!f) continue;
      if (auto r = visit(number, child.kind, f); !r) return r.error();
    }
    return count;
  }

  [[nodiscard]] tree_position const& position() const noexcept { return at_; }

 private:
  [[nodiscard]] result<void> visit(std::uint64_t number, child_kind kind, sink const& f) {
    auto const fate = tree_->fates[number];
    file_.key = std::string_view{at_.path}.substr(root_size_);
    file_.path = kind == child_kind::link ? std::string_view{tree_->targets.at(number)} : std::string_view{at_.path};
    file_.state = tree_->states[number];
    file_.from_cache = fate == file_fate::from_cache;
    file_.looks_like_placeholder = fate == file_fate::placeholder;
    auto const size = tree_->digest_size();
    unpack_digests(tree_->algorithms, byte_view{tree_->digests}.subspan(number * size, size), file_.digests);
    return f(file_);
  }

  tree_content const* tree_;
  std::size_t root_size_ = 0;
  tree_position at_;
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
  auto const visited = detail::tree_walker{*data_}.run(~std::size_t{0}, f);
  return visited ? result<void>{} : visited.error();
}

WAYBILL_DECL std::vector<detail::tree_position> scanned_tree::starts(std::size_t files) const {
  std::vector<detail::tree_position> out;
  detail::tree_walker walker{*data_};
  do out.push_back(walker.position());
  while (*walker.run(files, {}) == files);
  return out;
}

WAYBILL_DECL result<void> scanned_tree::for_each_from(detail::tree_position const& start, std::size_t files,
                                                      std::function<result<void>(scanned_file const&)> const& f) const {
  auto const visited = detail::tree_walker{*data_, start}.run(files, f);
  return visited ? result<void>{} : visited.error();
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
  detail::reading_options const how{.cache = options.cache,
                                    .refuse_links_out = options.symlinks == symlink_policy::inside_only,
                                    .skip_links_out = options.symlinks == symlink_policy::inside_or_skip};
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

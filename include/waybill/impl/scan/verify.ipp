#pragma once

#include <waybill/scan/verify.hpp>

#include <waybill/core/logical_key.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/check.hpp>
#include <waybill/scan/hash_file.hpp>
#include <waybill/scan/pool.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Verifies one directory: names and sizes first, then the content of what is left to doubt.
class verifier {
 public:
  verifier(root_directory const& root, manifest const& m, placeholder_set const& known, scan_options const& options,
           job_control const& control)
      : root_{root},
        entries_{m.entries()},
        known_{known},
        options_{options},
        control_{control},
        progress_{control.on_progress, "verify"} {}

  result<lazy_verification> run() {
    scan_options names = options_;
    names.stat_only = true;
    names.cache = nullptr;
    auto const tree = scan_tree(root_.path(), names, {control_.workers, {}, control_.stop});
    if (!tree) return tree.error();
    auto const matched = tree->for_each([this](scanned_file const& f) { return meet(f); });
    if (!matched) return matched.error();
    while (next_ < entries_.size())
      if (auto r = not_scanned(next_++); !r) return r.error();
    if (auto r = compare_contents(); !r) return r.error();
    progress_.flush();
    std::ranges::sort(out_, walk_less{}, [](tree_difference const& d) -> std::string_view { return d.key; });
    return lazy_verification{std::move(out_), placeholders_, fresh_cache(*tree)};
  }

 private:
  struct suspect {
    std::size_t index;  ///< of the entry
    file_state state;
    std::string path;  ///< of the bytes, where that is not root + key
    bool may_be_placeholder = false;
    bool has_digest = false;  ///< the file was read, and has the digest that its entry has
  };

  /// One worker's hashers and buffer.
  struct hands {
    entry_checker checker{{}};
    std::vector<std::byte> buffer = std::vector<std::byte>(check_buffer_size);
  };

  result<void> meet(scanned_file const& f) {
    while (next_ < entries_.size() && walk_compare(entries_[next_].key, f.key) < 0)
      if (auto r = not_scanned(next_++); !r) return r;
    if (next_ == entries_.size() || entries_[next_].key.str() != f.key) {
      out_.push_back({std::string{f.key}, tree_difference_kind::extra,
                      std::to_string(f.state.size) + " bytes, not in the manifest"});
      return {};
    }
    compare_size(next_++, f.state, f.path);
    return {};
  }

  /// A key the scan did not list: ignored by the tree's rules, in the way, or missing.
  result<void> not_scanned(std::size_t index) {
    auto const& e = entries_[index];
    auto const state = root_.state(e.key);
    if (!state && state.error().code != errc::unsafe_path) return state.error();
    if (!state) out_.push_back({e.key.str(), tree_difference_kind::not_a_file, state.error().detail});
    else if (!*state)
      out_.push_back(
          {e.key.str(), tree_difference_kind::missing, std::to_string(e.size.value_or(0)) + " bytes expected"});
    else compare_size(index, **state, {});
    return {};
  }

  void compare_size(std::size_t index, file_state const& state, std::string_view path) {
    auto const& e = entries_[index];
    bool const may_be_placeholder = !known_.empty() && state.size <= largest_placeholder;
    if (e.size && *e.size != state.size && !may_be_placeholder) {
      out_.push_back(size_difference(e, state.size));
      return;
    }
    auto const& root = root_.path();
    bool const usual = path.empty() || (path.size() == root.size() + 1 + e.key.str().size() && path.starts_with(root) &&
                                        path.ends_with(e.key.str()));
    suspects_.push_back({index, state, usual ? std::string{} : std::string{path}, may_be_placeholder});
    progress_.expect(1, state.size);
  }

  static tree_difference size_difference(entry const& e, std::uint64_t found) {
    return {e.key.str(), tree_difference_kind::size,
            "expected " + std::to_string(e.size.value_or(0)) + " bytes, found " + std::to_string(found)};
  }

  /// What the cache knew of the tree's files, and of those that were read and are right, their digests.
  std::optional<stat_cache_writer> fresh_cache(scanned_tree const& tree) const {
    if (options_.cache == nullptr || std::ranges::none_of(suspects_, &suspect::has_digest)) return std::nullopt;
    stat_cache_writer out{tree.root(), options_.algorithms};
    auto next = suspects_.begin();
    (void)tree.for_each([&](scanned_file const& f) -> result<void> {
      while (next != suspects_.end() && walk_compare(entries_[next->index].key, f.key) < 0) ++next;
      bool const read = next != suspects_.end() && next->has_digest && entries_[next->index].key.str() == f.key;
      // Weaker digests of the entry were not held against the file.
      if (read) out.add(f.key, f.state, {*deciding_digests(entries_[next->index].digests).front()});
      else if (auto const known = options_.cache->find(f.key, f.state)) out.add(f.key, f.state, *known);
      return {};
    });
    return out;
  }

  result<void> compare_contents() {
    // A large file that can be hashed in parts keeps all workers busy on its own; the others share the small ones.
    constexpr std::uint64_t large = std::uint64_t{64} << 20;
    std::vector<suspect*> alone, shared;
    for (auto& s : suspects_) {
      auto const digests = deciding_digests(entries_[s.index].digests);
      bool const in_parts = !digests.empty() && digests.front()->kind() == algorithms::sha2_256_chunked;
      (in_parts && s.state.size >= large ? alone : shared).push_back(&s);
    }
    for (auto* s : alone)
      if (auto r = compare_content(*s, nullptr); !r) return r;
    std::vector<std::unique_ptr<hands>> workers(worker_count(control_));
    return parallel_for(shared.size(), control_, [&](unsigned worker, std::size_t i) {
      if (!workers[worker]) workers[worker] = std::make_unique<hands>();
      return compare_content(*shared[i], workers[worker].get());
    });
  }

  /// @param worker  reads the file alone; null: all workers hash its parts
  result<void> compare_content(suspect& s, hands* worker) {
    auto const& e = entries_[s.index];
    if (s.may_be_placeholder) {
      auto const settled = compare_placeholder(s);
      if (!settled) return settled.error();
      if (*settled) {
        progress_.done(1, s.state.size);
        return {};
      }
    }
    auto const digests = deciding_digests(e.digests);
    if (digests.empty()) {
      report({e.key.str(), tree_difference_kind::unknown,
              "same size, but the manifest has no digest that can be computed"});
    } else if (auto const known = known_digest(s, digests.front()->kind())) {
      compare_digest(e, *known);
    } else {
      auto const file = open(s);
      if (!file) return file.error();
      auto const fd = file->fd.get();
      auto const read = worker != nullptr ? read_alone(s, fd, file->path, *worker) : read_in_parts(s, fd, file->path);
      if (!read) return read;
    }
    progress_.done(1, s.state.size);
    return {};
  }

  /// A plain file is opened beneath the root, a link's target by the path that the scan found and allowed.
  result<opened_file> open(suspect const& s) const {
    return s.path.empty() ? root_.open_file(entries_[s.index].key) : open_regular_file(s.path);
  }

  /// @return false where the file is to be compared like any other
  result<bool> compare_placeholder(suspect const& s) {
    auto const& e = entries_[s.index];
    bool const right_size = !e.size || *e.size == s.state.size;
    if (right_size && !known_.has_size(e.key, s.state.size)) return false;
    auto const file = open(s);
    if (!file) return file.error();
    auto const content = read_open_file(file->fd.get(), file->path, largest_placeholder);
    if (!content) return content.error().code == errc::too_large ? changed(file->path) : content.error();
    if (auto const* stands_for = known_.standing_for(e.key, as_bytes(*content))) {
      compare_unfetched(e, *stands_for);
      return true;
    }
    if (right_size) return false;
    auto difference = size_difference(e, s.state.size);
    if (looks_like_placeholder(as_bytes(*content)))
      difference.detail += "; it looks like a placeholder, but is not this entry's";
    report(std::move(difference));
    return true;
  }

  void compare_unfetched(entry const& expected, entry const& stands_for) {
    if (expected.size != stands_for.size) {
      auto difference = size_difference(expected, stands_for.size.value_or(0));
      difference.detail += ", not fetched";
      return report(std::move(difference));
    }
    switch (compare(expected.digests, stands_for.digests)) {
      case agreement::same: placeholders_.fetch_add(1, std::memory_order_relaxed); break;
      case agreement::different:
        report({expected.key.str(), tree_difference_kind::content,
                "expected " + std::string{expected.digests.strongest()->kind().name()} + " " +
                    expected.digests.strongest()->text() + ", found a placeholder of another content"});
        break;
      case agreement::unknown:
        report({expected.key.str(), tree_difference_kind::unknown,
                "not fetched, and no digest in common with the entry that the placeholder stands for"});
    }
  }

  std::optional<digest> known_digest(suspect const& s, algorithm a) const {
    if (options_.cache == nullptr) return std::nullopt;
    auto const known = options_.cache->find(entries_[s.index].key, s.state);
    auto const* d = known ? known->find(a) : nullptr;
    return d != nullptr ? std::optional{*d} : std::nullopt;
  }

  void compare_digest(entry const& e, digest const& found) {
    auto const& expected = *deciding_digests(e.digests).front();
    if (found == expected) return;
    report({e.key.str(), tree_difference_kind::content,
            "expected " + std::string{found.kind().name()} + " " + expected.text() + ", found " + found.text()});
  }

  result<void> read_alone(suspect& s, int fd, std::string const& path, hands& worker) {
    auto const& e = entries_[s.index];
    auto const checked = check_open_file(worker.checker, e, fd, worker.buffer, control_.stop, nullptr);
    if (!checked && checked.error().code != condition::integrity) return checked;
    auto const after = state_of(fd, path);
    if (!after) return after.error();
    if (*after != s.state) return changed(path);
    if (!checked) report({e.key.str(), tree_difference_kind::content, checked.error().detail});
    s.has_digest = checked.has_value();
    return {};
  }

  result<void> read_in_parts(suspect& s, int fd, std::string const& path) {
    auto const& e = entries_[s.index];
    std::array const wanted{deciding_digests(e.digests).front()->kind()};
    auto const hashed = hash_open_file(fd, path, wanted, {control_.workers, {}, control_.stop});
    if (!hashed) return hashed.error();
    if (hashed->state != s.state) return changed(path);
    auto const& found = *hashed->digests.find(wanted[0]);
    s.has_digest = found == *deciding_digests(e.digests).front();
    compare_digest(e, found);
    return {};
  }

  static error changed(std::string path) {
    return make_error(errc::source_changed, "changed while it was verified; repeat when nobody writes to it",
                      std::move(path));
  }

  void report(tree_difference d) {
    std::lock_guard const lock{guard_};
    out_.push_back(std::move(d));
  }

  root_directory const& root_;
  std::span<entry const> entries_;
  placeholder_set const& known_;
  scan_options const& options_;
  job_control const& control_;
  progress_counter progress_;
  std::size_t next_ = 0;
  std::vector<suspect> suspects_;
  std::mutex guard_;
  std::vector<tree_difference> out_;
  std::atomic<std::uint64_t> placeholders_{0};
};

}  // namespace detail

WAYBILL_DECL std::string_view name_of(tree_difference_kind k) noexcept {
  switch (k) {
    case tree_difference_kind::missing: return "missing";
    case tree_difference_kind::extra: return "extra";
    case tree_difference_kind::size: return "size";
    case tree_difference_kind::content: return "content";
    case tree_difference_kind::unknown: return "unknown";
    case tree_difference_kind::not_a_file: return "not_a_file";
  }
  return "unknown";
}

WAYBILL_DECL result<std::vector<tree_difference>> verify_directory(std::string const& directory, manifest const& m,
                                                                   scan_options options, job_control const& control) {
  auto found = verify_lazy_directory(directory, m, {}, std::move(options), control);
  if (!found) return found.error();
  return std::move(found->differences);
}

WAYBILL_DECL result<lazy_verification> verify_lazy_directory(std::string const& directory, manifest const& m,
                                                             placeholder_set const& known, scan_options options,
                                                             job_control const& control) {
  auto const root = root_directory::open(directory, false);
  if (!root) return root.error();
  return detail::verifier{*root, m, known, options, control}.run();
}

}  // namespace waybill::inline WAYBILL_ABI

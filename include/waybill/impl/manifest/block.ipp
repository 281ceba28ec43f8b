#pragma once

#include <waybill/manifest/block.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/manifest/quilt_line.hpp>
#include <waybill/manifest/top_hash.hpp>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL result<void> detail::check_follows(std::string_view previous, std::string_view key) {
  if (previous.empty()) return {};
  auto const ordered = check_neighbours(previous, key);
  if (!ordered) return ordered.error();
  if (*ordered) return {};
  return make_error(errc::unsorted, "entry comes before '" + printable(previous) + "' in walk order", printable(key));
}

WAYBILL_DECL result<void> manifest_block::add(entry const& e) {
  if (auto const follows = detail::check_follows(last_key_, e.key); !follows) return follows;
  auto const start = lines_.size();
  if (auto const appended = quilt::append_entry_line(lines_, e); !appended) return appended;
  if (auto const hashed = quilt::append_hashed_entry(hashed_, e); !hashed) {
    lines_.resize(start);
    return hashed;
  }
  last_key_ = e.key.str();
  if (first_key_.empty()) first_key_ = last_key_;
  return {};
}

WAYBILL_DECL void manifest_block::clear() noexcept {
  lines_.clear();
  hashed_.clear();
  first_key_.clear();
  last_key_.clear();
}

}  // namespace waybill::inline WAYBILL_ABI

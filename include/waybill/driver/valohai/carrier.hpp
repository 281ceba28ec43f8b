#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/driver/valohai/api.hpp>
#include <waybill/driver/valohai/content.hpp>
#include <waybill/driver/valohai/counting.hpp>
#include <waybill/driver/valohai/outputs.hpp>
#include <waybill/error.hpp>
#include <waybill/hash/multi.hpp>
#include <waybill/protocol/valohai/comparison.hpp>
#include <waybill/protocol/valohai/plan.hpp>
#include <waybill/protocol/valohai/previous_files.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/stat_cache.hpp>

#include <cstddef>
#include <optional>
#include <set>
#include <stop_token>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// What the workers of one update share.
struct carrying_job {
  previous_files const& before;
  missing_checksum_policy missing = missing_checksum_policy::upload;
  bool ambiguous_is_changed = false;  ///< see file_reason::ambiguous
  std::vector<algorithm> algorithms;  ///< that contents are hashed with; sha256 among them
  stat_cache const* cache = nullptr;
  output_directory const* outputs = nullptr;  ///< null: nothing is written
  api const* platform = nullptr;              ///< for missing_checksum_policy::download
  std::set<std::uint64_t> rename_sizes{};     ///< a new file of such a size may be an old one that was renamed
  std::stop_token stop{};
  update_counter& counter;
};

/** One worker's hands: finds out what became of a file, and copies it to the outputs if it is to be uploaded.

    A file is read once, hashed while it is copied, and not at all where sizes or the cache decide. One of more than
    `whole_file` bytes that has kept its size is read to compare it; if it changed, the kernel copies it, or it is read
    again where the kernel cannot.
    @lifetime refers to the job  @threads one thread at a time per object */
class carrier {
 public:
  static constexpr std::size_t whole_file = std::size_t{1} << 20;

  /// @errors errc::unknown_algorithm
  [[nodiscard]] static result<carrier> create(carrying_job const& job);
  /// @errors errc::source_changed, interrupted, unsupported (a download without a platform), system errors
  [[nodiscard]] result<planned_file> carry(content_file const& file);

 private:
  carrier(carrying_job const& job, multi_hasher hasher) : job_{&job}, hasher_{std::move(hasher)}, buffer_(whole_file) {}

  [[nodiscard]] result<digest_set> digests_of(byte_source& source);
  [[nodiscard]] result<digest_set> old_digests(datum const& old, next_step next);
  [[nodiscard]] result<std::size_t> fill(content_file const& file, byte_source& source);
  [[nodiscard]] result<digest_set> stream(content_file const& file, int fd, byte_sink* sink);
  [[nodiscard]] result<bool> is_settled(first_look const& look, planned_file const& out) const;
  [[nodiscard]] result<void> carry_small(content_file const& file, int fd, first_look const& look,
                                         digest_set const& expected, planned_file& out);
  [[nodiscard]] result<void> carry_large(content_file const& file, int fd, first_look const& look,
                                         digest_set const& expected, planned_file& out);

  carrying_job const* job_;
  multi_hasher hasher_;
  std::vector<std::byte> buffer_;
};

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/valohai/carrier.ipp>
#endif

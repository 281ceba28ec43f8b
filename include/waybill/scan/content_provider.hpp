#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/scan/file.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace waybill::inline WAYBILL_ABI {

/** Where the bytes of entries come from. @threads called concurrently */
class content_provider {
 public:
  virtual ~content_provider() = default;
  /// The entry's bytes from the start. @errors errc::object_not_found naming where was looked; whatever the store says
  [[nodiscard]] virtual result<std::unique_ptr<byte_source>> open(entry const& e) = 0;
  /// The entry's bytes behind the first `offset` of them.
  /// @errors errc::unsupported where they come from the start only; as open
  [[nodiscard]] virtual result<std::unique_ptr<byte_source>> open_from(entry const& e, std::uint64_t offset) {
    if (offset == 0) return open(e);
    return make_error(errc::unsupported, "the bytes come from the start only", e.key.str());
  }
  /// A local file that should hold these bytes, and may be hard-linked or cloned; empty when there is none. Its size is
  /// the entry's; its bytes are checked by whoever uses them.
  [[nodiscard]] virtual std::optional<opened_file> open_local(entry const& e) = 0;
  /// How often an entry is opened before wrong bytes are believed: more than once where they may be damaged on the way.
  [[nodiscard]] virtual int attempts() const { return 1; }
};

}  // namespace waybill::inline WAYBILL_ABI
